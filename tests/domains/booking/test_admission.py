"""Who gets a place: races on real PostgreSQL, and each rule of docs/rules.md, booking"""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from jiuyi.domains.booking import errors, settings
from jiuyi.domains.booking.flows.admission import Admission, Admitted, Ask
from jiuyi.domains.booking.repository import admission as repository
from jiuyi.domains.booking.service.limits import limits
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import Problem
from tests.support.clock import AppClock

pytestmark = pytest.mark.feature("F02")
# A Monday morning, so that "the same week" and "tomorrow" never straddle a week's end.
MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
SCHEDULE = """
INSERT INTO booking.schedule (id, code, date, session, clinic_kind, department_code, doctor_code, campus_code, place,
  place_en, room, fee_fen, fee_items, state, stop_reason, releases_at, note, his_updated_at)
VALUES (%(id)s, %(code)s, %(date)s, 'morning', %(kind)s, %(department)s, %(doctor)s, 'C1', '', '', '', 1000, '[]',
  %(state)s, '', %(releases)s, '', app_now())
"""
SLOT = """
INSERT INTO booking.slot (id, schedule_id, code, starts_at, ends_at, his_quota, quota, reserved, reserved_until)
VALUES (%(id)s, %(schedule)s, %(code)s, %(starts)s, %(ends)s, %(quota)s, %(quota)s, %(reserved)s, %(until)s)
"""


class Clinics:
    """Makes clinics with one half hour."""

    def __init__(self, db: Db, now: datetime) -> None:
        self._db = db
        self.now = now
        self._count = 0

    async def slot(self, quota: int = 1, *, days: int = 1, hour: int = 1, **more: Any) -> UUID:
        """A half hour at `hour` UTC, `days` from now."""
        self._count += 1
        starts = (self.now + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)
        schedule, slot = new_id(), new_id()
        clinic = {
            "id": schedule,
            "code": f"S{self._count}",
            "date": (starts + timedelta(hours=8)).date(),
            "kind": more.get("kind", "ordinary"),
            "department": more.get("department", f"D{self._count}"),
            "doctor": more.get("doctor"),
            "state": more.get("state", "open"),
            "releases": more.get("releases"),
        }
        half_hour = {
            "id": slot,
            "schedule": schedule,
            "code": f"S{self._count}-1",
            "starts": starts,
            "ends": starts + timedelta(minutes=30),
            "quota": quota,
            "reserved": more.get("reserved", 0),
            "until": more.get("until"),
        }
        async with self._db.tx() as tx:
            await tx.run(SCHEDULE, clinic)
            await tx.run(SLOT, half_hour)
        return slot

    async def sold(self, slot: UUID) -> tuple[int, int]:
        """Places counted, and places held."""
        async with self._db.tx() as tx:
            booked = await tx.value("SELECT booked FROM booking.slot WHERE id = %s", [slot])
            held = await tx.value("SELECT count(*) FROM booking.appointment WHERE slot_id = %s AND holds_place", [slot])
        return int(booked), int(held)


@pytest_asyncio.fixture
async def clinics(db: Db, time: AppClock) -> Clinics:
    return Clinics(db, (await time.set(MONDAY)).astimezone(UTC))


@pytest.fixture
def knobs() -> Knobs:
    return Knobs(settings.KNOBS)


@pytest.fixture
def admission(db: Db, knobs: Knobs) -> Admission:
    return Admission(db, knobs)


@pytest_asyncio.fixture
async def other_process(dsn: str, knobs: Knobs) -> AsyncIterator[Admission]:
    """A second web process: its own pool and its own memory."""
    opened = Db(dsn, size=4)
    await opened.open()
    yield Admission(opened, knobs)
    await opened.close()


def ask(slot: UUID, *, patient: UUID | None = None, account: UUID | None = None, key: UUID | None = None) -> Ask:
    return Ask(new_id(), key or new_id(), account or new_id(), "wechat_oa", patient or new_id(), slot, "test")


async def outcomes(*waiting: Any) -> list[Admitted | BaseException]:
    return list(await asyncio.gather(*waiting, return_exceptions=True))


def winners(found: list[Admitted | BaseException]) -> list[Admitted]:
    return [one for one in found if isinstance(one, Admitted)]


async def test_five_hundred_buyers_of_one_place(clinics: Clinics, admission: Admission) -> None:
    slot = await clinics.slot(1)
    found = await outcomes(*(admission.hold(ask(slot)) for _ in range(500)))
    assert len(winners(found)) == 1
    assert sum(isinstance(one, errors.SlotFull) for one in found) == 499
    assert await clinics.sold(slot) == (1, 1)


