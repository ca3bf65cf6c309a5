"""Sending MDT applications to the HIS. Numbers make every call safe to repeat, so an unanswered one is repeated."""

from uuid import UUID

import structlog

from jiuyi.domains.booking.ports import MdtDesk, MdtDocumentNote
from jiuyi.domains.booking.repository import appointments
from jiuyi.domains.booking.repository import mdt as repository
from jiuyi.domains.booking.service.axes import APPLICATION
from jiuyi.domains.booking.service.mdt import NAME, NOTE, OWNER, SUMMARY
from jiuyi.domains.booking.service.people import People
from jiuyi.domains.booking.types import MdtApplicationRow, MdtDocumentRow, MdtState
from jiuyi.kit import blobs
from jiuyi.kit.crypto import Keys
from jiuyi.kit.db import Absent, Db
from jiuyi.kit.ids import number_from
from jiuyi.kit.moves import Moved, move
from jiuyi.kit.outcomes import Refused

_log = structlog.get_logger("jiuyi.booking.mdt")
_WHO = "system:booking.mdt"


class MdtSender:
    """Sends applications, their documents and withdrawals."""

    def __init__(self, db: Db, keys: Keys, people: People, desk: MdtDesk) -> None:
        self._db = db
        self._keys = keys
        self._people = people
        self._desk = desk

    async def send(self, application_id: UUID) -> None:
        """Do what an application waits for. Raises `Unreachable` or `Unanswered`: the job is run again."""
        async with self._db.tx() as tx:
            row = await repository.application(tx, application_id)
        if row is None:
            return
        try:
            if row.state is MdtState.DRAFT:
                await self._claim(row)
            if row.state in {MdtState.DRAFT, MdtState.SENDING}:
                await self._submit(row)
            elif row.state is MdtState.WITHDRAWING:
                await self._withdraw(row)
        except Moved:
            return

    async def _claim(self, row: MdtApplicationRow) -> None:
        async with self._db.tx() as tx:
            now = await appointments.now(tx)
            await move(tx, APPLICATION, row.id, row.state, MdtState.SENDING, who=_WHO, why="claimed", claimed_at=now)

    async def _submit(self, row: MdtApplicationRow) -> None:
        vault = self._people.vault
        async with self._db.tx() as tx:
            documents = await repository.documents(tx, [row.id])
            his_patient_id = await self._people.his_id(tx, row.patient_id)
        notes = [
            MdtDocumentNote(str(d.id), vault.open(d.name_sealed, NAME), d.content_type, d.size, d.sha256)
            for d in documents
        ]
        try:
            await self._desk.submit(
                request_no=f"{number_from('M', row.id)}R{row.round:02d}",
                application_no=row.number,
                team_code=row.team_code,
                his_patient_id=his_patient_id,
                summary=vault.open(row.summary_sealed, SUMMARY),
                documents=notes,
            )
            for document in documents:
                if not document.sent:
                    await self._send_document(row, document)
        except Refused as error:
            _log.error("an MDT application was refused", application=str(row.id), code=error.code)
            async with self._db.tx() as tx:
                note = vault.seal(error.message, NOTE) if error.message else None
                await move(
                    tx,
                    APPLICATION,
                    row.id,
                    MdtState.SENDING,
                    MdtState.DECLINED,
                    who="hospital:his",
                    why=error.code,
                    reviewer_note_sealed=note,
                )
            return
        async with self._db.tx() as tx:
            await move(tx, APPLICATION, row.id, MdtState.SENDING, MdtState.SUBMITTED, who="hospital:his", why="taken")

    async def _send_document(self, row: MdtApplicationRow, document: MdtDocumentRow) -> None:
        async with self._db.tx() as tx:
            blob = await blobs.read(tx, self._keys, document.blob_id, OWNER)
        if blob is None:
            raise Absent(f"blob of document {document.id}")
        await self._desk.document(application_no=row.number, document_id=str(document.id), body=blob.body)
        async with self._db.tx() as tx:
            await repository.sent(tx, document.id)

    async def _withdraw(self, row: MdtApplicationRow) -> None:
        try:
            await self._desk.withdraw(request_no=f"{number_from('M', row.id)}W", application_no=row.number)
        except Refused as error:
            # It never arrived there, or has ended: either way nobody reviews it any more.
            _log.warning("a withdrawal was refused", application=str(row.id), code=error.code)
        async with self._db.tx() as tx:
            await move(
                tx, APPLICATION, row.id, MdtState.WITHDRAWING, MdtState.WITHDRAWN, who="hospital:his", why="withdrawn"
            )
