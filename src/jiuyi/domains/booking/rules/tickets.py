"""Tickets of the confirm page: who may take which slot for whom, until when (docs/rules.md, protection).

A ticket carries the id that the appointment will have, so that the primary key makes it good for one appointment;
account, session, patient, slot and MDT application are not in it but under its seal: anybody else's differs.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from functools import lru_cache
from uuid import UUID

import msgspec

_HEAD = struct.Struct(">16sI")
_MAC = 16
_PURPOSE = b"booking ticket 1"


class Bound(msgspec.Struct, frozen=True):
    """What a ticket is bound to."""

    account_id: UUID
    session_id: UUID
    patient_id: UUID
    slot_id: UUID
    mdt_application_id: UUID | None = None


class Ticket(msgspec.Struct, frozen=True):
    """A verified ticket: the appointment's id, the last second (Unix time), and the masked texts for the answer."""

    appointment_id: UUID
    expires: int
    patient_name: str
    card_no: str


def issue(secret: bytes, bound: Bound, ticket: Ticket) -> str:
    """The ticket as the phone carries it."""
    shown = f"{ticket.patient_name}\x00{ticket.card_no}".encode()
    body = _HEAD.pack(ticket.appointment_id.bytes, ticket.expires) + shown
    return base64.urlsafe_b64encode(_seal(secret, bound, body) + body).decode().rstrip("=")


def check(secret: bytes, bound: Bound, text: str, now: float) -> Ticket | None:
    """The ticket when it is ours, of exactly this account, session, patient and slot, and in time; else None."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    seal, body = raw[:_MAC], raw[_MAC:]
    if len(body) < _HEAD.size or not hmac.compare_digest(seal, _seal(secret, bound, body)):
        return None
    made, expires = _HEAD.unpack_from(body)
    if expires < now:
        return None
    name, _, card = body[_HEAD.size :].decode().partition("\x00")
    return Ticket(UUID(bytes=made), expires, name, card)


def _seal(secret: bytes, bound: Bound, body: bytes) -> bytes:
    application = bound.mdt_application_id.bytes if bound.mdt_application_id else bytes(16)
    message = b"".join(
        (
            bound.account_id.bytes,
            bound.session_id.bytes,
            bound.patient_id.bytes,
            bound.slot_id.bytes,
            application,
            body,
        )
    )
    # Keyed BLAKE2b (RFC 7693) costs a quarter of HMAC-SHA256 on so few bytes.
    return hashlib.blake2b(message, digest_size=_MAC, key=_key(secret), person=_PURPOSE).digest()


@lru_cache(maxsize=8)
def _key(secret: bytes) -> bytes:
    """A secret of any length as a key of BLAKE2b, which takes 64 bytes at most."""
    return hashlib.sha256(secret).digest()