async def test_two_processes_share_places_exactly(
    clinics: Clinics, admission: Admission, other_process: Admission
) -> None:
    slots = [await clinics.slot(10) for _ in range(5)]
    doors = (admission, other_process)
    asks = [ask(random.choice(slots)) for _ in range(600)]
    found = await outcomes(*(doors[number % 2].hold(one) for number, one in enumerate(asks)))
    assert len(winners(found)) == 50
    for slot in slots:
        assert await clinics.sold(slot) == (10, 10)


async def test_no_process_is_starved(clinics: Clinics, admission: Admission, other_process: Admission) -> None:
    slot = await clinics.slot(400)
    mine, theirs = await asyncio.gather(
        outcomes(*(admission.hold(ask(slot)) for _ in range(400))),
        outcomes(*(other_process.hold(ask(slot)) for _ in range(400))),
    )
    assert len(winners(mine)) + len(winners(theirs)) == 400
    assert min(len(winners(mine)), len(winners(theirs))) >= 80


async def test_the_same_key_gets_the_same_appointment(
    clinics: Clinics, admission: Admission, other_process: Admission
) -> None:
    slot = await clinics.slot(1)
    patient, account, key = new_id(), new_id(), new_id()
    asks = [ask(slot, patient=patient, account=account, key=key) for _ in range(20)]
    found = await outcomes(*((admission, other_process)[n % 2].hold(one) for n, one in enumerate(asks)))
    got = winners(found)
    assert len(got) == 20
    assert len({one.appointment_id for one in got}) == 1
    assert sum(not one.again for one in got) == 1
    await outcomes(*(admission.hold(ask(slot)) for _ in range(3)))
    again = await admission.hold(ask(slot, patient=patient, account=account, key=key))
    assert (again.again, again.appointment_id) == (True, got[0].appointment_id), "also when answered from memory"


async def test_a_ticket_is_good_for_one_appointment(clinics: Clinics, admission: Admission) -> None:
    first, second = await clinics.slot(5), await clinics.slot(5)
    one = ask(first)
    await admission.hold(one)
    other = Ask(one.appointment_id, new_id(), one.account_id, "wechat_oa", one.patient_id, second, "test")
    with pytest.raises(errors.TicketUsed):
        await admission.hold(other)


async def test_one_patient_cannot_win_twice_at_once(
    clinics: Clinics, admission: Admission, other_process: Admission
) -> None:
    slots = [await clinics.slot(5) for _ in range(10)]
    patient = new_id()
    doors = (admission, other_process)
    found = await outcomes(*(doors[n % 2].hold(ask(slot, patient=patient)) for n, slot in enumerate(slots)))
    assert len(winners(found)) == 1
    assert sum(isinstance(one, errors.OpenUnpaid) for one in found) == 9


async def test_sold_out_is_remembered_until_places_return(clinics: Clinics, admission: Admission, db: Db) -> None:
    slot = await clinics.slot(1)
    await admission.hold(ask(slot))
    with pytest.raises(errors.SlotFull):
        await admission.hold(ask(slot))
    await asyncio.sleep(0.05)
    async with db.tx() as tx:
        await tx.run("UPDATE booking.slot SET quota = 2, his_quota = 2 WHERE id = %s", [slot])
    with pytest.raises(errors.SlotFull):
        await admission.hold(ask(slot))
    await admission.hear(str(slot))
    await admission.hold(ask(slot))


async def settle(db: Db, appointment: UUID, state: str, **columns: Any) -> None:
    """Put an appointment where a test wants it (moves have tests of their own)."""
    sets = "".join(f", {name} = %({name})s" for name in columns)
    async with db.tx() as tx:
        await tx.run(
            f"UPDATE booking.appointment SET state = %(state)s{sets} WHERE id = %(id)s",
            {"id": appointment, "state": state, **columns},
        )


async def test_limits(clinics: Clinics, admission: Admission, db: Db) -> None:
    patient, account = new_id(), new_id()

    async def book(slot: UUID) -> type[Problem] | None:
        try:
            done = await admission.hold(ask(slot, patient=patient, account=account))
        except Problem as refused:
            return type(refused)
        await settle(db, done.appointment_id, "booked")
        return None

    assert await book(await clinics.slot(department="D1", doctor="T1", kind="expert")) is None
    assert await book(await clinics.slot(department="D1", doctor="T2")) is errors.SameDepartmentDay
    assert await book(await clinics.slot(department="D2", kind="expert", days=2)) is None
    assert await book(await clinics.slot(department="D3", kind="expert", days=3)) is errors.WeekLimitExpert
    assert await book(await clinics.slot(department="D4")) is None
    assert await book(await clinics.slot(department="D5")) is None
    assert await book(await clinics.slot(department="D6")) is errors.DayLimit
    assert await book(await clinics.slot(department="D6", days=3)) is None
    assert await book(await clinics.slot(department="D7", days=4)) is errors.WeekLimit
    assert await book(await clinics.slot(department="D7", days=8)) is None


