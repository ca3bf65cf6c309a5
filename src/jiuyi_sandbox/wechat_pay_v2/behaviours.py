"""What a payment code or a face makes happen. `docs/sandbox-desk.md` prints this table; a test compares."""

NORMAL = "normal"

CODES: dict[int, tuple[str, str]] = {
    1: ("userpaying_then_paid", "USERPAYING; paid after 10 s"),
    2: ("userpaying_never", "USERPAYING for as long as anybody asks; only a reversal ends it"),
    3: ("userpaying_then_refused", "USERPAYING; PAYERROR after 10 s"),
    4: ("expired", "AUTHCODEEXPIRE"),
    5: ("invalid", "AUTH_CODE_INVALID"),
    6: ("not_enough", "NOTENOUGH"),
    7: ("card_unsupported", "NOTSUPORTCARD"),
    8: ("system_error_paid", "SYSTEMERROR, and it is paid"),
    9: ("system_error_unpaid", "SYSTEMERROR, and it is not paid"),
    10: ("bank_error_then_paid", "BANKERROR; paid after 10 s"),
    11: ("cut_paid", "paid, and the connection is cut"),
    12: ("cut_unpaid", "the connection is cut before anything was done"),
    13: ("slow", "paid, answered after 8 s"),
    14: ("recall", "SYSTEMERROR, and it is paid; the first reversal is SYSTEMERROR with recall Y, the second works"),
    15: ("queries_fail", "USERPAYING; the first two queries are SYSTEMERROR, then it is paid"),
    16: ("paid_while_reversed", "USERPAYING; the payer pays at the moment of the reversal, which gives it back"),
}
"""Number in a magic code → (name, what happens)."""

NAMES = frozenset({NORMAL, *(name for name, _ in CODES.values())})
EXPIRED, INVALID = "expired", "invalid"
REFUSED: dict[str, tuple[str, str]] = {
    EXPIRED: ("AUTHCODEEXPIRE", "二维码已过期，请用户在微信上刷新后再试"),
    INVALID: ("AUTH_CODE_INVALID", "请扫描微信支付付款码"),
    "not_enough": ("NOTENOUGH", "余额不足"),
    "card_unsupported": ("NOTSUPORTCARD", "不支持卡类型"),
}
UNKNOWN: dict[str, tuple[str, str]] = {
    "userpaying_then_paid": ("USERPAYING", "需要用户输入支付密码"),
    "userpaying_never": ("USERPAYING", "需要用户输入支付密码"),
    "userpaying_then_refused": ("USERPAYING", "需要用户输入支付密码"),
    "queries_fail": ("USERPAYING", "需要用户输入支付密码"),
    "paid_while_reversed": ("USERPAYING", "需要用户输入支付密码"),
    "system_error_paid": ("SYSTEMERROR", "接口返回错误"),
    "system_error_unpaid": ("SYSTEMERROR", "接口返回错误"),
    "recall": ("SYSTEMERROR", "接口返回错误"),
    "bank_error_then_paid": ("BANKERROR", "银行系统异常"),
}
