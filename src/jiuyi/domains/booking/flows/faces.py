"""What an answer to a new booking shows of clinic and slot, kept as bytes: a rush asks for the same few."""

from datetime import datetime
from uuid import UUID

import msgspec

from jiuyi.domains.booking.errors import SlotUnknown
from jiuyi.domains.booking.repository import clinics
from jiuyi.domains.booking.rules import deadlines
from jiuyi.domains.booking.service.views import Presenter
from jiuyi.domains.catalog.service import Directory
from jiuyi.kit.clock import local
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs

MOST = 4096


class Face(msgspec.Struct, frozen=True):
    """A slot with its clinic: the views as JSON bytes, and the facts an answer repeats."""

    clinic: msgspec.Raw
    slot: msgspec.Raw
    fee_fen: int
    place: str
    place_en: str
    room: str
    cancel_deadline: datetime


class Faces:
    """Remembers faces until schedules change (NOTIFY), at most half a minute."""

    def __init__(self, db: Db, directory: Directory, knobs: Knobs) -> None:
        self._db = db
        self._directory = directory
        self._knobs = knobs
        self._known: dict[UUID, Face] = {}

    async def hear(self, payload: str) -> None:
        """Schedules changed (empty payload); one slot's places do not change its face."""
        if not payload:
            self._known.clear()

    async def face(self, slot_id: UUID) -> Face:
        """The face of a slot. Raises `SlotUnknown`."""
        found = self._known.get(slot_id)
        if found is None:
            if len(self._known) >= MOST:
                self._known.clear()
            found = self._known[slot_id] = await self._read(slot_id)
        return found

    async def _read(self, slot_id: UUID) -> Face:
        show = Presenter(self._directory, self._knobs)
        async with self._db.autocommit() as tx:
            slot = (await clinics.slots_by_ids(tx, [slot_id], lead=show.lead())).get(slot_id)
            if slot is None:
                raise SlotUnknown
            row = (await clinics.by_ids(tx, [slot.schedule_id], lead=show.lead()))[slot.schedule_id]
        clinic = show.clinic(row)
        deadline = deadlines.cancel_deadline(row.clinic_kind, slot.starts_at, show.cancel_rules())
        return Face(
            clinic=msgspec.Raw(msgspec.json.encode(clinic)),
            slot=msgspec.Raw(msgspec.json.encode(show.slot(slot, clinic.state))),
            fee_fen=row.fee_fen,
            place=clinic.place,
            place_en=clinic.place_en,
            room=clinic.room,
            cancel_deadline=local(deadline),
        )