async def test_the_limit_of_an_account_counts_over_all_accounts_of_a_person(
    clinics: Clinics, admission: Admission, db: Db, knobs: Knobs
) -> None:
    async with db.tx() as tx:
        await knobs.set(tx, settings.PER_MONTH_ACCOUNT, 2, who="test", why="test")
    await knobs.load(db)
    before, after = new_id(), new_id()
    slots = [await clinics.slot(9) for _ in range(4)]
    for slot in slots[:2]:
        await admission.hold(ask(slot, account=before))
    joined = msgspec.structs.replace(ask(slots[2], account=after), joined=(before,))
    found = await outcomes(
        admission.hold(joined), admission.hold(ask(slots[2], account=before)), admission.hold(ask(slots[2]))
    )
    assert [type(one) for one in found] == [errors.AccountLimit, errors.AccountLimit, Admitted]
    async with db.tx() as tx:
        at = limits(knobs)
        foreseen = [
            (await repository.foresee(tx, people, new_id(), slots[3], at)).verdict
            for people in ([after, before], [after])
        ]
    assert foreseen == ["account_limit", "ok"]
    assert isinstance(await admission.hold(ask(slots[3], account=after)), Admitted)


async def test_rules_of_the_slot(clinics: Clinics, admission: Admission) -> None:
    later = clinics.now + timedelta(hours=1)
    table: list[tuple[dict[str, Any], type[Problem] | None]] = [
        ({}, None),
        ({"days": 0, "hour": 5}, None),
        ({"days": -1, "hour": 1}, errors.SlotEnded),
        ({"state": "stopped"}, errors.ClinicStopped),
        ({"releases": later}, errors.NotReleased),
        ({"releases": clinics.now}, None),
        ({"days": 15}, errors.NotReleased),
        ({"days": 15, "kind": "special"}, None),
        ({"quota": 2, "reserved": 2, "until": later}, errors.SlotFull),
        ({"quota": 2, "reserved": 1, "until": later}, None),
        ({"quota": 2, "reserved": 2, "until": clinics.now}, None),
        ({"quota": 0}, errors.SlotFull),
    ]
    for how, expected in table:
        found = (await outcomes(admission.hold(ask(await clinics.slot(**how)))))[0]
        assert (type(found) if isinstance(found, Problem) else None) is expected, how
    with pytest.raises(errors.SlotUnknown):
        await admission.hold(ask(new_id()))


async def test_pauses(clinics: Clinics, admission: Admission, db: Db, time: AppClock) -> None:
    patient, account = new_id(), new_id()
    slot = await clinics.slot(9, doctor="T1")
    done = await admission.hold(ask(slot, patient=patient, account=account))
    await settle(db, done.appointment_id, "cancelled", cancelled_at=await time.now(), registration_no="R1")
    with pytest.raises(errors.RebookPause):
        await admission.hold(ask(slot, patient=patient, account=account))
    await time.forward(minutes=121)
    for number in range(7):
        done = await admission.hold(ask(slot, patient=patient, account=account))
        await settle(
            db,
            done.appointment_id,
            "cancelled",
            cancelled_at=await time.now() - timedelta(hours=3),
            registration_no=f"R{number}",
        )
    with pytest.raises(errors.CancelPause) as paused:
        await admission.hold(ask(slot, patient=patient, account=account))
    assert paused.value.params["count"] == 8
    absent = new_id()
    for number in range(3):
        done = await admission.hold(ask(await clinics.slot(), patient=absent))
        await settle(db, done.appointment_id, "no_show", starts_at=await time.now() - timedelta(days=number + 1))
    with pytest.raises(errors.NoShowPause):
        await admission.hold(ask(slot, patient=absent))


async def test_a_batch_writes_steps_audit_and_one_job(clinics: Clinics, admission: Admission, db: Db) -> None:
    slot = await clinics.slot(100)
    found = await outcomes(*(admission.hold(ask(slot)) for _ in range(60)))
    assert len(winners(found)) == 60
    async with db.tx() as tx:
        assert await tx.value("SELECT count(*) FROM booking.step WHERE target = 'held'") == 60
        assert await tx.value("SELECT count(*) FROM audit.entry WHERE action = 'booking.held'") == 60
        assert await tx.value("SELECT count(*) FROM procrastinate_jobs") <= 3


async def test_a_remembered_refusal_keeps_no_frames(clinics: Clinics, admission: Admission) -> None:
    slot = await clinics.slot(0)
    seen = []
    for _ in range(3):
        with pytest.raises(errors.SlotFull) as refused:
            await admission.hold(ask(slot))
        seen.append(refused.value)
        await asyncio.sleep(0.05)
    assert len({id(problem) for problem in seen}) == 3
