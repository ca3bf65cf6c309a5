"""What an answer to a new booking shows of clinic and slot, kept as bytes: a rush asks for the same few."""

import asyncio
from datetime import datetime
from uuid import UUID

import msgspec

from jiuyi.domains.booking.errors import SlotUnknown
from jiuyi.domains.booking.repository import clinics
from jiuyi.domains.booking.rules import deadlines
from jiuyi.domains.booking.service.views import Presenter
from jiuyi.domains.booking.types import ClinicRow, SlotRow
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
    """Remembers faces until schedules change (NOTIFY). Those that are asked for at the same time are read together."""

    def __init__(self, db: Db, directory: Directory, knobs: Knobs) -> None:
        self._db = db
        self._directory = directory
        self._knobs = knobs
        self._known: dict[UUID, Face] = {}
        self._asked: dict[UUID, asyncio.Future[Face]] = {}
        self._reader: asyncio.Task[None] | None = None

    async def hear(self, payload: str) -> None:
        """Schedules changed (empty payload); one slot's places do not change its face."""
        if not payload:
            self._known.clear()

    async def face(self, slot_id: UUID) -> Face:
        """The face of a slot. Raises `SlotUnknown`."""
        found = self._known.get(slot_id)
        if found is not None:
            return found
        answer = self._asked.get(slot_id)
        if answer is None:
            answer = self._asked[slot_id] = asyncio.get_running_loop().create_future()
            if self._reader is None or self._reader.done():
                self._reader = asyncio.create_task(self._read_asked())
        return await asyncio.shield(answer)

    async def _read_asked(self) -> None:
        """One connection for everybody who waits: a rush on many slots must not keep admission from the database."""
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                faces = await self._read(list(asked))
            except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
                for answer in asked.values():
                    answer.set_exception(error)
                continue
            if len(self._known) + len(faces) > MOST:
                self._known.clear()
            self._known |= faces
            for slot_id, answer in asked.items():
                if slot_id in faces:
                    answer.set_result(faces[slot_id])
                else:
                    answer.set_exception(SlotUnknown())

    async def _read(self, slot_ids: list[UUID]) -> dict[UUID, Face]:
        show = Presenter(self._directory, self._knobs)
        async with self._db.autocommit() as tx:
            slots = await clinics.slots_by_ids(tx, slot_ids, lead=show.lead())
            schedules = list({slot.schedule_id for slot in slots.values()})
            rows = await clinics.by_ids(tx, schedules, lead=show.lead())
        return {slot_id: _face(show, slot, rows[slot.schedule_id]) for slot_id, slot in slots.items()}


def _face(show: Presenter, slot: SlotRow, row: ClinicRow) -> Face:
    clinic = show.clinic(row)
    return Face(
        clinic=msgspec.Raw(msgspec.json.encode(clinic)),
        slot=msgspec.Raw(msgspec.json.encode(show.slot(slot, clinic.state))),
        fee_fen=row.fee_fen,
        place=clinic.place,
        place_en=clinic.place_en,
        room=clinic.room,
        cancel_deadline=local(deadlines.cancel_deadline(row.clinic_kind, slot.starts_at, show.cancel_rules())),
    )
