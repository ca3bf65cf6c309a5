"""Places on their way: returned to sale after a while, or kept for somebody whose clinic was stopped."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

import msgspec

from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id

# One place leaves its holder. It is not for sale yet (withheld), unless the hospital took it out of the online quota.
_GIVE_BACK: LiteralString = """
WITH holder AS (
  UPDATE booking.appointment SET holds_place = false WHERE id = %(appointment)s AND holds_place RETURNING slot_id
), freed AS (
  UPDATE booking.slot s SET booked = s.booked - 1, quota = greatest(s.his_quota, s.booked - 1),
    withheld = CASE WHEN s.state = 'open' THEN least(s.withheld + 1, greatest(s.his_quota - s.booked + 1, 0))
                    ELSE least(s.withheld, greatest(s.his_quota - s.booked + 1, 0)) END
  FROM holder WHERE s.id = holder.slot_id RETURNING s.id, s.state
)
INSERT INTO booking.returned_place (id, slot_id, release_at)
SELECT %(id)s, id, app_now() + make_interval(mins => %(low)s::int)
  + random() * make_interval(mins => greatest(%(high)s::int - %(low)s::int, 0))
FROM freed WHERE state = 'open' RETURNING slot_id
"""
_RELEASE: LiteralString = """
WITH due AS (
  DELETE FROM booking.returned_place WHERE id IN
    (SELECT id FROM booking.returned_place WHERE release_at <= app_now() ORDER BY release_at LIMIT 1000
     FOR UPDATE SKIP LOCKED)
  RETURNING slot_id
), n AS MATERIALIZED (SELECT slot_id, count(*) AS places FROM due GROUP BY slot_id),
locked AS MATERIALIZED (
  SELECT s.id FROM booking.slot s WHERE s.id IN (SELECT slot_id FROM n) ORDER BY s.id FOR UPDATE
)
UPDATE booking.slot s SET withheld = greatest(s.withheld - n.places, 0)
FROM n, locked WHERE s.id = n.slot_id AND locked.id = s.id RETURNING s.id
"""
_FREE_NOW: LiteralString = """
s.state = 'open' AND c.state = 'open' AND (c.releases_at IS NULL OR c.releases_at <= app_now())
  AND s.starts_at > app_now() + interval '1 hour'
  AND s.quota - s.booked - s.withheld - CASE WHEN s.reserved_until > app_now() THEN s.reserved ELSE 0 END > 0
"""
_SAME_DOCTOR: LiteralString = (
    """
SELECT s.id FROM booking.slot s JOIN booking.schedule c ON c.id = s.schedule_id
WHERE c.doctor_code = %(doctor)s AND c.id <> %(schedule)s AND c.clinic_kind = %(kind)s AND s.starts_at > %(at)s
  AND c.date <= app_today() + %(days)s::int AND """
    + _FREE_NOW
    + " ORDER BY c.date, abs(extract(epoch FROM s.starts_at::time - %(at)s::timestamptz::time)), s.id LIMIT 1"
)
_SAME_TIME: LiteralString = (
    """
SELECT s.id FROM booking.slot s JOIN booking.schedule c ON c.id = s.schedule_id
WHERE c.department_code = %(department)s AND c.id <> %(schedule)s AND c.clinic_kind = %(kind)s
  AND (%(doctors)s::text[] IS NULL OR c.doctor_code = ANY(%(doctors)s))
  AND (%(doctor)s::text IS NULL OR c.doctor_code IS DISTINCT FROM %(doctor)s::text)
  AND c.date <= app_today() + %(days)s::int AND """
    + _FREE_NOW
    + " ORDER BY abs(extract(epoch FROM s.starts_at - %(at)s::timestamptz)), s.id LIMIT 1"
)
_WITHHOLD: LiteralString = """
WITH kept AS (
  UPDATE booking.slot s SET withheld = s.withheld + 1
  WHERE s.id = %(slot)s AND s.state = 'open'
    AND s.booked + s.withheld + CASE WHEN s.reserved_until > app_now() THEN s.reserved ELSE 0 END < s.quota
  RETURNING s.id
)
INSERT INTO booking.returned_place (id, slot_id, for_appointment, release_at)
SELECT %(id)s, id, %(appointment)s, app_now() + make_interval(mins => %(minutes)s::int) FROM kept RETURNING slot_id
"""
_OFFERS: LiteralString = """
SELECT slot_id, release_at FROM booking.returned_place
WHERE for_appointment = %s AND release_at > app_now() ORDER BY id
"""
_TAKE: LiteralString = """
WITH taken AS (
  DELETE FROM booking.returned_place WHERE for_appointment = %(appointment)s AND slot_id = %(slot)s
    AND release_at > app_now() RETURNING slot_id
)
UPDATE booking.slot s SET booked = s.booked + 1, withheld = s.withheld - 1
FROM taken WHERE s.id = taken.slot_id AND s.state = 'open' AND s.withheld > 0 RETURNING s.id
"""
_LET_OTHERS_GO: LiteralString = """
UPDATE booking.returned_place SET release_at = app_now(), for_appointment = NULL WHERE for_appointment = %s
"""
STATEMENTS = (_GIVE_BACK, _RELEASE, _SAME_DOCTOR, _SAME_TIME, _WITHHOLD, _OFFERS, _TAKE, _LET_OTHERS_GO)


class Like(msgspec.Struct, frozen=True):
    """What a stopped place was like; `doctors`: codes of the same level, None = any."""

    schedule: UUID
    department: str
    doctor: str | None
    kind: str
    at: datetime
    days: int
    doctors: list[str] | None


class OfferRow(msgspec.Struct):
    """A place kept until `release_at`."""

    slot_id: UUID
    release_at: datetime


async def give_back(tx: Tx, appointment: UUID, low: int, high: int) -> UUID | None:
    """The place of an appointment leaves it, back on sale after a random time; its slot, or None if not reopening."""
    params = {"id": new_id(), "appointment": appointment, "low": low, "high": high}
    found: UUID | None = await tx.value(_GIVE_BACK, params)
    return found


async def release_due(tx: Tx) -> list[UUID]:
    """Put what is due back on sale; the slots."""
    return await tx.values(_RELEASE)


async def same_doctor(tx: Tx, like: Like) -> UUID | None:
    """A free slot of the same doctor, next session."""
    if like.doctor is None:
        return None
    found: UUID | None = await tx.value(_SAME_DOCTOR, msgspec.structs.asdict(like))
    return found


async def same_time(tx: Tx, like: Like) -> UUID | None:
    """A free slot of somebody of the same level in the same department, as near in time as possible."""
    found: UUID | None = await tx.value(_SAME_TIME, msgspec.structs.asdict(like))
    return found


async def withhold(tx: Tx, slot: UUID, appointment: UUID, minutes: int) -> bool:
    """Keep a place of `slot` for somebody; False when it went meanwhile."""
    params = {"id": new_id(), "slot": slot, "appointment": appointment, "minutes": minutes}
    return await tx.value(_WITHHOLD, params) is not None


async def offers(tx: Tx, appointment: UUID) -> list[OfferRow]:
    """What is kept for somebody now."""
    return await tx.all(OfferRow, _OFFERS, (appointment,))


async def take(tx: Tx, appointment: UUID, slot: UUID) -> bool:
    """Turn an offer into a held place; False when it is gone. The other offers reopen."""
    taken = await tx.value(_TAKE, {"appointment": appointment, "slot": slot}) is not None
    if taken:
        await tx.run(_LET_OTHERS_GO, (appointment,))
    return taken
