"""What a UnionPay code and a refund make happen. `docs/sandbox-desk.md` prints these tables; a test compares."""

NORMAL = "normal"
REFUND_BASE = 67200

CODES: dict[int, tuple[str, str]] = {
    1: ("paid_later", "accepted; a query says 05 for 10 s, then 00"),
    2: ("never_paid", "accepted; a query says 05 until `payTimeout`, then 01"),
    3: ("refused", "respCode 01"),
    4: ("card_unsupported", "respCode 77"),
    5: ("failed_later", "accepted; a query says 05 for 10 s, then 01"),
    6: ("unknown_paid", "respCode 05, and it is paid: a query says 00"),
    7: ("cut_paid", "paid, and the connection is cut"),
    8: ("cut_unpaid", "the connection is cut before anything was done"),
    9: ("notify_lost", "paid; no notice ever"),
    10: ("notify_twice", "paid; the same notice twice, at once"),
    11: ("notify_forged", "a notice signed by a certificate nobody knows first, then the true one"),
    12: ("notify_other_amount", "a validly signed notice over one fen less; the query tells the truth"),
    13: ("notify_other_merchant", "a validly signed notice for another merchant"),
    14: ("found_late", "paid; the first query says 34"),
    15: ("slow", "paid, answered after 8 s"),
}
"""Number in a magic code → (name, what happens)."""

REFUNDS: dict[int, tuple[str, str]] = {
    1: ("refund_later", "accepted; a query says 05 for 10 s, then 00"),
    2: ("refund_refused", "respCode 01"),
    3: ("refund_failed_later", "accepted; then 01"),
    4: ("refund_unknown", "respCode 05, and it is done"),
    5: ("refund_notify_lost", "done; no notice ever"),
}
"""Last two digits of a refund of 67201–67299 fen → (name, what happens)."""

NAMES = frozenset({NORMAL, *(name for name, _ in CODES.values())})


def refund_behaviour(amount: int) -> str:
    """The behaviour a refund's amount asks for."""
    return REFUNDS.get(amount - REFUND_BASE, (NORMAL, ""))[0]
