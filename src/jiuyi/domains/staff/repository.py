"""SQL of staff."""

from typing import Any, LiteralString
from uuid import UUID

from jiuyi.domains.staff.types import AtDesk, Device, Operator, PinTry, Tries
from jiuyi.kit.db import Tx

_DEVICE: LiteralString = """
SELECT d.id, d.code, d.name_zh, d.name_en, d.role, d.state, d.created_at,
       (SELECT max(k.last_seen_at) FROM staff.device_key k WHERE k.device_id = d.id) AS last_seen_at,
       (SELECT count(*) FROM staff.device_key k
         WHERE k.device_id = d.id AND (k.ends_at IS NULL OR k.ends_at > app_now()))::int AS keys
FROM staff.device d
"""
DEVICES = _DEVICE + "ORDER BY d.code"
DEVICE = _DEVICE + "WHERE d.code = %(code)s"
INSERT_DEVICE = """
INSERT INTO staff.device (id, code, name_zh, name_en, role, created_at)
VALUES (%(id)s, %(code)s, %(name_zh)s, %(name_en)s, %(role)s, app_now())
ON CONFLICT (code) DO NOTHING RETURNING id
"""
INSERT_KEY = """
INSERT INTO staff.device_key (id, device_id, digest, issued_at) VALUES (%(id)s, %(device_id)s, %(digest)s, app_now())
"""
END_KEYS = """
UPDATE staff.device_key SET ends_at = app_now() + make_interval(mins => %(minutes)s)
WHERE device_id = %(device_id)s AND (ends_at IS NULL OR ends_at > app_now() + make_interval(mins => %(minutes)s))
"""
_AT: LiteralString = """
SELECT d.id AS device_id, d.code AS device_code, d.role, d.name_zh, d.name_en, s.id AS shift_id, s.operator,
       o.name AS operator_name, s.began_at AS shift_began_at
"""
# A shift counts from its own device's key as well as from the browser that opened it, while its operator is active.
BY_KEY = (
    _AT
    + """
, NULL::text AS csrf
FROM staff.device_key k JOIN staff.device d ON d.id = k.device_id
LEFT JOIN (staff.shift s JOIN staff.operator o ON o.code = s.operator AND o.active)
  ON s.device_id = d.id AND s.state = 'open' AND s.ends_at > app_now()
WHERE k.digest = %(digest)s AND d.state = 'active' AND (k.ends_at IS NULL OR k.ends_at > app_now())
"""
)
BY_SHIFT = (
    _AT
    + """
, s.csrf
FROM staff.shift s JOIN staff.device d ON d.id = s.device_id JOIN staff.operator o ON o.code = s.operator AND o.active
WHERE s.token_digest = %(digest)s AND s.state = 'open' AND s.ends_at > app_now() AND d.state = 'active'
"""
)
SEEN = """
UPDATE staff.device_key SET last_seen_at = app_now()
WHERE digest = %(digest)s AND (last_seen_at IS NULL OR last_seen_at < app_now() - interval '1 minute')
"""
OPEN_SHIFTS = "SELECT id FROM staff.shift WHERE device_id = %(device_id)s AND state = 'open' FOR UPDATE"
INSERT_SHIFT = """
INSERT INTO staff.shift (id, device_id, operator, token_digest, csrf, began_at, ends_at)
VALUES (%(id)s, %(device_id)s, %(operator)s, %(token_digest)s, %(csrf)s, app_now(),
        app_now() + make_interval(hours => %(hours)s))
"""
OPERATOR = "SELECT code, name, active, pin IS NOT NULL AS has_pin FROM staff.operator WHERE code = %(code)s"
OPERATORS = "SELECT code, name, active, pin IS NOT NULL AS has_pin FROM staff.operator ORDER BY code"
PIN = """
SELECT code, pin, pin_temporary, locked_until, coalesce(locked_until > app_now(), false) AS locked,
       CASE WHEN locked_until IS NULL OR locked_until > app_now() THEN pin_tries ELSE 0 END AS tries
FROM staff.operator WHERE code = %(code)s AND active FOR NO KEY UPDATE
"""
COUNT_TRY = """
UPDATE staff.operator
SET pin_tries = %(tries)s, locked_until = CASE WHEN %(locks)s THEN app_now() + make_interval(mins => %(minutes)s) END
WHERE code = %(code)s
"""
RIGHT_PIN = "UPDATE staff.operator SET pin_tries = 0, locked_until = NULL WHERE code = %(code)s"
SET_PIN = """
UPDATE staff.operator
SET pin = %(pin)s, pin_temporary = %(temporary)s, pin_set_at = app_now(), pin_tries = 0, locked_until = NULL
WHERE code = %(code)s AND (NOT %(only_if)s OR pin = %(was)s) RETURNING code
"""
# The same for a number that nobody has: whoever tries numbers must not learn which of them exist.
STRANGER = """
INSERT INTO staff.stranger AS s (number_index, at) VALUES (%(index)s, app_now())
ON CONFLICT (number_index) DO UPDATE SET at = app_now()
RETURNING locked_until AS until, coalesce(locked_until > app_now(), false) AS locked,
          CASE WHEN locked_until IS NULL OR locked_until > app_now() THEN tries ELSE 0 END AS tries
"""
COUNT_STRANGER = """
UPDATE staff.stranger
SET tries = %(tries)s, locked_until = CASE WHEN %(locks)s THEN app_now() + make_interval(mins => %(minutes)s) END
WHERE number_index = %(index)s
"""
FORGET_STRANGERS = "DELETE FROM staff.stranger WHERE at < app_now() - interval '30 days'"
COUNT_AT_DEVICE = """
UPDATE staff.device
SET pin_tries = CASE WHEN pin_tries_until > app_now() THEN pin_tries + 1 ELSE 1 END,
    pin_tries_until = CASE WHEN pin_tries_until > app_now() THEN pin_tries_until
                      ELSE app_now() + make_interval(mins => %(minutes)s) END
WHERE id = %(id)s RETURNING pin_tries AS tries, pin_tries_until AS until, pin_tries > %(most)s AS locked
"""
RIGHT_AT_DEVICE = "UPDATE staff.device SET pin_tries = greatest(pin_tries - 1, 0) WHERE id = %(id)s"
SHIFTS_OF = """
SELECT id FROM staff.shift WHERE operator = %(code)s AND state = 'open' ORDER BY id FOR UPDATE
"""
PUT_OPERATOR = """
INSERT INTO staff.operator (code, name, active, created_at) VALUES (%(code)s, %(name)s, %(active)s, app_now())
ON CONFLICT (code) DO UPDATE SET name = excluded.name, active = excluded.active
"""
# Whoever signs in takes the device first, then the operator, then shifts.
LOCK_DEVICE = "SELECT id FROM staff.device WHERE id = %(id)s FOR UPDATE"
NOW = "SELECT app_now()"
STATEMENTS = (
    DEVICES,
    DEVICE,
    INSERT_DEVICE,
    INSERT_KEY,
    END_KEYS,
    BY_KEY,
    BY_SHIFT,
    SEEN,
    OPEN_SHIFTS,
    INSERT_SHIFT,
    OPERATOR,
    OPERATORS,
    PUT_OPERATOR,
    PIN,
    COUNT_TRY,
    RIGHT_PIN,
    SET_PIN,
    STRANGER,
    COUNT_STRANGER,
    FORGET_STRANGERS,
    COUNT_AT_DEVICE,
    RIGHT_AT_DEVICE,
    SHIFTS_OF,
    LOCK_DEVICE,
    NOW,
)


