"""Whole visits over web, worker and sandbox: booking, paying, cancelling, and the failures at the worst moment."""

import pytest

from tests.support.live import Live
from tests.support.visits import visitor

pytestmark = [pytest.mark.feature("F02"), pytest.mark.slow]


@pytest.fixture
async def hospital(live: Live) -> Live:
    """The product with the hospital's catalog and schedules read."""
    await live.idle(2)
    return live


async def test_book_pay_cancel_refund(hospital: Live) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    assert made["state"] == "placing"
    held = await chen.until(made["id"], "awaiting_payment")
    assert held["fee_fen"] > 0
    assert held["pay_state"] == "unpaid"
    await chen.pay(held)
    booked = await chen.until(made["id"], "booked")
    assert booked["paid_fen"] == held["fee_fen"]
    assert booked["sequence_no"] is not None
    assert booked["can_cancel"]
    cancelling = (await chen.phone.post(f"/api/appointments/{made['id']}/cancel", {"reason": "time"})).json()
    assert cancelling["state"] == "cancelling"
    cancelled = await chen.until(made["id"], "cancelled")
    assert cancelled["pay_state"] in {"refunding", "refunded"}
    cancelled = await chen.until_paid_back(made["id"])
    assert cancelled["refunded_fen"] == held["fee_fen"]
    assert [entry["code"] for entry in cancelled["timeline"]] == [
        "submitted", "held", "booked", "cancel_asked", "cancelled",
    ]  # fmt: skip
    async with hospital.parts.db.tx() as tx:
        assert await tx.value("SELECT sum(booked) FROM booking.slot") == 0
        assert await tx.value("SELECT sum(withheld) FROM booking.slot") == 1
