"""What patients look at before they choose. The statements are composed of our own constants."""
# ruff: noqa: S608

from datetime import date
from typing import LiteralString
from uuid import UUID

import msgspec

from jiuyi.domains.booking.types import ClinicRow, PlaceRow, SlotRow
from jiuyi.kit.db import Tx

_FREE: LiteralString = """
greatest(s.quota - s.booked - s.withheld - CASE WHEN s.reserved_until > app_now() THEN s.reserved ELSE 0 END, 0)
"""
_OPEN: LiteralString = """
s.state = 'open' AND s.starts_at - make_interval(mins => %(lead)s::int) > app_now()
"""
_CLINIC: LiteralString = (
    """
SELECT c.id, c.code, c.date, c.session, c.clinic_kind, c.department_code, c.doctor_code, c.mdt_team_code, c.campus_code,
  c.place, c.place_en, c.room, c.fee_fen, c.fee_items, c.state, c.stop_reason, c.stop_reason_en, c.releases_at, c.note,
  c.note_en,
  coalesce(t.remaining, 0) AS remaining, coalesce(t.sellable, false) AS sellable, t.earliest, t.last_end,
  c.releases_at IS NULL OR c.releases_at <= app_now() AS released, coalesce(t.ended, true) AS ended
FROM booking.schedule c LEFT JOIN LATERAL (
  SELECT sum("""
    + _FREE
    + ") FILTER (WHERE "
    + _OPEN
    + """) AS remaining, bool_or("""
    + _OPEN
    + """) AS sellable, min(s.starts_at) FILTER (WHERE """
    + _OPEN
    + " AND "
    + _FREE
    + """ > 0) AS earliest, max(s.ends_at) AS last_end,
    bool_and(s.starts_at - make_interval(mins => %(lead)s::int) <= app_now()) AS ended
  FROM booking.slot s WHERE s.schedule_id = c.id AND s.state <> 'removed'
) t ON true
"""
)
_LIST: LiteralString = (
    _CLINIC
    + """
WHERE c.date BETWEEN app_today() AND app_today() + %(days)s::int AND c.state <> 'removed'
  AND (%(department)s::text IS NULL OR c.department_code = %(department)s)
  AND (%(doctor)s::text IS NULL OR c.doctor_code = %(doctor)s)
  AND (%(team)s::text IS NULL OR c.mdt_team_code = %(team)s)
  AND (%(campus)s::text IS NULL OR c.campus_code = %(campus)s)
  AND (%(kind)s::text IS NULL OR c.clinic_kind = %(kind)s)
  AND (%(day)s::date IS NULL OR c.date = %(day)s)
ORDER BY c.date, array_position(ARRAY['morning', 'afternoon', 'evening', 'all_day'], c.session), c.code LIMIT 2000
"""
)
_BY_IDS: LiteralString = _CLINIC + " WHERE c.id = ANY(%(ids)s)"
_SLOT: LiteralString = (
    """
SELECT s.id, s.schedule_id, s.code, s.starts_at, s.ends_at, """
    + _FREE
    + """ AS remaining, CASE WHEN s.reserved_until > app_now() THEN s.reserved ELSE 0 END AS reserved_now,
  s.reserved_until, s.state, s.starts_at - make_interval(mins => %(lead)s::int) <= app_now() AS ended
FROM booking.slot s
"""
)
_SLOTS: LiteralString = (
    _SLOT + " WHERE s.schedule_id = %(schedule)s AND s.state <> 'removed' ORDER BY s.starts_at, s.code"
)
_SLOTS_BY_IDS: LiteralString = _SLOT + " WHERE s.id = ANY(%(ids)s)"
_PLACE: LiteralString = """
SELECT s.id, s.schedule_id, s.starts_at, s.ends_at, c.clinic_kind, c.department_code, c.doctor_code, c.mdt_team_code,
  c.date
FROM booking.slot s JOIN booking.schedule c ON c.id = s.schedule_id WHERE s.id = %s
"""
_TODAY: LiteralString = "SELECT app_today()"
STATEMENTS = (_LIST, _BY_IDS, _SLOTS, _SLOTS_BY_IDS, _PLACE, _TODAY)


class Wanted(msgspec.Struct, frozen=True):
    """A filter on clinics; codes of the hospital, None = any."""

    department: str | None = None
    doctor: str | None = None
    team: str | None = None
    campus: str | None = None
    kind: str | None = None
    day: date | None = None


async def clinics(tx: Tx, wanted: Wanted, *, days: int, lead: int) -> list[ClinicRow]:
    """Clinics from today on for `days`, `lead` minutes before a slot being too late for it."""
    return await tx.all(ClinicRow, _LIST, {**msgspec.structs.asdict(wanted), "days": days, "lead": lead})


async def by_ids(tx: Tx, ids: list[UUID], *, lead: int) -> dict[UUID, ClinicRow]:
    """Clinics by id."""
    return {row.id: row for row in await tx.all(ClinicRow, _BY_IDS, {"ids": ids, "lead": lead})}


async def slots(tx: Tx, schedule: UUID, *, lead: int) -> list[SlotRow]:
    """A clinic's half hours."""
    return await tx.all(SlotRow, _SLOTS, {"schedule": schedule, "lead": lead})


async def slots_by_ids(tx: Tx, ids: list[UUID], *, lead: int) -> dict[UUID, SlotRow]:
    """Slots by id."""
    return {row.id: row for row in await tx.all(SlotRow, _SLOTS_BY_IDS, {"ids": ids, "lead": lead})}


async def place(tx: Tx, slot: UUID) -> PlaceRow | None:
    """A slot with what its clinic says."""
    return await tx.one(PlaceRow, _PLACE, (slot,))


async def today(tx: Tx) -> date:
    """Today in the hospital, by the database's clock."""
    found: date = await tx.value(_TODAY)
    return found
