"""The magic inputs of Alipay: what a payment or a refund does instead of simply succeeding.

A behaviour is chosen by the amount (¥666.01 is the first payment behaviour, ¥667.01 the first refund behaviour), by a
payment code, or for the next trade or refund by `PUT /_control/alipay`. `docs/sandbox-alipay.md` prints these tables;
a test compares.
"""

PAYMENT_BASE = 66600
REFUND_BASE = 66700

NORMAL = "normal"

PAYMENTS: dict[int, tuple[str, str]] = {
    1: ("refused", "the bank refuses: the page hears 4000, a payment code is answered ACQ.PAYMENT_FAIL; nothing paid"),
    2: ("unknown_then_paid", "paid, but the next two queries answer 20000 and the notice comes after 20 s"),
    3: ("notify_lost", "paid; no notice ever"),
    4: ("notify_twice", "paid; the same notice twice, at once"),
    5: ("notify_forged", "a notice signed with a foreign key first, then the true one"),
    6: ("notify_before_response", "the notice is delivered before the cashier answers the page"),
    7: ("notify_other_amount", "a validly signed notice over one fen less; the query tells the truth"),
    8: ("notify_other_seller", "a validly signed notice for another seller"),
    9: ("notify_other_app", "a validly signed notice for another application"),
    10: ("notify_other_order", "a validly signed notice about an order number that does not exist"),
    11: ("notify_unsigned", "a notice without a signature first, then the true one"),
    12: ("processing_then_paid", "the page hears 8000; paid 5 s later"),
    13: ("notify_late", "the notice comes after 60 s"),
    14: ("network", "paid, but the page hears 6002 (no network)"),
    15: ("create_unanswered", "the trade is made, but the answer is 20000 the first time"),
    16: ("create_refused", "the trade is refused: 40006 isv.insufficient-isv-permissions"),
    17: ("create_busy", "40005 isv.app-call-limited"),
    18: ("unknown_to_page", "paid, but the page hears 6004 (unknown)"),
    21: ("wait_then_paid", "payment code: 10003, paid after 5 s"),
    22: ("wait_then_closed", "payment code: 10003, the payer refuses after 5 s and the trade is closed"),
    23: ("wait_forever", "payment code: 10003 until somebody cancels"),
    24: ("unknown_unpaid", "payment code: 20000, and no trade was made"),
    25: ("no_balance", "payment code: 40004 ACQ.BUYER_BALANCE_NOT_ENOUGH"),
    26: ("code_invalid", "payment code: 40004 ACQ.PAYMENT_AUTH_CODE_INVALID"),
}
"""Last two digits of a total of 66601–66699 fen → (name, what happens)."""

REFUNDS: dict[int, tuple[str, str]] = {
    1: ("slow", "fund_change N; the money moves after 2 s, then the query says REFUND_SUCCESS"),
    2: ("never_ends", "fund_change N; the query never says REFUND_SUCCESS"),
    3: ("not_allowed", "40004 ACQ.TRADE_NOT_ALLOW_REFUND, always"),
    4: ("not_enough", "40004 ACQ.SELLER_BALANCE_NOT_ENOUGH, always"),
    5: ("not_enough_twice", "40004 ACQ.SELLER_BALANCE_NOT_ENOUGH twice, accepted the third time"),
    6: ("unanswered", "refunded, but the answer is 20000 the first time"),
    7: ("notify_lost", "refunded, no notice ever"),
    8: ("notify_twice", "refunded, the same notice twice"),
    9: ("not_done", "20000 the first time, and nothing was refunded; the second time it works"),
    10: ("frozen", "40004 ACQ.REASON_TRADE_BEEN_FREEZEN, always"),
    11: ("notify_before_response", "the notice is delivered before the request is answered"),
    12: ("notify_forged", "a notice signed with a foreign key first, then the true one"),
    13: ("notify_other_amount", "a validly signed notice whose refund_fee is one fen less"),
}
"""Last two digits of a refund of 66701–66799 fen → (name, what happens)."""

MAGIC_BUYERS: dict[str, str] = {
    "2088000000000001": "create answers 40004 ACQ.INVALID_PARAMETER: the buyer is not known",
    "2088000000000002": "create answers 40004 ACQ.BUYER_ENABLE_STATUS_FORBID: the buyer's account is blocked",
}

RESULT_CODES: dict[str, str] = {
    "9000": "paid",
    "8000": "in process: ask the server",
    "4000": "failed",
    "6001": "the person closed the cashier",
    "6002": "no network",
    "6004": "unknown: ask the server",
}
"""What `tradePay` tells a page."""

PAGE_RESULTS = {"processing_then_paid": "8000", "network": "6002", "unknown_to_page": "6004"}
"""Behaviours that pay and still tell the page something other than 9000."""


def payment_behaviour(total: int) -> str:
    """The behaviour a trade's total (fen) asks for."""
    return PAYMENTS.get(total - PAYMENT_BASE, (NORMAL, ""))[0]


def refund_behaviour(amount: int) -> str:
    """The behaviour a refund's amount (fen) asks for."""
    return REFUNDS.get(amount - REFUND_BASE, (NORMAL, ""))[0]


PAYMENT_NAMES = frozenset({NORMAL, *(name for name, _ in PAYMENTS.values())})
REFUND_NAMES = frozenset({NORMAL, *(name for name, _ in REFUNDS.values())})
