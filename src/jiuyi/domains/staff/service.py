"""Devices and their keys, operators and their shifts, inside one transaction. Every act is audited."""

import secrets
from datetime import datetime
from uuid import UUID

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.staff import repository, rules, settings
from jiuyi.domains.staff.errors import (
    DeviceExists,
    DeviceLocked,
    DeviceRevoked,
    DeviceUnknown,
    OperatorMissing,
    OperatorUnknown,
    PinLocked,
    ShiftNeeded,
)
from jiuyi.domains.staff.types import (
    ATTENDED,
    DEVICE_GRAPH,
    SHIFT_GRAPH,
    AtDesk,
    Device,
    DeviceState,
    NewShift,
    Operator,
    PinTry,
    Role,
    ShiftState,
    ShiftView,
    Tries,
)
from jiuyi.kit import slow_digest
from jiuyi.kit.clock import local
from jiuyi.kit.crypto import digest
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import Axis, move

DEVICE = Axis("staff", "device", "state", DEVICE_GRAPH)
SHIFT = Axis("staff", "shift", "state", SHIFT_GRAPH)
KEY_PREFIX = "jyd_"
"""A device key begins so: people and secret scanners recognise one."""


def actor_of(at: AtDesk) -> Actor:
    """The machine, and who stands at it, for the audit log."""
    return Actor.device(at.device_code, at.operator)


async def register(tx: Tx, *, code: str, name_zh: str, name_en: str, role: Role, by: Actor) -> str:
    """Register a device and return its key, in clear this once. Raises `DeviceExists`."""
    made = new_id()
    row = {"id": made, "code": code, "name_zh": name_zh, "name_en": name_en, "role": role.value}
    if not await repository.insert_device(tx, row):
        raise DeviceExists
    await _note(tx, by, "staff.device_registered", made, {"code": code, "role": role.value})
    return await _new_key(tx, made)


async def rotate(tx: Tx, knobs: Knobs, *, code: str, by: Actor, at_once: bool = False) -> str:
    """Give a device a new key, in clear this once; the old ones end after the grace. Raises `DeviceUnknown`."""
    found = await _device(tx, code)
    if found.state is DeviceState.REVOKED:
        raise DeviceRevoked
    minutes = 0 if at_once else knobs.get(settings.KEY_GRACE_MINUTES)
    await repository.end_keys(tx, found.id, minutes)
    await _note(tx, by, "staff.key_rotated", found.id, {"code": code, "grace_minutes": minutes})
    return await _new_key(tx, found.id)


async def revoke(tx: Tx, *, code: str, by: Actor) -> None:
    """Take a device out of service for good: its keys and its shift end now. Raises `DeviceUnknown`."""
    found = await _device(tx, code)
    if found.state is DeviceState.REVOKED:
        return
    await repository.end_keys(tx, found.id, 0)
    for shift in await repository.open_shifts(tx, found.id):
        ended = await repository.now(tx)
        await move(
            tx, SHIFT, shift, ShiftState.OPEN, ShiftState.CLOSED, who=by.word, why="device revoked", ended_at=ended
        )
    await move(tx, DEVICE, found.id, DeviceState.ACTIVE, DeviceState.REVOKED, who=by.word, why="revoked")
    await _note(tx, by, "staff.device_revoked", found.id, {"code": code})


async def devices(tx: Tx) -> list[Device]:
    """Every device there ever was, by code."""
    return await repository.devices(tx)


async def put_operator(tx: Tx, *, code: str, name: str, active: bool, by: Actor) -> None:
    """Add an operator, or change name or standing. Whoever may not sign in any more stands at no desk."""
    await repository.put_operator(tx, code, name, active=active)
    if not active:
        await _end_shifts_of(tx, code, by, "operator inactive")
    detail = {"active": active}
    await audit.note(tx, actor=by, action="staff.operator_put", subject_kind="operator", subject=code, detail=detail)


async def set_pin(tx: Tx, *, code: str, pin: str, by: Actor, temporary: bool = True) -> None:
    """Give an operator a PIN (a temporary one is changed when it is first used) and unlock the number.

    Whoever knew the old one may have signed in with it: open shifts end. Raises `OperatorMissing`.
    """
    if not await repository.set_pin(tx, code, slow_digest.made_of(pin), temporary=temporary):
        raise OperatorMissing
    await _end_shifts_of(tx, code, by, "PIN reset")
    detail = {"temporary": temporary}
    await audit.note(tx, actor=by, action="staff.pin_set", subject_kind="operator", subject=code, detail=detail)


def new_pin(code: str) -> str:
    """Six random digits that would do as a PIN of this operator."""
    while True:
        pin = f"{secrets.randbelow(1_000_000):06d}"
        if rules.good_pin(pin, code):
            return pin


async def claim_try(tx: Tx, knobs: Knobs, at: AtDesk, operator: str, index: bytes) -> PinTry | None:
    """Count a try at a number and at a device before the PIN is judged. None for an unknown operator.

    A number that nobody has (`index`: its blind index) is locked like any other. Raises `PinLocked`, `DeviceLocked`.
    """
    minutes = knobs.get(settings.PIN_LOCK_MINUTES)
    here = await repository.count_at_device(tx, at.device_id, knobs.get(settings.PIN_TRIES_DEVICE), minutes)
    if here.locked:
        raise DeviceLocked(until=_clock(here.until))
    found = await repository.pin_of(tx, operator)
    stands = Tries(found.tries, found.locked_until, found.locked) if found else await repository.stranger(tx, index)
    if stands.locked:
        raise PinLocked(until=_clock(stands.until))
    tries = stands.tries + 1
    locks = tries >= knobs.get(settings.PIN_TRIES)
    if found is not None:
        await repository.count_try(tx, found.code, tries, minutes, locks=locks)
    else:
        await repository.count_stranger(tx, index, tries, minutes, locks=locks)
    return found


