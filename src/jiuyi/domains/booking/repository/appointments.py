"""Appointments: reading them, what the sweepers look for, and the small facts beside the status axes."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from jiuyi.domains.booking.types import AppointmentRow, StepRow
from jiuyi.kit.db import Tx

_COLUMNS: LiteralString = """
SELECT a.id, a.account_id, a.channel, a.patient_id, a.slot_id, a.schedule_id, a.date, a.starts_at, a.ends_at,
  a.clinic_kind, a.department_code, a.doctor_code, a.state, a.placement, a.leaving, a.leaving_why, a.holds_place,
  a.visit_kind, a.reason_sealed, a.mdt_application_id, a.rebooked_from, a.fee_fen, a.fee_items, a.order_id, a.lock_no,
  a.registration_no, a.sequence_no, a.place, a.place_en, a.room, a.claimed_at, a.told_at, a.tries, a.refusal,
  a.desk_reason_sealed, a.held_until,
  a.cancelled_at, a.created_at, s.code AS slot_code, a.held_until <= app_now() AS overdue,
  coalesce(a.claimed_at < app_now() - interval '20 seconds', false) AS stale_claim,
  s.state = 'stopped' OR c.state = 'stopped' AS slot_stopped, app_now() AS now
FROM booking.appointment a JOIN booking.slot s ON s.id = a.slot_id JOIN booking.schedule c ON c.id = a.schedule_id
"""
_BY_ID: LiteralString = _COLUMNS + " WHERE a.id = %s"
_LOCKED: LiteralString = _COLUMNS + " WHERE a.id = %s FOR UPDATE OF a"
_BY_LOCK_NO: LiteralString = "SELECT id FROM booking.appointment WHERE lock_no = %s"
_LATER: LiteralString = """
a.state IN ('held', 'booked', 'checked_in', 'called', 'passed') AND a.ends_at > app_now() - interval '2 hours'
"""
_UPCOMING: LiteralString = (
    _COLUMNS
    + " WHERE a.patient_id = ANY(%(patients)s) AND "
    + _LATER
    + """ AND (%(at)s::timestamptz IS NULL OR (a.starts_at, a.id) > (%(at)s, %(id)s::uuid))
ORDER BY a.starts_at, a.id LIMIT %(most)s"""
)
_PAST: LiteralString = (
    _COLUMNS
    + " WHERE a.patient_id = ANY(%(patients)s) AND NOT ("
    + _LATER
    + """) AND (%(at)s::timestamptz IS NULL OR (a.starts_at, a.id) < (%(at)s, %(id)s::uuid))
ORDER BY a.starts_at DESC, a.id DESC LIMIT %(most)s"""
)
_ALL: LiteralString = (
    _COLUMNS
    + """ WHERE a.patient_id = ANY(%(patients)s)
  AND (%(at)s::timestamptz IS NULL OR (a.starts_at, a.id) < (%(at)s, %(id)s::uuid))
ORDER BY a.starts_at DESC, a.id DESC LIMIT %(most)s"""
)
_STEPS: LiteralString = """
SELECT axis, source, target, who, why, at FROM booking.step WHERE subject = %s ORDER BY id
"""
_UNREST: LiteralString = """
SELECT a.id FROM booking.appointment a
WHERE (a.state = 'held' OR a.leaving IS NOT NULL
       OR a.placement IN ('placing', 'confirming', 'cancelling', 'unknown'))
  AND (a.held_until <= app_now() OR a.leaving IS NOT NULL OR a.placement NOT IN ('none', 'placed')
       OR a.tries > 0 OR (a.placement = 'none' AND a.created_at < app_now() - interval '60 seconds'))
  AND (a.claimed_at IS NULL OR a.claimed_at < app_now() - interval '20 seconds')
ORDER BY a.held_until LIMIT %(most)s
"""
_ON_STOPPED: LiteralString = """
SELECT a.id FROM booking.appointment a JOIN booking.slot s ON s.id = a.slot_id
JOIN booking.schedule c ON c.id = a.schedule_id
WHERE a.date >= app_today() AND (s.state = 'stopped' OR c.state = 'stopped') AND a.leaving IS NULL
  AND a.state IN ('held', 'booked', 'checked_in') ORDER BY a.id LIMIT %(most)s
