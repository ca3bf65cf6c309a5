"""The magic inputs of WeChat Pay: what a payment or a refund does instead of simply succeeding.

A behaviour is chosen by the amount (¥666.01 is the first payment behaviour, ¥667.01 the first refund behaviour)
or for the next order or refund by `PUT /_control/wechat_pay`. `docs/sandbox-wechat.md` prints these tables; a test
compares.
"""

PAYMENT_BASE = 66600
REFUND_BASE = 66700

NORMAL = "normal"

PAYMENTS: dict[int, tuple[str, str]] = {
    1: ("refused", "the bank refuses at the cashier; the page hears `fail`, the order stays NOTPAY"),
    2: (
        "unknown_then_paid",
        "paid, but the first two queries answer 500 SYSTEM_ERROR and the notice comes after 20 s",
    ),
    3: ("notify_lost", "paid; no notice ever"),
    4: ("notify_twice", "paid; the same notice twice, at once"),
    5: ("notify_forged", "a notice signed with a foreign key first, then the true one"),
    6: ("notify_before_response", "the notice is delivered before the cashier answers the page"),
    7: ("notify_other_amount", "a validly signed notice over one fen less; the query tells the truth"),
    8: ("notify_other_mchid", "a validly signed notice for another merchant"),
    9: ("notify_other_appid", "a validly signed notice for another official account"),
    10: ("notify_other_currency", "a validly signed notice in USD"),
    11: ("notify_stale", "a truly signed notice with a timestamp ten minutes old, then a fresh one"),
    12: ("notify_probe", "a `WECHATPAY/SIGNTEST/` probe first, then the true notice"),
    13: ("notify_late", "the notice comes after 60 s"),
    14: ("notify_foreign_key", "a truly signed notice sealed with another APIv3 key, then the true one"),
    15: ("prepay_unanswered", "the order is accepted, but the answer is 500 SYSTEM_ERROR the first time"),
    16: ("prepay_refused", "the order is refused: 403 NO_AUTH"),
    17: ("prepay_busy", "429 RATELIMIT_EXCEEDED"),
    18: ("notify_other_order", "a validly signed notice about an order number that does not exist"),
}
"""Last two digits of a total of 66601–66699 fen → (name, what happens)."""

REFUNDS: dict[int, tuple[str, str]] = {
    1: ("at_once", "SUCCESS in the answer"),
    2: ("abnormal", "PROCESSING, then ABNORMAL by notice"),
    3: ("closed", "PROCESSING, then CLOSED by notice: nothing was refunded"),
    4: ("not_enough", "403 NOT_ENOUGH, always"),
    5: ("not_enough_twice", "403 NOT_ENOUGH twice, accepted the third time"),
    6: ("unanswered", "accepted, but the answer is 500 SYSTEM_ERROR the first time"),
    7: ("notify_lost", "SUCCESS, no notice ever"),
    8: ("notify_twice", "SUCCESS, the same notice twice"),
    9: ("never_ends", "stays PROCESSING"),
    10: ("account_abnormal", "403 USER_ACCOUNT_ABNORMAL"),
    11: (
        "notify_before_response",
        "the SUCCESS notice is delivered before the request is answered with PROCESSING",
    ),
    12: ("notify_forged", "a notice signed with a foreign key first, then the true one"),
    13: ("notify_other_amount", "a validly signed notice over one fen less"),
}
"""Last two digits of a refund of 66701–66799 fen → (name, what happens)."""

MAGIC_OPENIDS: dict[str, str] = {
    "oMagicNotBound": "prepay answers 400 PARAM_ERROR: the openid does not belong to the app id",
    "oMagicBlocked": "prepay answers 403 ACCOUNT_ERROR: the payer's account is blocked",
}


def payment_behaviour(total: int) -> str:
    """The behaviour an order's total asks for."""
    return PAYMENTS.get(total - PAYMENT_BASE, (NORMAL, ""))[0]


def refund_behaviour(amount: int) -> str:
    """The behaviour a refund's amount asks for."""
    return REFUNDS.get(amount - REFUND_BASE, (NORMAL, ""))[0]


PAYMENT_NAMES = frozenset({NORMAL, *(name for name, _ in PAYMENTS.values())})
REFUND_NAMES = frozenset({NORMAL, *(name for name, _ in REFUNDS.values())})
