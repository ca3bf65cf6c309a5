"""Devices, keys, operators, shifts, and the principal that every route of the desk gets."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from jiuyi.kit.states import Transitions


class Role(StrEnum):
    """What a device is for; each route of the desk names the roles that may call it."""

    CASHIER = "cashier"
    SELF_SERVICE = "self_service"
    HAND_HELD = "hand_held"
    FINANCE_READ = "finance_read"


ATTENDED = frozenset({Role.CASHIER, Role.HAND_HELD})
"""Roles at which a person stands: they take money only during a shift."""


class DeviceState(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"


DEVICE_GRAPH: Transitions[DeviceState] = Transitions(
    "device",
    DeviceState,
    DeviceState.ACTIVE,
    {DeviceState.ACTIVE: {DeviceState.REVOKED}, DeviceState.REVOKED: set()},
)


class ShiftState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


SHIFT_GRAPH: Transitions[ShiftState] = Transitions(
    "shift", ShiftState, ShiftState.OPEN, {ShiftState.OPEN: {ShiftState.CLOSED}, ShiftState.CLOSED: set()}
)


class Device(msgspec.Struct, frozen=True):
    """A machine. `code` is its name for people and logs (`window-3`), unique."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    role: Role
    state: DeviceState
    created_at: datetime
    last_seen_at: datetime | None
    keys: int


class Operator(msgspec.Struct, frozen=True):
    """A member of staff who may stand at a device, by staff number."""

    code: str
    name: str
    active: bool
    has_pin: bool


class PinTry(msgspec.Struct, frozen=True):
    """An active operator's PIN, and the tries at it since it was last right. Never leaves the server."""

    code: str
    pin: bytes | None
    pin_temporary: bool
    locked_until: datetime | None
    locked: bool
    tries: int


class Tries(msgspec.Struct, frozen=True):
    """Tries that were counted, and until when they count."""

    tries: int
    until: datetime | None
    locked: bool


class AtDesk(msgspec.Struct, frozen=True):
    """Which machine is asking, and who stands at it. `csrf` is None for device keys (no browser sends them)."""

    device_id: UUID
    device_code: str
    role: Role
    name_zh: str
    name_en: str
    shift_id: UUID | None
    operator: str | None
    operator_name: str | None
    shift_began_at: datetime | None
    csrf: str | None


class ShiftView(msgspec.Struct):
    """The device and its shift, for the page. `csrf` goes into X-CSRF-Token of every changing request."""

    device: str
    device_name: str
    device_name_en: str
    role: Role
    operator: str | None
    operator_name: str | None
    began_at: datetime | None
    csrf: str | None


class NewShift(msgspec.Struct):
    """A shift that was opened: the token in clear, once."""

    token: str
    csrf: str
    at: AtDesk
