"""The magic inputs of WeChat's mixed orders: by `total_fee` (¥671.01 is the first), or for the next one by a switch.

What the insurance itself does is chosen by the bill's total (¥668.01 and up), what the own part does by its amount
(¥666.01 and up). `docs/sandbox-insurance.md` prints this table; a test compares.
"""

BASE = 67100
NORMAL = "normal"

ORDERS: dict[int, tuple[str, str]] = {
    1: ("create_unanswered", "the mixed order is accepted, but the answer is 500 SYSTEM_ERROR the first time"),
    2: ("create_refused", "the mixed order is refused: 403 REQUEST_BLOCKED"),
    3: ("cash_refused", "the bank refuses the own part at the cashier: nothing is paid, nothing is settled"),
    4: ("notify_lost", "paid; MEDICAL_INSURANCE.SUCCESS never comes"),
    5: ("notify_twice", "paid; the notice comes twice, at once"),
    6: ("notify_forged", "a notice signed with a foreign key first, then the true one"),
    7: ("notify_other_amount", "a validly signed notice over one fen less; the query tells the truth"),
    8: ("notify_other_appid", "a validly signed notice for another official account"),
    9: ("user_paying", "for 20 s after payment mix_pay_status is MIX_PAY_USER_PAYING, which no list names"),
}
"""Last two digits of a total of 67101–67199 fen → (name, what happens)."""

NAMES = frozenset({NORMAL, *(name for name, _ in ORDERS.values())})


def behaviour(total: int) -> str:
    """The behaviour a total asks for."""
    return ORDERS.get(total - BASE, (NORMAL, ""))[0]
