"""Pure decisions, as tables."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiuyi.domains.payments import rules
from jiuyi.domains.payments.types import (
    ATTEMPT_GRAPH,
    LIVE,
    REFUND_GRAPH,
    Cause,
    Order,
    OrderState,
    RefundState,
    Shown,
)
from jiuyi.kit.ids import new_id

pytestmark = pytest.mark.feature("I06")
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # 12:00 in the hospital


def an_order(**change: Any) -> Order:
    order = Order(
        id=new_id(),
        no="P0",
        kind="registration",
        subject_kind="appointment",
        subject_id=new_id(),
        account_id=new_id(),
        patient_id=new_id(),
        total_fen=1500,
        insurance_fen=0,
        own_fen=1500,
        title_zh="挂号费",
        title_en="Fee",
        state=OrderState.OPEN,
        frozen_why=None,
        created_at=NOON,
        expires_at=None,
        ended_at=None,
        overdue=False,
        paying=False,
        refund_failed=False,
        paid_at=None,
        channel=None,
        method=None,
        received_fen=0,
        paid_fen=0,
        asked_fen=0,
        refunded_fen=0,
        returned_fen=0,
    )
    return msgspec.structs.replace(order, **change)


PAID = {"state": OrderState.PAID, "received_fen": 1500, "paid_fen": 1500}


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({}, Shown.UNPAID),
        ({"paying": True}, Shown.PAYING),
        ({"frozen_why": "x"}, Shown.PAYING),
        ({"state": OrderState.CLOSING}, Shown.CLOSING),
        ({"state": OrderState.CLOSED}, Shown.CLOSED),
        ({"state": OrderState.CLOSED, "received_fen": 1500}, Shown.REFUNDING),
        ({"state": OrderState.CLOSED, "received_fen": 1500, "returned_fen": 1500}, Shown.REFUNDED),
        (PAID, Shown.PAID),
        # A second payment and its return do not change what the first stands for.
        ({**PAID, "received_fen": 3000, "returned_fen": 1500}, Shown.PAID),
        ({**PAID, "asked_fen": 500}, Shown.REFUNDING),
        ({**PAID, "asked_fen": 500, "refunded_fen": 500}, Shown.PARTLY_REFUNDED),
        ({**PAID, "asked_fen": 1500, "refunded_fen": 500}, Shown.REFUNDING),
        ({**PAID, "asked_fen": 1500, "refunded_fen": 1500}, Shown.REFUNDED),
    ],
)
def test_what_patients_see(change: dict[str, Any], shown: Shown) -> None:
    assert an_order(**change).shown is shown


@pytest.mark.parametrize(
    ("at", "start", "end", "until"),
    [
        ("12:00", "11:00", "13:00", "25 13:00"),
        ("13:00", "11:00", "13:00", None),
        ("10:59", "11:00", "13:00", None),
        ("23:55", "23:50", "00:10", "26 00:10"),
        ("00:05", "23:50", "00:10", "25 00:10"),
        ("00:10", "23:50", "00:10", None),
        ("12:00", "12:00", "12:00", None),
    ],
)
def test_a_daily_window(at: str, start: str, end: str, until: str | None) -> None:
    hours, minutes = map(int, at.split(":"))
    now = datetime(2026, 11, 25, hours, minutes, tzinfo=UTC) - timedelta(hours=8)
    found = rules.within(now, start, end)
    assert (None if found is None else f"{found:%d %H:%M}") == until


@pytest.mark.parametrize(
    ("left", "ends_in"),
    [
        (timedelta(minutes=15), timedelta(minutes=15)),
        (timedelta(seconds=10), timedelta(seconds=65)),
        (timedelta(days=3), timedelta(minutes=110)),
        (None, timedelta(minutes=110)),
    ],
)
def test_the_channel_may_take_money_until_then(left: timedelta | None, ends_in: timedelta) -> None:
    assert rules.trade_end(NOON, None if left is None else NOON + left) == NOON + ends_in


@given(st.integers(1, 10**12), st.sampled_from(list(Cause)))
def test_every_posting_balances(fen: int, cause: Cause) -> None:
    postings = [
        rules.legs_paid("wechat", fen),
        rules.legs_mismatched("wechat", fen),
        rules.legs_earned(fen),
        rules.legs_refund_asked(cause, fen),
        rules.legs_refunded("wechat", cause, fen),
    ]
    for legs in postings:
        assert sum(leg.amount_fen for leg in legs) == 0
    # What a refund promises and what it gives meet on the same clearing account.
    assert postings[3][1].account == postings[4][0].account


def test_what_may_still_be_paid_is_what_may_still_become_paid() -> None:
    assert {state for state in ATTEMPT_GRAPH.edges if ATTEMPT_GRAPH.edges[state]} == LIVE
    for source, target in product(LIVE, ATTEMPT_GRAPH.final):
        if target.value == "paid":
            assert ATTEMPT_GRAPH.allows(source, target)


def test_a_refund_never_goes_back_from_done() -> None:
    assert REFUND_GRAPH.final == {RefundState.DONE}