async def devices(tx: Tx) -> list[Device]:
    return await tx.all(Device, DEVICES)


async def device(tx: Tx, code: str) -> Device | None:
    return await tx.one(Device, DEVICE, {"code": code})


async def insert_device(tx: Tx, row: dict[str, Any]) -> bool:
    """False when a device has this code."""
    return await tx.value(INSERT_DEVICE, row) is not None


async def insert_key(tx: Tx, row: dict[str, Any]) -> None:
    await tx.run(INSERT_KEY, row)


async def end_keys(tx: Tx, device_id: UUID, minutes: int) -> None:
    """Every key of the device ends in `minutes`, if it does not end before."""
    await tx.run(END_KEYS, {"device_id": device_id, "minutes": minutes})


async def by_key(tx: Tx, digest: bytes) -> AtDesk | None:
    return await tx.one(AtDesk, BY_KEY, {"digest": digest})


async def by_shift(tx: Tx, digest: bytes) -> AtDesk | None:
    return await tx.one(AtDesk, BY_SHIFT, {"digest": digest})


async def seen(tx: Tx, digest: bytes) -> None:
    """Note when a key was last used, to the minute."""
    await tx.run(SEEN, {"digest": digest})


async def lock_device(tx: Tx, device_id: UUID) -> None:
    """One at a time for a device."""
    await tx.value(LOCK_DEVICE, {"id": device_id})


