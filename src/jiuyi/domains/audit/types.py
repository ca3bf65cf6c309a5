"""Entries, actors and seals."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class Actor(msgspec.Struct, frozen=True):
    """Who acted: an account, a machine of the hospital, a part of this program, or the hospital's own systems."""

    kind: str
    name: str

    @classmethod
    def account(cls, account_id: UUID) -> "Actor":
        """A patient's account."""
        return cls("account", str(account_id))

    @classmethod
    def system(cls, part: str) -> "Actor":
        """A part of this program, such as `booking.expiry`."""
        return cls("system", part)

    @classmethod
    def hospital(cls, system: str) -> "Actor":
        """One of the hospital's systems, such as `his`."""
        return cls("hospital", system)

    @classmethod
    def device(cls, code: str, operator: str | None = None) -> "Actor":
        """A machine of the hospital, and who stands at it: `window-3/1027`."""
        return cls("device", f"{code}/{operator}" if operator else code)

    @property
    def word(self) -> str:
        """One word for step rows: `account:0199…`."""
        return f"{self.kind}:{self.name}"


class Entry(msgspec.Struct):
    """One act."""

    id: UUID
    at: datetime
    actor_kind: str
    actor: str
    action: str
    subject_kind: str
    subject: str
    request_id: str
    detail: dict[str, Any]


class SealRow(msgspec.Struct):
    """A sealed entry with its place in the chain."""

    seq: int
    hash: bytes
    entry: Entry


class Verdict(msgspec.Struct):
    """What `verify` found: how many are chained, the last hash, the first broken place, what waits too long."""

    sealed: int
    last_hash: str
    broken_at: int | None
    unsealed_over_a_minute: int
