"""The door to a patient, and who went through it."""

from uuid import UUID

import msgspec

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import CHANNEL_NAMES, Channel, Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.patients import rules
from jiuyi.domains.patients.errors import NotTheirs
from jiuyi.domains.patients.repository import files, proofs
from jiuyi.domains.patients.service import sealing
from jiuyi.domains.patients.service.views import patient_view, pending_view
from jiuyi.domains.patients.types import AccessView, BoundPatient, CardView, OnFile, PatientView
from jiuyi.kit import masking
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.problems import NotFound


class Clear(msgspec.Struct, frozen=True):
    """What a call to the HIS or a printed paper needs, in clear. Never stored, logged or answered."""

    name: str
    document_number: str | None
    phone: str
    card_no: str


async def access_patient(tx: Tx, patient_id: UUID, by: Principal) -> BoundPatient:
    """The only door from an id in a request to a patient. Raises `NotFound` for anybody not bound to it."""
    found = await files.bound(tx, patient_id, by.account_id, by.new_until)
    if found is None:
        raise NotFound
    return found


async def on_file(tx: Tx, vault: Vault, ids: list[UUID]) -> dict[UUID, OnFile]:
    """Patients by id, for work that has the right to them already (jobs, rows behind their own door)."""
    return {
        row.id: OnFile(
            row.id,
            row.his_patient_id,
            masking.name(vault.open(row.name_sealed, sealing.NAME)),
            masking.card(vault.open(row.card_sealed, sealing.CARD)),
        )
        for row in await files.on_file(tx, ids)
    }


class Known(msgspec.Struct, frozen=True):
    """A patient whom somebody here is, or was, bound to."""

    id: UUID
    his_patient_id: str


async def by_his_id(tx: Tx, his_patient_id: str) -> Known | None:
    """The patient of a hospital's event, if known here."""
    row = await files.by_his(tx, his_patient_id)
    return None if row is None else Known(row.id, row.his_patient_id)


async def accounts_of(tx: Tx, patient_id: UUID) -> list[UUID]:
    """Who is to be told about a patient: the accounts bound to it."""
    return await files.accounts_of(tx, patient_id)


async def is_bound(tx: Tx, patient_id: UUID, account_id: UUID) -> bool:
    """Whether an account may still act for a patient: for jobs that go on with what it asked for earlier."""
    return await files.bound(tx, patient_id, await accounts.root_of(tx, account_id)) is not None


async def bound_patients(tx: Tx, by: Principal) -> list[BoundPatient]:
    """The account's patients, the default one first."""
    return await files.bound_all(tx, by.account_id, by.new_until)


async def masked_names(tx: Tx, vault: Vault, ids: list[UUID]) -> dict[UUID, str]:
    """Masked names by patient id, for what an account did for a patient earlier and still sees (orders, payments)."""
    rows = await files.names(tx, ids) if ids else []
    return {row.id: masking.name(vault.open(row.name_sealed, sealing.NAME)) for row in rows}


async def patients_page(tx: Tx, vault: Vault, clock: Clock, by: Principal) -> list[PatientView]:
    """The account's patients, then those whom the HIS has not confirmed yet."""
    views = [patient_view(vault, clock, patient) for patient in await bound_patients(tx, by)]
    return views + [pending_view(vault, clock, row) for row in await proofs.pending(tx, by.account_id)]


async def patient_page(tx: Tx, vault: Vault, clock: Clock, by: Principal, patient_id: UUID) -> PatientView:
    """One of the account's patients. Raises `NotFound`."""
    found = await files.bound(tx, patient_id, by.account_id, by.new_until)
    if found is not None:
        return patient_view(vault, clock, found)
    for row in await proofs.pending(tx, by.account_id):
        if row.patient_id == patient_id:
            return pending_view(vault, clock, row)
    raise NotFound


def clear(vault: Vault, patient: BoundPatient) -> Clear:
    """Open what is sealed."""
    return Clear(
        name=vault.open(patient.name_sealed, sealing.NAME),
        document_number=vault.open(patient.document_sealed, sealing.DOCUMENT) if patient.document_sealed else None,
        phone=vault.open(patient.phone_sealed, sealing.PHONE),
        card_no=vault.open(patient.card_sealed, sealing.CARD),
    )


async def card(tx: Tx, vault: Vault, by: Principal, patient_id: UUID) -> CardView:
    """The clear card number to be scanned; noted in the audit log and among the patient's accesses."""
    patient = await access_patient(tx, patient_id, by)
    await note_access(tx, patient, "card")
    await audit.note(
        tx,
        actor=Actor.account(by.account_id),
        action="patients.card_shown",
        subject_kind="patient",
        subject=patient.id,
    )
    number = vault.open(patient.card_sealed, sealing.CARD)
    name = masking.name(vault.open(patient.name_sealed, sealing.NAME))
    return CardView(number, number, name, await proofs.now(tx))


async def note_access(tx: Tx, patient: BoundPatient, what: str) -> None:
    """Record that the bound account looked at `what` (`card`, `appointments`, `records`, `reports`)."""
    await files.note_access(tx, patient.id, patient.account_id, what)


async def overseen(tx: Tx, clock: Clock, patient_id: UUID, by: Principal) -> BoundPatient:
    """The patient, for who may see and end bindings. Raises `NotFound` (not bound) or `NotTheirs` (bound only)."""
    patient = await access_patient(tx, patient_id, by)
    minor = rules.is_minor(patient.birth_date, clock.today())
    if not rules.may_oversee(patient.relation, minor=minor):
        raise NotTheirs
    return patient


async def accesses(
    tx: Tx, vault: Vault, clock: Clock, by: Principal, patient_id: UUID, language: str
) -> list[AccessView]:
    """Who looked at the patient's data. Raises `NotFound` or `NotTheirs`."""
    patient = await overseen(tx, clock, patient_id, by)
    return [
        AccessView(
            at=row.at,
            who=await account_label(tx, vault, row.account_id, row.channel, language),
            relation=row.relation,
            is_me=by.owns(row.account_id),
            what=row.what,
            count=row.count,
        )
        for row in await files.accesses(tx, patient.id)
    ]


async def account_label(tx: Tx, vault: Vault, account_id: UUID, channel: Channel, language: str) -> str:
    """How one account is named to another: channel and masked nickname, `微信用户 L**`."""
    nickname = await accounts.label_for(tx, vault, account_id, channel)
    zh, en = CHANNEL_NAMES[channel]
    return (f"{en} user {nickname}" if language == "en" else f"{zh}用户 {nickname}").strip()
