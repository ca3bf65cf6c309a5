"""What the hospital tells us by itself: a clinic is stopped, a registration was changed at the desk."""

from typing import Any
from uuid import UUID

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.booking.flows.admission import DRIVE_BATCH
from jiuyi.domains.booking.ports import Registration, Registrations
from jiuyi.domains.booking.repository import appointments as repository
from jiuyi.domains.booking.repository import mirror
from jiuyi.domains.booking.service.axes import PLACEMENT, STATE
from jiuyi.domains.booking.types import AppointmentRow, AppointmentState, Placement
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.moves import move

HIS = Actor.hospital("his")
MOST_AT_ONCE = 500
_VISITED = {"done": AppointmentState.DONE, "no_show": AppointmentState.NO_SHOW}
_COMING = frozenset(
    {AppointmentState.BOOKED, AppointmentState.CHECKED_IN, AppointmentState.CALLED, AppointmentState.PASSED}
)
_HELD_THERE = frozenset({Placement.PLACED, Placement.CONFIRMED})


async def clinic_stopped(tx: Tx, data: dict[str, Any]) -> None:
    """A clinic (or some of its half hours) does not take place: nothing more is sold, those who have a place leave."""
    slot_codes = [str(code) for code in data.get("slot_codes") or ()]
    code = str(data["schedule_code"])
    await mirror.stop(tx, code, slot_codes, str(data.get("reason") or ""), str(data.get("reason_en") or ""))
    await audit.note(
        tx,
        actor=HIS,
        action="booking.clinic_stopped",
        subject_kind="schedule",
        subject=code,
        detail={"slots": len(slot_codes)},
    )
    await mirror.tell(tx)
    await stop_appointments(tx)


async def stop_appointments(tx: Tx) -> int:
    """Everybody with a place in a stopped clinic leaves it; return how many were found."""
    found = await repository.on_stopped(tx, MOST_AT_ONCE)
    for appointment_id in found:
        await repository.leave(tx, appointment_id, AppointmentState.STOPPED.value, who=HIS.word, why="clinic_stopped")
    if found:
        await tx.defer(DRIVE_BATCH, appointment_ids=[str(appointment_id) for appointment_id in found])
    return len(found)


async def registration_changed(db: Db, registrations: Registrations, lock_no: str) -> UUID | None:
    """The HIS says that one of our registrations changed: ask what it is now, and take it over.

    Returns the appointment to be driven on, or None. Raises `NotDone` when the HIS does not answer.
    """
    async with db.tx() as tx:
        appointment_id = await repository.by_lock_no(tx, lock_no)
    if appointment_id is None:
        return None
    found = await registrations.find(lock_no)
    async with db.tx() as tx:
        row = await repository.locked(tx, appointment_id)
        if found is not None:
            await _take_over(tx, row, found)
    return appointment_id


async def _take_over(tx: Tx, row: AppointmentRow, found: Registration) -> None:
    if found.state in _VISITED and row.state in _COMING:
        target = _VISITED[found.state]
        await move(tx, STATE, row.id, row.state, target, who=HIS.word, why="told by the HIS")
        await audit.note(tx, actor=HIS, action=f"booking.{target.value}", subject_kind="appointment", subject=row.id)
    elif found.state == "stopped":
        await repository.leave(tx, row.id, AppointmentState.STOPPED.value, who=HIS.word, why="clinic_stopped")
    elif found.state in {"cancelled", "released"} and row.placement in _HELD_THERE:
        # Cancelled at the desk (or let go of by the HIS): it holds nothing; what was paid goes back.
        ended = AppointmentState.CANCELLED if row.state in _COMING else AppointmentState.REFUSED
        await repository.leave(tx, row.id, ended.value, who=HIS.word, why="desk")
        await move(tx, PLACEMENT, row.id, row.placement, Placement.GONE, who=HIS.word, why=f"found {found.state}")