async def open_shifts(tx: Tx, device_id: UUID) -> list[UUID]:
    """The device's open shifts (at most one, also one whose time is over), with the device locked."""
    await lock_device(tx, device_id)
    return await tx.values(OPEN_SHIFTS, {"device_id": device_id})


async def insert_shift(tx: Tx, row: dict[str, Any]) -> None:
    await tx.run(INSERT_SHIFT, row)


async def operator(tx: Tx, code: str) -> Operator | None:
    return await tx.one(Operator, OPERATOR, {"code": code})


async def operators(tx: Tx) -> list[Operator]:
    return await tx.all(Operator, OPERATORS)


async def put_operator(tx: Tx, code: str, name: str, *, active: bool) -> None:
    await tx.run(PUT_OPERATOR, {"code": code, "name": name, "active": active})


async def pin_of(tx: Tx, code: str) -> PinTry | None:
    """An active operator's PIN and the tries at it, locked for this transaction."""
    return await tx.one(PinTry, PIN, {"code": code})


async def count_try(tx: Tx, code: str, tries: int, minutes: int, *, locks: bool) -> None:
    """There were so many tries by now; with `locks` the number is locked for so many minutes."""
    await tx.run(COUNT_TRY, {"code": code, "tries": tries, "minutes": minutes, "locks": locks})


async def stranger(tx: Tx, index: bytes) -> Tries:
    """The tries at a number that nobody has, locked for this transaction."""
    await tx.run(FORGET_STRANGERS)
    return await tx.must(Tries, STRANGER, {"index": index})


async def count_stranger(tx: Tx, index: bytes, tries: int, minutes: int, *, locks: bool) -> None:
    """As `count_try`, for a number that nobody has."""
    await tx.run(COUNT_STRANGER, {"index": index, "tries": tries, "minutes": minutes, "locks": locks})


async def count_at_device(tx: Tx, device_id: UUID, most: int, minutes: int) -> Tries:
    """Count a try at a device; `locked`: there were more than `most` within so many minutes."""
    return await tx.must(Tries, COUNT_AT_DEVICE, {"id": device_id, "most": most, "minutes": minutes})


async def right_pin(tx: Tx, code: str, device_id: UUID) -> None:
    """Forget the tries at the number, and this one at the device; others that were wrong there go on counting."""
    await tx.run(RIGHT_AT_DEVICE, {"id": device_id})
    await tx.run(RIGHT_PIN, {"code": code})


async def shifts_of(tx: Tx, code: str) -> list[UUID]:
    """An operator's open shifts, locked."""
    return await tx.values(SHIFTS_OF, {"code": code})


async def set_pin(tx: Tx, code: str, pin: bytes, *, temporary: bool, was: bytes | None = None) -> bool:
    """Store a PIN's digest; False when there is no such operator, or the PIN is not `was` any more."""
    params = {"code": code, "pin": pin, "temporary": temporary, "only_if": was is not None, "was": was}
    return await tx.value(SET_PIN, params) is not None


async def now(tx: Tx) -> Any:
    return await tx.value(NOW)
