"""The HIS at its worst, at the worst moment: whatever it does, a patient ends with a place or with their money."""

import asyncio
from typing import Any, cast
from uuid import UUID

import pytest

from jiuyi.adapters.his.registrations import HisRegistrations
from jiuyi.domains.booking.flows.placement import Driver
from jiuyi.domains.booking.ports import Registration, Registrations
from jiuyi.domains.booking.service.people import People
from jiuyi.kit.outcomes import Unanswered, Unreachable
from jiuyi.wire.hospital import Door, Signer
from jiuyi.wire.http import Caller
from tests.support.clock import AppClock
from tests.support.live import Live
from tests.support.visits import Visitor, visitor
from tests.support.waiting import until

pytestmark = [pytest.mark.feature("F02"), pytest.mark.slow]
BREAKS = ("cut_before", "cut_after", "status", "garbled")


async def break_his(hospital: Live, operation: str, kind: str, times: int | None = 1) -> None:
    more: dict[str, Any] = {"value": 500} if kind == "status" else {}
    await hospital.sandbox.fault("his", kind, f"registrations.{operation}", times=times, **more)


async def locks(hospital: Live) -> int:
    counters = await hospital.sandbox.counters()
    return sum(count for name, count in counters.items() if "registrations.lock" in name)


@pytest.mark.parametrize("kind", BREAKS)
async def test_lock_without_an_answer(hospital: Live, kind: str) -> None:
    chen = await visitor(hospital)
    await break_his(hospital, "lock", kind)
    made = await chen.book((await chen.slot())["id"])
    held = await chen.until(made["id"], "awaiting_payment")
    assert held["order_id"] is not None
    assert await held_at_his(hospital) == 1


@pytest.mark.parametrize("kind", BREAKS)
async def test_confirm_without_an_answer(hospital: Live, kind: str) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    held = await chen.until(made["id"], "awaiting_payment")
    await break_his(hospital, "confirm", kind)
    await chen.pay(held)
    booked = await chen.until(made["id"], "booked")
    assert (booked["pay_state"], booked["refunded_fen"]) == ("paid", 0)


@pytest.mark.parametrize("kind", BREAKS)
async def test_cancel_without_an_answer(hospital: Live, kind: str) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    await chen.pay(await chen.until(made["id"], "awaiting_payment"))
    await chen.until(made["id"], "booked")
    await break_his(hospital, "cancel", kind)
    await chen.phone.post(f"/api/appointments/{made['id']}/cancel", {})
    await chen.until(made["id"], "cancelled")
    await chen.until_paid_back(made["id"])
    assert await held_at_his(hospital) == 0


async def test_his_down_at_lock_is_told_and_costs_nothing(hospital: Live) -> None:
    chen = await visitor(hospital)
    await hospital.sandbox.fault("his", "status", "registrations", value=503)
    made = await chen.book((await chen.slot())["id"])
    await hospital.idle(1)
    assert (await chen.appointment(made["id"]))["state"] == "placing"
    await hospital.sandbox.move_clock(120)
    ended = await chen.until(made["id"], "not_booked")
    assert ended["paid_fen"] == 0
    assert ended["order_id"] is None


async def test_confirm_that_stays_unknown_is_asked_for_until_it_is_known(hospital: Live) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    held = await chen.until(made["id"], "awaiting_payment")
    await hospital.sandbox.fault("his", "status", "registrations", value=503)
    await chen.pay(held)
    await chen.until(made["id"], "confirming")
    for step in range(1, 5):
        await hospital.sandbox.move_clock(60 * step)
        await hospital.idle(1)
    unknown = await chen.appointment(made["id"])
    assert (unknown["state"], unknown["pay_state"]) == ("confirming", "paid"), "no refund while nobody knows"
    await hospital.sandbox.no_faults()
    await hospital.sandbox.move_clock(300)
    await chen.until(made["id"], "booked")


async def test_his_out_of_reach_at_confirm_gives_the_money_back(hospital: Live, time: AppClock) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    held = await chen.until(made["id"], "awaiting_payment")
    await chen.pay(held)
    await wait_until_paid(chen)
    parts = hospital.parts
    nowhere = Caller("his", "http://127.0.0.1:9/his-esb", parts.journal, parts.clock)
    registrations = HisRegistrations(Door(nowhere, "jiuyi", Signer("secret"), parts.clock))
    driver = Driver(parts.db, parts.knobs, parts.directory, People(parts.vault), registrations, parts.ports["channels"])
    await driver.drive(UUID(made["id"]))
    assert (await chen.appointment(made["id"]))["state"] == "confirming"
    await time.forward(seconds=130)
    await driver.drive(UUID(made["id"]))
    assert (await chen.appointment(made["id"]))["state"] == "not_booked_refunding"
    await nowhere.close()
    await time.forward(seconds=30)
    ended = await chen.until_paid_back(made["id"])
    assert ended["state"] == "not_booked_refunded"
    assert ended["refunded_fen"] == held["fee_fen"]
    await settle(hospital)
    assert await held_at_his(hospital) == 0