def _clock(moment: datetime | None) -> str:
    return f"{local(moment):%H:%M}" if moment else ""


async def wrong_pin(tx: Tx, at: AtDesk, operator: str, *, known: bool) -> None:
    """Somebody tried a number or a PIN in vain at this device."""
    await audit.note(
        tx,
        actor=actor_of(at),
        action="staff.sign_in_refused",
        subject_kind="operator",
        subject=operator if known else "unknown",
    )


async def right_pin(tx: Tx, at: AtDesk, code: str) -> None:
    """The PIN was right: earlier tries at the number are forgotten, not those at the device."""
    await repository.right_pin(tx, code, at.device_id)


async def own_pin(tx: Tx, at: AtDesk, code: str, pin: bytes, *, was: bytes | None) -> None:
    """The operator's own PIN from now on. Raises `OperatorUnknown` when it was changed meanwhile."""
    await repository.lock_device(tx, at.device_id)
    if not await repository.set_pin(tx, code, pin, temporary=False, was=was):
        raise OperatorUnknown
    actor = Actor("staff", code)
    await audit.note(tx, actor=actor, action="staff.pin_changed", subject_kind="operator", subject=code)


async def operators(tx: Tx) -> list[Operator]:
    """Every operator, by number."""
    return await repository.operators(tx)


async def known_by_key(tx: Tx, key: str) -> AtDesk | None:
    """The device of a key that is in force."""
    hashed = digest(key)
    found = await repository.by_key(tx, hashed)
    if found is not None:
        await repository.seen(tx, hashed)
    return found


async def known_by_shift(tx: Tx, token: str) -> AtDesk | None:
    """The device at which the browser with this token signed in."""
    return await repository.by_shift(tx, digest(token))


async def open_shift(tx: Tx, knobs: Knobs, at: AtDesk, operator: str) -> NewShift:
    """Somebody signs in at a device; a shift that was open there ends. Raises `OperatorUnknown`."""
    who = await repository.operator(tx, operator)
    if who is None or not who.active:
        raise OperatorUnknown
    for earlier in await repository.open_shifts(tx, at.device_id):
        await _end(tx, earlier, at, "another sign-in")
    made, token, csrf = new_id(), secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    hashed = digest(token)
    row = {
        "id": made,
        "device_id": at.device_id,
        "operator": who.code,
        "token_digest": hashed,
        "csrf": csrf,
        "hours": knobs.get(settings.SHIFT_HOURS),
    }
    await repository.insert_shift(tx, row)
    found = await repository.by_shift(tx, hashed)
    if found is None:
        raise AssertionError("a shift that was just opened is known")
    await audit.note(tx, actor=actor_of(found), action="staff.shift_opened", subject_kind="shift", subject=made)
    return NewShift(token, csrf, found)


async def close_shift(tx: Tx, at: AtDesk) -> None:
    """Hand over: the device's open shift ends."""
    for each in await repository.open_shifts(tx, at.device_id):
        await _end(tx, each, at, "handed over")


def attended(at: AtDesk) -> None:
    """Raises `ShiftNeeded` when a person must stand at this device and nobody has signed in."""
    if at.role in ATTENDED and at.shift_id is None:
        raise ShiftNeeded


def shift_view(at: AtDesk) -> ShiftView:
    """The device and its shift, for the page."""
    return ShiftView(
        device=at.device_code,
        device_name=at.name_zh,
        device_name_en=at.name_en,
        role=at.role,
        operator=at.operator,
        operator_name=at.operator_name,
        began_at=at.shift_began_at,
        csrf=at.csrf,
    )


async def _device(tx: Tx, code: str) -> Device:
    found = await repository.device(tx, code)
    if found is None:
        raise DeviceUnknown
    return found


async def _new_key(tx: Tx, device_id: UUID) -> str:
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    await repository.insert_key(tx, {"id": new_id(), "device_id": device_id, "digest": digest(key)})
    return key


async def _end(tx: Tx, shift: UUID, at: AtDesk, why: str) -> None:
    who = actor_of(at)
    ended = await repository.now(tx)
    await move(tx, SHIFT, shift, ShiftState.OPEN, ShiftState.CLOSED, who=who.word, why=why, ended_at=ended)
    await audit.note(
        tx, actor=who, action="staff.shift_closed", subject_kind="shift", subject=shift, detail={"why": why}
    )


async def _end_shifts_of(tx: Tx, operator: str, by: Actor, why: str) -> None:
    for shift in await repository.shifts_of(tx, operator):
        ended = await repository.now(tx)
        await move(tx, SHIFT, shift, ShiftState.OPEN, ShiftState.CLOSED, who=by.word, why=why, ended_at=ended)
        await audit.note(
            tx, actor=by, action="staff.shift_closed", subject_kind="shift", subject=shift, detail={"why": why}
        )


async def _note(tx: Tx, by: Actor, action: str, device: UUID, detail: dict[str, str | int]) -> None:
    await audit.note(tx, actor=by, action=action, subject_kind="device", subject=device, detail=detail)
