"""Events that the HIS sends us (docs/contracts/his.md §3)."""

import base64
from typing import Any

import msgspec

from jiuyi.domains.booking.ports import REVIEW_NOTE
from jiuyi.kit.crypto import Vault
from jiuyi.kit.inbox import Notice
from jiuyi.wire.envelopes import Acknowledgement, Inbound, Rejected
from jiuyi.wire.hospital import Door, Forged

_OK = Acknowledgement(body=b'{"code":"ok","message":"","data":{}}')
MDT_REVIEWED = "mdt.reviewed"
RAW = "his.event.raw"
KINDS = frozenset(
    {
        "clinic.stopped",
        "schedule.changed",
        "catalog.changed",
        "registration.changed",
        MDT_REVIEWED,
        "fees.changed",
    }
)


class _Event(msgspec.Struct):
    event_id: str
    kind: str
    occurred_at: str
    data: dict[str, Any] = {}


class HisEvents:
    """Verifies the envelope and names the event."""

    def __init__(self, door: Door, vault: Vault) -> None:
        self._door = door
        self._vault = vault

    async def read(self, inbound: Inbound) -> tuple[list[Notice], Acknowledgement]:
        """One notice, keyed by the event's own id. Raises `Rejected`: forged (401), malformed or unknown kind (400)."""
        try:
            self._door.verify_event(inbound.path, inbound.headers, inbound.body)
        except Forged as error:
            raise Rejected(error.reason) from error
        try:
            event = msgspec.json.decode(inbound.body, type=_Event)
        except msgspec.MsgspecError as error:
            raise _malformed("the event is not the contract's JSON") from error
        if b"\\u0000" in inbound.body:
            raise _malformed("a NUL character in the event")
        if event.kind not in KINDS or not event.event_id:
            raise _malformed(f"unknown kind {event.kind[:40]!r} or no event id")
        data, raw = event.data, inbound.body
        if event.kind == MDT_REVIEWED:
            data, raw = self._sealed(event.data, inbound.body)
        return [Notice("his", event.event_id[:200], event.kind, data, raw)], _OK

    def _sealed(self, data: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """What doctors write about a patient never lies in clear, not even in the inbox: `note` as `note_sealed`."""
        note = data.get("note")
        sealed = base64.b64encode(self._vault.seal(str(note), REVIEW_NOTE)).decode() if note else None
        kept = {key: value for key, value in data.items() if key != "note"}
        return {**kept, "note_sealed": sealed}, self._vault.seal(body.decode(), RAW)


def _malformed(reason: str) -> Rejected:
    body = msgspec.json.encode({"code": "invalid_request", "message": reason, "data": None})
    return Rejected(reason, Acknowledgement(status=400, body=body))
