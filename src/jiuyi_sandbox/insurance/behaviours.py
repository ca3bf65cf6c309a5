"""The magic inputs of the insurance centre: by a bill's total or a refund's total, or for the next one by a switch.

`docs/sandbox-insurance.md` prints these tables; a test compares.
"""

PAYMENT_BASE = 66800
REFUND_BASE = 66900

NORMAL = "normal"

PAYMENTS: dict[int, tuple[str, str]] = {
    1: ("upload_refused", "6201 is refused: a line of the bill does not pass the centre's check"),
    2: ("upload_unanswered", "6201 is accepted, but the connection is cut the first time; a repeat finds the order"),
    3: ("order_refused", "6202 is refused: the person has no entitlement to this kind of visit today"),
    4: ("order_slow", "6202 is answered after 8 s"),
    5: ("order_unanswered", "6202 is done, but the connection is cut the first time; a repeat gives the same split"),
    6: ("refused", "the insurance refuses at the cashier: nothing is paid, the order stays at 1"),
    7: ("settle_failed", "the own part is paid, then the insurance fails: ordStas 15, 6302 says so"),
    8: ("settle_exception", "the own part is paid, then ordStas 14 for two minutes of silence, then 15"),
    9: ("settle_exception_then_done", "ordStas 14 after payment, 6 after 20 s, with its notice"),
    10: ("settle_slow", "ordStas stays 2 for 20 s after payment, then 6"),
    11: ("reversal_failed", "the insurance fails and the own part could not be given back: ordStas 16"),
    12: ("notify_lost", "settled; 6302 never comes"),
    13: ("notify_twice", "settled; 6302 comes twice, at once"),
    14: ("notify_forged", "a 6302 signed with a foreign key first, then the true one"),
    15: ("notify_other_amount", "a truly signed 6302 with one fen moved from fund to own part; 6301 tells the truth"),
    16: ("notify_other_order", "a truly signed 6302 about an order nobody knows"),
    17: ("notify_late", "settled; 6302 comes after 60 s"),
    18: ("query_unanswered", "settled; the first two 6301 are answered by a gateway failure, 6302 never comes"),
    19: ("settled_after_timeout", "the channel hears nothing for 30 s although the insurance has settled"),
}
"""Last two digits of a total of 66801–66899 fen → (name, what happens)."""

REFUNDS: dict[int, tuple[str, str]] = {
    1: ("exp_then_succ", "EXP, with the money given back; the repeat with the same number says SUCC"),
    2: ("exp_always", "EXP, always; nothing was given back"),
    3: ("fail", "FAIL: the hospital has to do it by hand"),
    4: ("unanswered", "given back, but the connection is cut the first time"),
    5: ("slow", "answered after 8 s"),
}
"""Last two digits of a refund total of 66901–66999 fen → (name, what happens)."""

PAYMENT_NAMES = frozenset({NORMAL, *(name for name, _ in PAYMENTS.values())})
REFUND_NAMES = frozenset({NORMAL, *(name for name, _ in REFUNDS.values())})


def payment_behaviour(total: int) -> str:
    """The behaviour a bill's total asks for."""
    return PAYMENTS.get(total - PAYMENT_BASE, (NORMAL, ""))[0]


def refund_behaviour(total: int) -> str:
    """The behaviour a refund's total asks for."""
    return REFUNDS.get(total - REFUND_BASE, (NORMAL, ""))[0]
