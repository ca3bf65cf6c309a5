"""On the way into the hospital's books and out of them again, as tables."""

import pytest

from jiuyi.domains.payments.rules import next_act_of_entry, shown_withdrawal
from jiuyi.domains.payments.types import (
    WITHDRAWAL_WORDS,
    EntryAct,
    EntryState,
    OrderState,
    RefundState,
    WithdrawalState,
)

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


@pytest.mark.parametrize(
    ("state", "money", "shown"),
    [
        (WithdrawalState.ASKING, None, "asking"),
        (WithdrawalState.UNKNOWN, None, "asking"),
        (WithdrawalState.REFUSED, None, "refused"),
        (WithdrawalState.DONE, None, "refunding"),
        (WithdrawalState.DONE, RefundState.PENDING, "refunding"),
        (WithdrawalState.DONE, RefundState.DONE, "refunded"),
        (WithdrawalState.DONE, RefundState.FAILED, "failed"),
    ],
)
def test_how_a_taking_back_is_shown(state: WithdrawalState, money: RefundState | None, shown: str) -> None:
    assert shown_withdrawal(state, money) == shown
    assert WITHDRAWAL_WORDS[shown].zh
