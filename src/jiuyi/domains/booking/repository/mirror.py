"""Taking over schedules and slots of the HIS, set-based. Slot rows are locked in id order, as everywhere."""

from datetime import date
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from jiuyi.kit.db import Tx

CHANNEL = "booking_slots"
"""NOTIFY channel: what was sold out may not be any more (payload: a slot id, or empty for many)."""

_SCHEDULES: LiteralString = """
INSERT INTO booking.schedule AS c
  (id, code, date, session, clinic_kind, department_code, doctor_code, mdt_team_code, campus_code, place, place_en,
   room, fee_fen, fee_items, state, stop_reason, releases_at, note, note_en, his_updated_at)
SELECT id, code, date, session, clinic_kind, coalesce(department_code, ''), doctor_code, mdt_team_code, campus_code,
       place, place_en, room, fee_fen, fee_items, state, stop_reason, releases_at, note,
       coalesce(note_en, ''), updated_at
FROM jsonb_to_recordset(%(schedules)s::jsonb) AS x
  (id uuid, code text, date date, session text, clinic_kind text, department_code text, doctor_code text,
   mdt_team_code text, campus_code text, place text, place_en text, room text, fee_fen int, fee_items jsonb, state text,
   stop_reason text, releases_at timestamptz, note text, note_en text, updated_at timestamptz)
ORDER BY code
ON CONFLICT (code) DO UPDATE SET
  date = excluded.date, session = excluded.session, clinic_kind = excluded.clinic_kind,
  department_code = excluded.department_code, doctor_code = excluded.doctor_code,
  mdt_team_code = excluded.mdt_team_code, campus_code = excluded.campus_code, place = excluded.place,
  place_en = excluded.place_en, room = excluded.room, fee_fen = excluded.fee_fen, fee_items = excluded.fee_items,
  state = excluded.state, stop_reason = CASE WHEN excluded.stop_reason <> '' THEN excluded.stop_reason
                                             WHEN excluded.state = 'open' THEN '' ELSE c.stop_reason END,
  releases_at = excluded.releases_at, note = excluded.note, note_en = excluded.note_en,
  his_updated_at = excluded.his_updated_at
WHERE (c.date, c.session, c.clinic_kind, c.department_code, c.doctor_code, c.mdt_team_code, c.campus_code, c.place,
       c.place_en, c.room, c.fee_fen, c.fee_items, c.state, c.releases_at, c.note, c.note_en,
       c.his_updated_at)
  IS DISTINCT FROM
      (excluded.date, excluded.session, excluded.clinic_kind, excluded.department_code, excluded.doctor_code,
       excluded.mdt_team_code, excluded.campus_code, excluded.place, excluded.place_en, excluded.room,
       excluded.fee_fen, excluded.fee_items, excluded.state, excluded.releases_at, excluded.note, excluded.note_en,
       excluded.his_updated_at)
"""
_LOCK: LiteralString = """
SELECT s.id FROM booking.slot s JOIN booking.schedule c ON c.id = s.schedule_id
WHERE c.code = ANY(%(codes)s) ORDER BY s.id FOR UPDATE OF s
"""
# A quota below what is sold already stops selling, it cannot take places back: quota never falls below booked, and
# places on their way back (withheld) shrink first.
_SLOTS: LiteralString = """
INSERT INTO booking.slot AS s
  (id, schedule_id, code, starts_at, ends_at, his_quota, quota, reserved, reserved_until)
SELECT x.id, c.id, x.code, (c.date + x.start_time) AT TIME ZONE 'Asia/Shanghai',
       (c.date + x.end_time) AT TIME ZONE 'Asia/Shanghai', x.online_quota, x.online_quota,
       least(x.reserved, x.online_quota), x.reserved_until
FROM jsonb_to_recordset(%(slots)s::jsonb) AS x
  (id uuid, schedule_code text, code text, start_time time, end_time time, online_quota int, reserved int,
   reserved_until timestamptz)
JOIN booking.schedule c ON c.code = x.schedule_code
ORDER BY x.code
ON CONFLICT (code) DO UPDATE SET
  schedule_id = excluded.schedule_id, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
  his_quota = excluded.his_quota, quota = greatest(excluded.his_quota, s.booked),
  withheld = least(s.withheld, greatest(excluded.his_quota - s.booked, 0)),
  reserved = excluded.reserved, reserved_until = excluded.reserved_until,
  state = CASE WHEN s.state = 'removed' THEN 'open' ELSE s.state END
WHERE (s.schedule_id, s.starts_at, s.ends_at, s.his_quota, s.reserved, s.reserved_until)
  IS DISTINCT FROM (excluded.schedule_id, excluded.starts_at, excluded.ends_at, excluded.his_quota, excluded.reserved,
                    excluded.reserved_until)
  OR s.state = 'removed'
"""
_DROP_SLOTS: LiteralString = """
UPDATE booking.slot s SET state = 'removed', his_quota = 0, quota = s.booked, withheld = 0, reserved = 0
FROM booking.schedule c
WHERE c.id = s.schedule_id AND c.code = ANY(%(codes)s) AND s.state <> 'removed'
  AND NOT EXISTS (SELECT FROM unnest(%(kept)s::text[]) AS k (code) WHERE k.code = s.code)
"""
_GONE: LiteralString = """
SELECT c.code FROM booking.schedule c
WHERE c.date BETWEEN %(first)s AND %(last)s AND c.state <> 'removed'
  AND NOT EXISTS (SELECT FROM unnest(%(seen)s::text[]) AS k (code) WHERE k.code = c.code)
"""
_DROP_SCHEDULES: LiteralString = "UPDATE booking.schedule SET state = 'removed' WHERE code = ANY(%(codes)s)"
_READ: LiteralString = """
SELECT read_at, full_at IS NULL OR full_at < app_now() - interval '1 hour' AS wants_full,
  looked_at IS NULL OR looked_at < app_now() - make_interval(secs => %(seconds)s::float8) AS due
FROM booking.mirror
"""
_MARK: LiteralString = """
UPDATE booking.mirror SET read_at = %(as_of)s, looked_at = app_now(),
  full_at = CASE WHEN %(full)s THEN app_now() ELSE full_at END
"""
_STOP: LiteralString = """
UPDATE booking.schedule SET state = 'stopped', stop_reason = %(reason)s, stop_reason_en = %(reason_en)s
WHERE code = %(code)s AND state <> 'removed' RETURNING id
"""
_REASON: LiteralString = """
UPDATE booking.schedule SET stop_reason = %(reason)s, stop_reason_en = %(reason_en)s WHERE code = %(code)s
RETURNING id
"""
_STOP_SLOTS: LiteralString = """
UPDATE booking.slot SET state = 'stopped' WHERE id IN
  (SELECT id FROM booking.slot WHERE code = ANY(%(codes)s) AND state = 'open' ORDER BY id FOR UPDATE)
"""
_AVAILABILITY: LiteralString = """
WITH clinic AS MATERIALIZED (
  SELECT c.id, c.date, c.clinic_kind, c.department_code, c.doctor_code, c.mdt_team_code, c.fee_fen,
    c.state = 'open' AND (c.releases_at IS NULL OR c.releases_at <= app_now()) AS on_sale,
    coalesce(bool_or(s.state = 'open' AND s.starts_at > app_now()
      AND s.quota - s.booked - s.withheld - CASE WHEN s.reserved_until > app_now() THEN s.reserved ELSE 0 END > 0),
      false) AS free
  FROM booking.schedule c JOIN booking.slot s ON s.schedule_id = c.id
  WHERE c.date BETWEEN app_today() AND app_today() + %(days)s::int AND c.state = 'open'
  GROUP BY c.id
), subject AS (
  SELECT 'department' AS kind, department_code AS code, * FROM clinic WHERE department_code <> ''
  UNION ALL SELECT 'doctor', doctor_code, * FROM clinic WHERE doctor_code IS NOT NULL
  UNION ALL SELECT 'mdt_team', mdt_team_code, * FROM clinic WHERE mdt_team_code IS NOT NULL
)
SELECT kind, code, min(date) FILTER (WHERE on_sale AND free) AS next_date,
  coalesce(bool_or(on_sale AND NOT free), false) AS full_somewhere,
  array_agg(DISTINCT clinic_kind ORDER BY clinic_kind) AS clinic_kinds, min(fee_fen) AS fee_from_fen
FROM subject GROUP BY kind, code
"""
STATEMENTS = (
    _SCHEDULES,
    _LOCK,
    _SLOTS,
    _DROP_SLOTS,
    _GONE,
    _DROP_SCHEDULES,
    _READ,
    _MARK,
    _STOP,
    _REASON,
    _STOP_SLOTS,
    _AVAILABILITY,
)


