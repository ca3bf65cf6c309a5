"""Finding a patient at a desk: by the card or document in hand, masked, and noted in the audit log."""

from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.patients import rules
from jiuyi.domains.patients.errors import NotOnFileHere
from jiuyi.domains.patients.repository import files
from jiuyi.domains.patients.service import sealing
from jiuyi.domains.patients.types import DeskFile, DeskFileRow, DeskPatientView, DocumentType
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit import masking
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.problems import FieldFault, InvalidRequest


async def find_by_card(tx: Tx, vault: Vault, clock: Clock, at: AtDesk, card_no: str) -> DeskPatientView:
    """The patient of a hospital card. Raises `NotOnFileHere`."""
    return await _found(tx, vault, clock, at, vault.index(card_no.strip(), sealing.CARD), "card")


async def find_by_document(
    tx: Tx, vault: Vault, clock: Clock, at: AtDesk, kind: DocumentType, number: str
) -> DeskPatientView:
    """The patient of a document. Raises `InvalidRequest` (its form) and `NotOnFileHere`."""
    normal = rules.document_number(kind, number, clock.today())
    if isinstance(normal, FieldFault):
        raise InvalidRequest([normal])
    index = sealing.identity_index(vault, kind, normal, "", None, None)
    return await _found(tx, vault, clock, at, index, "document")


async def holder_of(tx: Tx, patient_id: UUID, at: AtDesk) -> Principal:
    """In whose account a desk's work for a patient is kept, so that the patient finds it on the phone.

    Who acts is the desk: acts are noted under its name. Raises `NotOnFileHere` when nobody is bound to the patient.
    """
    found = await files.holder(tx, patient_id)
    if found is None:
        raise NotOnFileHere
    return Principal(found.account_id, found.binding_id, at.device_id, found.channel, None)


async def file_at_desk(tx: Tx, vault: Vault, patient_id: UUID) -> DeskFile:
    """Whose order a desk has in hand, in clear, for its calls to the HIS. Raises `NotOnFileHere`."""
    row = await files.file_at_desk(tx, patient_id)
    if row is None:
        raise NotOnFileHere
    return DeskFile(
        his_patient_id=row.his_patient_id,
        name=vault.open(row.name_sealed, sealing.NAME),
        document_type=row.document_type,
        document_number=vault.open(row.document_sealed, sealing.DOCUMENT) if row.document_sealed else None,
    )


async def shown_at_desk(tx: Tx, vault: Vault, clock: Clock, patient_id: UUID) -> DeskPatientView | None:
    """The patient of an order that a desk has in hand, masked; None for one who is not on file here."""
    row = await files.file_at_desk(tx, patient_id)
    return None if row is None else _view(vault, clock, row)


async def _found(tx: Tx, vault: Vault, clock: Clock, at: AtDesk, index: bytes, by: str) -> DeskPatientView:
    rows = await files.at_desk(tx, index)
    if len(rows) != 1:
        raise NotOnFileHere
    await audit.note(
        tx,
        actor=staff.actor_of(at),
        action="patients.found_at_desk",
        subject_kind="patient",
        subject=rows[0].id,
        detail={"by": by},
    )
    return _view(vault, clock, rows[0])


def _view(vault: Vault, clock: Clock, row: DeskFileRow) -> DeskPatientView:
    number = vault.open(row.document_sealed, sealing.DOCUMENT) if row.document_sealed else ""
    return DeskPatientView(
        id=row.id,
        name=masking.name(vault.open(row.name_sealed, sealing.NAME)),
        sex=row.sex,
        age=rules.age_on(row.birth_date, clock.today()),
        card_no=masking.card(vault.open(row.card_sealed, sealing.CARD)),
        document_type=row.document_type,
        document_number=masking.document(number, row.document_type),
    )