"""
_LEAVE: LiteralString = """
WITH done AS (
  UPDATE booking.appointment SET leaving = %(leaving)s, leaving_why = %(why)s,
    late_cancel = late_cancel OR %(late)s::boolean, refusal = coalesce(%(refusal)s, refusal),
    desk_reason_sealed = %(desk_reason)s
  WHERE id = %(id)s AND leaving IS NULL AND state IN ('held', 'booked', 'checked_in') RETURNING id
)
INSERT INTO booking.step (subject, axis, source, target, who, why, at)
SELECT id, 'leaving', '', %(leaving)s, %(who)s, %(why)s, app_now() FROM done RETURNING subject
"""
_STAY: LiteralString = """
WITH done AS (
  UPDATE booking.appointment SET leaving = NULL, leaving_why = NULL, tries = 0, refusal = coalesce(%(refusal)s, refusal)
  WHERE id = %(id)s AND leaving IS NOT NULL RETURNING id
)
INSERT INTO booking.step (subject, axis, source, target, who, why, at)
SELECT id, 'leaving', 'leaving', '', %(who)s, %(why)s, app_now() FROM done
"""
_TRIED: LiteralString = """
UPDATE booking.appointment SET tries = tries + 1, claimed_at = app_now() WHERE id = %s RETURNING tries
"""
_LEFT: LiteralString = "UPDATE booking.appointment SET leaving = NULL WHERE id = %s"
_NOW: LiteralString = "SELECT app_now()"
_REBOOKED: LiteralString = "SELECT id FROM booking.appointment WHERE rebooked_from = %s LIMIT 1"
_OF_APPLICATION: LiteralString = """
SELECT id FROM booking.appointment WHERE mdt_application_id = %s
  AND state NOT IN ('cancelled', 'expired', 'refused', 'stopped') ORDER BY id DESC LIMIT 1
"""
_MEANWHILE: LiteralString = (
    _COLUMNS
    + """ WHERE a.patient_id = %(patient)s AND a.holds_place AND a.leaving IS NULL
  AND a.starts_at < %(ends_at)s::timestamptz AND a.ends_at > %(starts_at)s::timestamptz
ORDER BY a.starts_at, a.id LIMIT 1"""
)
_INSERT: LiteralString = """
INSERT INTO booking.appointment
  (id, account_id, idempotency_key, channel, patient_id, slot_id, schedule_id, date, starts_at, ends_at, clinic_kind,
   department_code, doctor_code, state, placement, mdt_application_id, rebooked_from, held_until, created_at)
SELECT %(id)s, %(account)s, %(key)s, %(channel)s, %(patient)s, s.id, s.schedule_id, c.date, s.starts_at, s.ends_at,
  c.clinic_kind, c.department_code, c.doctor_code, 'held', 'none', %(application)s, %(rebooked)s,
  app_now() + make_interval(mins => %(hold)s::int), app_now()