class Progress(msgspec.Struct):
    """How far the mirror has read: the HIS's own `as_of`, and whether a full read is due."""

    read_at: str | None
    wants_full: bool
    due: bool


class Next(msgspec.Struct):
    """When a department, doctor or team can be booked next."""

    kind: str
    code: str
    next_date: date | None
    full_somewhere: bool
    clinic_kinds: list[str]
    fee_from_fen: int | None


async def take_over(tx: Tx, schedules: list[dict[str, Any]], slots: list[dict[str, Any]]) -> int:
    """Make schedules and their slots equal to the listing; return how many rows changed."""
    codes = [schedule["code"] for schedule in schedules]
    kept = [slot["code"] for slot in slots]
    changed = await tx.run(_SCHEDULES, {"schedules": msgspec.json.encode(schedules).decode()})
    await tx.run(_LOCK, {"codes": codes})
    changed += await tx.run(_SLOTS, {"slots": msgspec.json.encode(slots).decode()})
    return changed + await tx.run(_DROP_SLOTS, {"codes": codes, "kept": kept})


async def drop_unlisted(tx: Tx, first: date, last: date, seen: list[str]) -> int:
    """After a full read: schedules of the range that the HIS no longer lists are removed; return how many."""
    gone = await tx.values(_GONE, {"first": first, "last": last, "seen": seen})
    if gone:
        await tx.run(_LOCK, {"codes": gone})
        await tx.run(_DROP_SLOTS, {"codes": gone, "kept": []})
        await tx.run(_DROP_SCHEDULES, {"codes": gone})
    return len(gone)


async def progress(tx: Tx, seconds: float) -> Progress:
    """How far the mirror has read; `due` when it last looked more than `seconds` ago."""
    return await tx.must(Progress, _READ, {"seconds": seconds})


async def mark(tx: Tx, as_of: str, *, full: bool) -> None:
    """Remember how far was read."""
    await tx.run(_MARK, {"as_of": as_of, "full": full})


async def stop(tx: Tx, code: str, slot_codes: list[str], reason: str, reason_en: str) -> UUID | None:
    """A clinic does not take place (or only some of its half hours do not); its id, or None when unknown."""
    params = {"code": code, "reason": reason, "reason_en": reason_en}
    found: UUID | None = await tx.value(_REASON if slot_codes else _STOP, params)
    if slot_codes:
        await tx.run(_STOP_SLOTS, {"codes": slot_codes})
    return found


async def availability(tx: Tx, days: int) -> list[Next]:
    """When each department, doctor and team can be booked next."""
    return await tx.all(Next, _AVAILABILITY, {"days": days})


async def tell(tx: Tx, slot: UUID | None = None) -> None:
    """Tell every process that places may have come back."""
    await tx.notify(CHANNEL, "" if slot is None else str(slot))
