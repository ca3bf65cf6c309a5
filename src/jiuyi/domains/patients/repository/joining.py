"""SQL of joining accounts: whose patients, and folding their bindings."""

from typing import Any
from uuid import UUID

import msgspec

from jiuyi.domains.patients.types import Relation
from jiuyi.kit.crypto import Sealed
from jiuyi.kit.db import Tx

PROVED_BY = """
SELECT DISTINCT account_id FROM patients.binding
WHERE phone_index = %(phone_index)s AND ended_at IS NULL AND relation = 'self'
  AND bound_at > app_now() - make_interval(days => %(days)s)
"""
WITH_DOCUMENT = """
SELECT b.account_id FROM patients.binding b JOIN patients.patient p ON p.id = b.patient_id
WHERE b.account_id = ANY(%(accounts)s) AND b.ended_at IS NULL AND p.document_index = ANY(%(indexes)s)
ORDER BY b.relation <> 'self', b.bound_at, b.id
"""
SELF_HOLDER = """
SELECT b.account_id FROM patients.binding b JOIN patients.patient p ON p.id = b.patient_id
WHERE p.his_patient_id = %(his_patient_id)s AND b.relation = 'self' AND b.ended_at IS NULL
"""
HELD = """
SELECT b.id, b.patient_id, b.account_id, b.relation, b.is_default, p.name_sealed
FROM patients.binding b JOIN patients.patient p ON p.id = b.patient_id
WHERE b.account_id = ANY(%(accounts)s) AND b.ended_at IS NULL
ORDER BY b.relation <> 'self', b.bound_at, b.id
"""
END = "UPDATE patients.binding SET ended_at = app_now(), ended_by = 'joined', is_default = false WHERE id = %(id)s"
# Who was confirmed, and whose reports are open, in either account stays so.
FOLD = """
UPDATE patients.binding b SET confirmed_at = coalesce(b.confirmed_at, o.confirmed_at),
  needs_consent = b.needs_consent AND o.needs_consent, reports_open_at = least(b.reports_open_at, o.reports_open_at)
FROM patients.binding o WHERE b.id = %(id)s AND o.id = %(other)s
"""
COPY = """
INSERT INTO patients.binding (id, patient_id, account_id, channel, relation, way, phone_index, is_default,
  needs_consent, confirmed_at, reports_open_at, bound_at, told_at)
SELECT %(id)s, patient_id, %(account_id)s, channel, relation, way, phone_index, false, needs_consent, confirmed_at,
  reports_open_at, bound_at, coalesce(told_at, app_now())
FROM patients.binding WHERE id = %(old)s
"""
MOVE_CONSENTS = """
UPDATE patients.consent SET account_id = %(kept)s WHERE account_id = %(absorbed)s AND withdrawn_at IS NULL
"""
STATEMENTS = (PROVED_BY, WITH_DOCUMENT, SELF_HOLDER, HELD, END, FOLD, COPY, MOVE_CONSENTS)


class HeldRow(msgspec.Struct, frozen=True):
    """Somebody bound to an account, when accounts are joined."""

    id: UUID
    patient_id: UUID
    account_id: UUID
    relation: Relation
    is_default: bool
    name_sealed: Sealed


async def proved_by(tx: Tx, phone_index: bytes, days: int) -> list[UUID]:
    """The accounts that proved this phone for somebody as *self*, within `days`."""
    return await tx.values(PROVED_BY, {"phone_index": phone_index, "days": days})


async def with_document(tx: Tx, accounts: list[UUID], indexes: list[bytes]) -> UUID | None:
    """The account, of these, that holds a patient with one of these documents: as *self* before others."""
    found: UUID | None = await tx.value(WITH_DOCUMENT, {"accounts": accounts, "indexes": indexes})
    return found


async def self_holder(tx: Tx, his_patient_id: str) -> UUID | None:
    """The account that holds this file as *self*."""
    found: UUID | None = await tx.value(SELF_HOLDER, {"his_patient_id": his_patient_id})
    return found


async def held(tx: Tx, accounts: list[UUID]) -> list[HeldRow]:
    """Everybody bound to these accounts, also who waits for consent."""
    return await tx.all(HeldRow, HELD, {"accounts": accounts})


async def fold(tx: Tx, binding_id: UUID, into: UUID) -> None:
    """End a binding because the other account has the same patient; what it was allowed stays allowed."""
    await tx.run(END, {"id": binding_id})
    await tx.run(FOLD, {"id": into, "other": binding_id})


async def move_over(tx: Tx, binding_id: UUID, row: dict[str, Any]) -> None:
    """End a binding and make the same one in another account (`id`, `account_id`); who looked when stays known."""
    await tx.run(END, {"id": binding_id})
    await tx.run(COPY, {**row, "old": binding_id})


async def move_consents(tx: Tx, kept: UUID, absorbed: UUID) -> None:
    """What was agreed to in one account holds in the other."""
    await tx.run(MOVE_CONSENTS, {"kept": kept, "absorbed": absorbed})