FROM booking.slot s JOIN booking.schedule c ON c.id = s.schedule_id WHERE s.id = %(slot)s
"""
_FIRST_STEP: LiteralString = """
INSERT INTO booking.step (subject, axis, source, target, who, why, at)
VALUES (%(id)s, 'state', '', 'held', %(who)s, %(why)s, app_now())
"""
STATEMENTS = (
    _BY_ID,
    _LOCKED,
    _BY_LOCK_NO,
    _UPCOMING,
    _PAST,
    _ALL,
    _STEPS,
    _UNREST,
    _ON_STOPPED,
    _LEAVE,
    _STAY,
    _TRIED,
    _LEFT,
    _NOW,
    _REBOOKED,
    _OF_APPLICATION,
    _MEANWHILE,
    _INSERT,
    _FIRST_STEP,
)
_SCOPES: dict[str, LiteralString] = {"upcoming": _UPCOMING, "past": _PAST, "all": _ALL}


class Cursor(msgspec.Struct, frozen=True):
    """Where a page ends."""

    at: datetime
    id: UUID


async def appointment(tx: Tx, appointment_id: UUID) -> AppointmentRow | None:
    """One appointment."""
    return await tx.one(AppointmentRow, _BY_ID, (appointment_id,))


async def locked(tx: Tx, appointment_id: UUID) -> AppointmentRow:
    """One appointment, its row locked. Raises `Absent`."""
    return await tx.must(AppointmentRow, _LOCKED, (appointment_id,))


async def by_lock_no(tx: Tx, lock_no: str) -> UUID | None:
    """The appointment of a lock that the HIS names."""
    found: UUID | None = await tx.value(_BY_LOCK_NO, (lock_no,))
    return found


async def page(tx: Tx, patients: list[UUID], scope: str, after: Cursor | None, most: int) -> list[AppointmentRow]:
    """Appointments of some patients; `scope`: upcoming (soonest first), past, all (latest first)."""
    params: dict[str, Any] = {
        "patients": patients,
        "at": after.at if after else None,
        "id": after.id if after else None,
        "most": most,
    }
    return await tx.all(AppointmentRow, _SCOPES[scope], params)


async def steps(tx: Tx, appointment_id: UUID) -> list[StepRow]:
    """Everything that happened to it, in order."""
    return await tx.all(StepRow, _STEPS, (appointment_id,))


async def unrest(tx: Tx, most: int) -> list[UUID]:
    """Appointments that are not at rest and that nobody is working on: overdue, leaving, claimed long ago, unknown."""
    return await tx.values(_UNREST, {"most": most})


async def on_stopped(tx: Tx, most: int) -> list[UUID]:
    """Appointments of clinics that do not take place."""
    return await tx.values(_ON_STOPPED, {"most": most})


async def leave(
    tx: Tx,
    appointment_id: UUID,
    leaving: str,
    *,
    who: str,
    why: str,
    late: bool = False,
    refusal: str | None = None,
    desk_reason: bytes | None = None,
) -> bool:
    """Mark it as leaving for an end state; False when it is leaving already or has ended.

    `refusal`: what the hospital said, for the patient; `desk_reason`: a clerk's words, sealed, for the hospital.
    """
    params = {
        "id": appointment_id,
        "leaving": leaving,
        "who": who,
        "why": why,
        "late": late,
        "refusal": refusal,
        "desk_reason": desk_reason,
    }
    return await tx.value(_LEAVE, params) is not None


async def stay(tx: Tx, appointment_id: UUID, *, who: str, why: str, refusal: str | None = None) -> None:
    """It does not leave after all."""
    await tx.run(_STAY, {"id": appointment_id, "who": who, "why": why, "refusal": refusal})


async def tried(tx: Tx, appointment_id: UUID) -> int:
    """Count a try without an answer; return how many there were."""
    return int(await tx.value(_TRIED, (appointment_id,)))


async def left(tx: Tx, appointment_id: UUID) -> None:
    """The HIS holds nothing any more: it has left altogether."""
    await tx.run(_LEFT, (appointment_id,))


async def now(tx: Tx) -> datetime:
    """The program's time."""
    found: datetime = await tx.value(_NOW)
    return found


async def rebooked_as(tx: Tx, appointment_id: UUID) -> UUID | None:
    """The appointment that took the place of a stopped one."""
    found: UUID | None = await tx.value(_REBOOKED, (appointment_id,))
    return found


async def of_application(tx: Tx, application_id: UUID) -> UUID | None:
    """The live appointment of an MDT application."""
    found: UUID | None = await tx.value(_OF_APPLICATION, (application_id,))
    return found


class NewAppointment(msgspec.Struct, frozen=True):
    """A place taken over from an offer."""

    id: UUID
    account: UUID
    key: UUID
    channel: str
    patient: UUID
    slot: UUID
    application: UUID | None
    rebooked: UUID | None
    hold: int


async def meanwhile(tx: Tx, patient_id: UUID, starts_at: datetime, ends_at: datetime) -> AppointmentRow | None:
    """A place this patient holds at the same time, wherever it is."""
    return await tx.one(AppointmentRow, _MEANWHILE, {"patient": patient_id, "starts_at": starts_at, "ends_at": ends_at})


async def insert(tx: Tx, new: NewAppointment, *, who: str, why: str) -> None:
    """Write an appointment outside admission (its place was counted by the caller)."""
    await tx.run(_INSERT, msgspec.structs.asdict(new))
    await tx.run(_FIRST_STEP, {"id": new.id, "who": who, "why": why})