class Late:
    """A HIS whose first confirmation is still on its way, and that is out of reach for all others."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._told: dict[str, Any] | None = None

    async def confirm(self, **named: Any) -> Registration:
        if self._told is not None:
            raise Unreachable("his", "registrations.confirm", "no way there")
        self._told = named
        raise Unanswered("his", "registrations.confirm", "no answer")

    async def cancel(self, **_: Any) -> Registration:
        raise Unreachable("his", "registrations.cancel", "no way there")

    async def find(self, lock_no: str) -> Registration | None:
        found: Registration | None = await self._real.find(lock_no)
        return found

    async def arrives(self) -> None:
        """The first confirmation gets there."""
        assert self._told is not None
        await self._real.confirm(**self._told)


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_confirmation_that_may_still_arrive_is_waited_for(
    hospital: Live, time: AppClock, *, arrives: bool
) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    held = await chen.until(made["id"], "awaiting_payment")
    await chen.pay(held)
    await wait_until_paid(chen)
    parts = hospital.parts
    late = Late(parts.ports["registrations"])
    driver = Driver(
        parts.db,
        parts.knobs,
        parts.directory,
        People(parts.vault),
        cast("Registrations", late),
        parts.ports["channels"],
    )
    await driver.drive(UUID(made["id"]))
    assert await placement(hospital) == "placed", "asked, and told again in vain"
    await time.forward(seconds=130)
    await driver.drive(UUID(made["id"]))
    assert (await chen.appointment(made["id"]))["state"] == "confirming", "the hospital may still hear the first one"
    if arrives:
        await late.arrives()
        await chen.until(made["id"], "booked")
    else:
        await time.forward(seconds=200)
        await driver.drive(UUID(made["id"]))
        assert (await chen.appointment(made["id"]))["state"] == "not_booked_refunding"


async def test_lock_that_never_answers_is_given_up_and_then_let_go(hospital: Live) -> None:
    chen = await visitor(hospital)
    await break_his(hospital, "lock", "cut_after")
    await hospital.sandbox.fault("his", "cut_before", "registrations.find")
    made = await chen.book((await chen.slot())["id"])
    for step in range(1, 6):
        await hospital.idle(1)
        await hospital.sandbox.move_clock(30 * step)
    assert (await chen.appointment(made["id"]))["state"] == "not_booked"
    async with hospital.parts.db.tx() as tx:
        assert await tx.value("SELECT sum(booked) FROM booking.slot") == 1
        assert await tx.value("SELECT count(*) FROM audit.entry WHERE action = 'booking.alarm'") == 1
    await hospital.sandbox.no_faults()
    await hospital.sandbox.move_clock(240)
    await settle(hospital)
    assert await held_at_his(hospital) == 0
    async with hospital.parts.db.tx() as tx:
        assert await tx.value("SELECT sum(booked) FROM booking.slot") == 0


class Dies:
    """A HIS whose caller is killed: before the call goes out, or after it was carried out."""

    def __init__(self, real: Any, operation: str, *, after: bool) -> None:
        self._real = real
        self._operation = operation
        self._after = after

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any, **named: Any) -> Registration | None:
            if name == self._operation and not self._after:
                raise asyncio.CancelledError
            found: Registration | None = await getattr(self._real, name)(*arguments, **named)
            if name == self._operation:
                raise asyncio.CancelledError
            return found

        return call


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("operation", ["lock", "confirm", "cancel"])
async def test_killed_between_the_two_transactions(hospital: Live, operation: str, *, after: bool) -> None:
    chen = await visitor(hospital)
    made = await chen.book((await chen.slot())["id"])
    if operation != "lock":
        await chen.pay(await chen.until(made["id"], "awaiting_payment"))
        await wait_until_paid(chen)
    if operation == "cancel":
        await chen.until(made["id"], "booked")
        await chen.phone.post(f"/api/appointments/{made['id']}/cancel", {})
    parts = hospital.parts
    dying = Dies(parts.ports["registrations"], operation, after=after)
    driver = Driver(
        parts.db,
        parts.knobs,
        parts.directory,
        People(parts.vault),
        dying,
        parts.ports["channels"],
    )
    with pytest.raises(asyncio.CancelledError):
        await driver.drive(UUID(made["id"]))
    before = await placement(hospital)
    assert before == {"lock": "placing", "confirm": "confirming", "cancel": "cancelling"}[operation]
    await hospital.idle(1)
    assert await placement(hospital) == before, "nobody touches a claim that may still be under way"
    await hospital.sandbox.move_clock(60)
    await chen.until(made["id"], {"lock": "awaiting_payment", "confirm": "booked", "cancel": "cancelled"}[operation])
    assert await held_at_his(hospital) == (0 if operation == "cancel" else 1)


async def wait_until_paid(chen: Visitor) -> None:
    """The payment is known, and nobody has driven the appointment on yet."""
    parts = chen.live.parts

    async def notices() -> list[Any]:
        async with parts.db.tx() as tx:
            return await tx.values("SELECT id FROM kit.inbox WHERE system = 'wechat_pay'")

    notice = (await until(notices, bool))[0]
    await parts.jobs.functions["payments.payment_notice"](notice_id=str(notice))


async def settle(hospital: Live) -> None:
    await until(lambda: placement(hospital), lambda found: found == "gone", lambda: hospital.idle(1))


async def placement(hospital: Live) -> str:
    async with hospital.parts.db.tx() as tx:
        return str(await tx.value("SELECT placement FROM booking.appointment"))


async def held_at_his(hospital: Live) -> int:
    """Places of ours that the HIS holds now."""
    async with hospital.parts.db.tx() as tx:
        lock_nos = await tx.values("SELECT lock_no FROM booking.appointment WHERE lock_no IS NOT NULL")
    found = [await hospital.parts.ports["registrations"].find(lock_no) for lock_no in lock_nos]
    return sum(1 for registration in found if registration and registration.state in {"locked", "confirmed"})
