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
    """Remembers faces until schedules change (NOTIFY), at most half a minute."""

    def __init__(self, db: Db, directory: Directory, knobs: Knobs) -> None:
        self._db = db
        self._directory = directory
        self._knobs = knobs
        self._known: dict[UUID, Face] = {}
        self._wanted: dict[UUID, asyncio.Future[Face]] = {}
        self._reading = False
        self._reader: asyncio.Task[None] | None = None

    async def hear(self, payload: str) -> None:
        """Schedules changed (empty payload); one slot's places do not change its face."""
        if not payload:
            self._known.clear()

    async def face(self, slot_id: UUID) -> Face:
        """The face of a slot; those that are asked for at the same time are read together. Raises `SlotUnknown`."""
        found = self._known.get(slot_id)
        if found is not None:
            return found
        wanted = self._wanted.get(slot_id)
        if wanted is None:
            wanted = self._wanted[slot_id] = asyncio.get_running_loop().create_future()
            if not self._reading:
                self._reading = True
                self._reader = asyncio.create_task(self._read_wanted())
        return await asyncio.shield(wanted)

    async def _read_wanted(self) -> None:
        await asyncio.sleep(0)
        while self._wanted:
            wanted, self._wanted = self._wanted, {}
            try:
                found = await self._read(list(wanted))
            except Exception as error:  # noqa: BLE001 - whoever waits is told
                for answer in wanted.values():
                    answer.set_exception(error)
                continue
            if len(self._known) >= MOST:
                self._known.clear()
            self._known.update(found)
            for slot_id, answer in wanted.items():
                if slot_id in found:
                    answer.set_result(found[slot_id])
                else:
                    answer.set_exception(SlotUnknown())
        self._reading = False

    async def _read(self, ids: list[UUID]) -> dict[UUID, Face]:
        show = Presenter(self._directory, self._knobs)
        async with self._db.autocommit() as tx:
            slots = await clinics.slots_by_ids(tx, ids, lead=show.lead())
            rows = await clinics.by_ids(tx, list({slot.schedule_id for slot in slots.values()}), lead=show.lead())
        return {slot_id: _face(show, rows[slot.schedule_id], slot) for slot_id, slot in slots.items()}


def _face(show: Presenter, row: ClinicRow, slot: SlotRow) -> Face:
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
