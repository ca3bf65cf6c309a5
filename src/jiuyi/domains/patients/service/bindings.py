"""Bindings after they were made: seeing, confirming, ending, the default, the relation."""

from uuid import UUID

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.patients import rules, settings
from jiuyi.domains.patients.errors import RelationFixed
from jiuyi.domains.patients.events import BindingEnded
from jiuyi.domains.patients.repository import files, proofs
from jiuyi.domains.patients.service import sealing
from jiuyi.domains.patients.service.access import access_patient, account_label, overseen
from jiuyi.domains.patients.types import (
    BindingRow,
    BindingsView,
    BindingView,
    BoundPatient,
    Limits,
    NewBinding,
    Relation,
    Seen,
)
from jiuyi.kit import masking
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import NotFound


def limits(knobs: Knobs) -> Limits:
    """For the bootstrap answer: oneself and the dependants."""
    return Limits(knobs.get(settings.DEPENDANTS_MAX) + 1, knobs.get(settings.ADDS_PER_30_DAYS))


async def bindings_view(
    tx: Tx, vault: Vault, knobs: Knobs, clock: Clock, by: Principal, patient_id: UUID, language: str
) -> BindingsView:
    """Who is bound to the patient. Raises `NotFound` or `NotTheirs`."""
    patient = await overseen(tx, clock, patient_id, by)
    rows = await files.bindings(tx, patient.id)
    items = [await _binding_view(tx, vault, row, by, language) for row in rows]
    return BindingsView(items, notify_on_binding=True, require_consent=knobs.get(settings.REQUIRE_CONSENT))


async def _binding_view(tx: Tx, vault: Vault, row: BindingRow, by: Principal, language: str) -> BindingView:
    phone = await accounts.phone_of(tx, vault, row.account_id)
    return BindingView(
        id=row.id,
        account_label=await account_label(tx, vault, row.account_id, row.channel, language),
        channel=row.channel,
        is_me=row.account_id == by.account_id,
        relation=row.relation,
        way=row.way,
        phone=masking.phone(phone) if phone else None,
        bound_at=row.bound_at,
        confirmed=row.confirmed,
        last_seen_at=row.last_seen_at,
        seen=Seen(row.appointments_seen, row.reports_seen),
    )


async def confirm(tx: Tx, clock: Clock, by: Principal, patient_id: UUID, binding_id: UUID) -> None:
    """The patient knows this binding. Raises `NotFound` or `NotTheirs`."""
    patient = await overseen(tx, clock, patient_id, by)
    if not await files.confirm_binding(tx, patient.id, binding_id):
        raise NotFound
    await _note(tx, by, "patients.binding_confirmed", patient.id, binding_id)


async def revoke(tx: Tx, clock: Clock, by: Principal, patient_id: UUID, binding_id: UUID) -> None:
    """End somebody's binding, at once. Raises `NotFound` or `NotTheirs`."""
    patient = await overseen(tx, clock, patient_id, by)
    row = await files.binding(tx, binding_id)
    if row is None or row.patient_id != patient.id:
        raise NotFound
    await end_binding(tx, patient.id, binding_id, row.account_id, by="patient")
    await _note(tx, by, "patients.binding_revoked", patient.id, binding_id)


async def unbind(tx: Tx, by: Principal, patient_id: UUID) -> None:
    """The account gives the patient up. Raises `NotFound`."""
    patient = await access_patient(tx, patient_id, by)
    await end_binding(tx, patient.id, patient.binding_id, by.account_id, by="account")
    await _note(tx, by, "patients.unbound", patient.id, patient.binding_id)


async def end_binding(tx: Tx, patient_id: UUID, binding_id: UUID, account_id: UUID, *, by: str) -> None:
    """End a binding with what was consented to; another patient becomes the default. Raises `NotFound`."""
    await files.lock_account(tx, account_id)
    if await files.end_binding(tx, binding_id, by) is None:
        raise NotFound
    await proofs.withdraw(tx, account_id, patient_id)
    rest = await files.bound_all(tx, account_id)
    heir = await files.oldest(tx, account_id)
    if heir is not None and not any(patient.is_default for patient in rest):
        await files.make_default(tx, account_id, heir)
    await tx.emit(BindingEnded(binding_id=binding_id, patient_id=patient_id, account_id=account_id))


async def change_patient(
    tx: Tx, clock: Clock, by: Principal, patient_id: UUID, *, make_default: bool, relation: Relation | None
) -> BoundPatient:
    """Make it the default, or correct the relation. Raises `NotFound` or `RelationFixed`."""
    await files.lock_account(tx, by.account_id)
    patient = await access_patient(tx, patient_id, by)
    if relation is not None and relation is not patient.relation:
        minor = rules.is_minor(patient.birth_date, clock.today())
        if not rules.may_change_relation(patient.relation, relation, minor=minor):
            raise RelationFixed
        await files.set_relation(tx, patient.binding_id, relation)
        await _note(tx, by, "patients.relation_changed", patient.id, patient.binding_id)
    if make_default and not patient.is_default:
        await files.make_default(tx, by.account_id, patient.binding_id)
    return await access_patient(tx, patient_id, by)


async def new_binding(tx: Tx, vault: Vault, binding_id: UUID, language: str = "zh") -> NewBinding | None:
    """Whom to tell about a binding, for `BindingAdded`; None when they were told before or it has ended meanwhile."""
    row = await files.binding(tx, binding_id)
    if row is None or not await files.tell(tx, binding_id):
        return None
    patient = await files.patient_of_binding(tx, binding_id)
    before = [other for other in await files.bindings(tx, row.patient_id) if other.bound_at < row.bound_at]
    return NewBinding(
        patient_id=row.patient_id,
        patient_name=masking.name(vault.open(patient.name_sealed, sealing.NAME)),
        account_label=await account_label(tx, vault, row.account_id, row.channel, language),
        channel=row.channel,
        bound_at=row.bound_at,
        accounts=[other.account_id for other in before],
        phone=vault.open(patient.phone_sealed, sealing.PHONE),
    )


async def _note(tx: Tx, by: Principal, action: str, patient_id: UUID, binding_id: UUID) -> None:
    await audit.note(
        tx,
        actor=Actor.account(by.account_id),
        action=action,
        subject_kind="patient",
        subject=patient_id,
        detail={"binding": str(binding_id)},
    )
