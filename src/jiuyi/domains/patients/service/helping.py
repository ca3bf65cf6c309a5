"""Whose accounts hold a patient, and ending that, by the hospital's people for who cannot do it by phone any more."""

from datetime import datetime
from uuid import UUID

import msgspec

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.patients.repository import files
from jiuyi.domains.patients.service.access import by_his_id
from jiuyi.domains.patients.service.bindings import end_binding
from jiuyi.domains.patients.types import BindingRow, Relation
from jiuyi.kit.db import Tx
from jiuyi.kit.problems import NotFound


class HeldBy(msgspec.Struct, frozen=True):
    """An account that holds a patient."""

    account_id: UUID
    relation: Relation
    bound_at: datetime


async def holders(tx: Tx, his_patient_id: str, *, actor: Actor, why: str) -> list[HeldBy]:
    """The accounts that hold the patient of a hospital number, the oldest first; who looked is noted.

    Raises `NotFound`.
    """
    patient_id, rows = await _held(tx, his_patient_id)
    await audit.note(
        tx,
        actor=actor,
        action="patients.holders_seen",
        subject_kind="patient",
        subject=patient_id,
        detail={"why": why},
    )
    return [HeldBy(row.account_id, row.relation, row.bound_at) for row in rows]


async def unbind_by_staff(tx: Tx, his_patient_id: str, account_id: UUID, *, actor: Actor, why: str) -> None:
    """An account holds the patient no more, and somebody else may be that *self*. Raises `NotFound`."""
    patient_id, rows = await _held(tx, his_patient_id)
    row = next((one for one in rows if one.account_id == account_id), None)
    if row is None:
        raise NotFound
    await end_binding(tx, patient_id, row.id, account_id, by="staff")
    await audit.note(
        tx,
        actor=actor,
        action="patients.unbound_by_staff",
        subject_kind="patient",
        subject=patient_id,
        detail={"binding": str(row.id), "why": why},
    )


async def _held(tx: Tx, his_patient_id: str) -> tuple[UUID, list[BindingRow]]:
    known = await by_his_id(tx, his_patient_id)
    if known is None:
        raise NotFound
    return known.id, await files.bindings(tx, known.id)
