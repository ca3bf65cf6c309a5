"""What is next on the way into the hospital's books, as a table."""

import pytest

from jiuyi.domains.payments.rules import next_act_of_entry
from jiuyi.domains.payments.types import EntryAct, EntryState, OrderState

pytestmark = pytest.mark.feature("F04", "F07")
S = EntryState
Order = OrderState
Act = EntryAct


@pytest.mark.parametrize(
    ("state", "order", "stale", "act"),
    [
        (S.OPEN, Order.OPEN, False, Act.REST),
        (S.OPEN, Order.CLOSING, False, Act.REST),
        (S.OPEN, Order.PAID, False, Act.TAKE_MONEY),
        (S.OPEN, Order.CLOSED, False, Act.CLOSE),
        (S.PAID, Order.PAID, False, Act.CONFIRM),
        (S.CONFIRMING, Order.PAID, False, Act.REST),
        (S.CONFIRMING, Order.PAID, True, Act.FIND),
        (S.UNKNOWN, Order.PAID, False, Act.FIND),
        (S.CONFIRMED, Order.PAID, True, Act.REST),
        (S.REFUSED, Order.PAID, True, Act.REST),
        (S.CLOSED, Order.CLOSED, True, Act.REST),
    ],
)
def test_what_is_next(state: S, order: Order, stale: bool, act: Act) -> None:
    assert next_act_of_entry(state, order, stale_claim=stale) is act
