"""Codes as rows and as views."""

from datetime import datetime
from uuid import UUID

import msgspec

from jiuyi.kit.crypto import Sealed


class CodeRow(msgspec.Struct):
    """A code as stored; never leaves the server."""

    id: UUID
    purpose: str
    subject: str
    phone_sealed: Sealed
    phone_index: bytes
    code_digest: bytes
    account_id: UUID | None
    tries: int
    state: str
    expires_at: datetime
    expired: bool


class CodeView(msgspec.Struct):
    """What the page needs: where it went (masked) and how long it lives, in seconds."""

    code_id: UUID
    phone: str
    expires_in: int
    resend_in: int
    length: int = 6


class Counts(msgspec.Struct):
    """How many codes were issued lately, for the limits."""

    seconds_since_last: float | None
    last_hour: int
    last_day: int
    ip_last_day: int
    account_last_day: int
