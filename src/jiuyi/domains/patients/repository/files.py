"""SQL of patients, bindings and accesses."""

from datetime import datetime
from typing import Any
from uuid import UUID

from jiuyi.domains.patients.types import AccessRow, BindingRow, BoundPatient, DeskFileRow, FileRow, HolderRow, NameRow
from jiuyi.kit.db import Tx

# A binding that waits for the patient's consent opens nothing.
_BOUND = """
SELECT p.id, p.his_patient_id, p.document_type, p.document_sealed, p.name_sealed, p.phone_sealed, p.card_sealed,
       p.guardian_sealed, p.sex, p.birth_date, p.deceased, p.refreshed_at, b.id AS binding_id, b.account_id, b.relation,
       b.way, b.is_default, b.bound_at, greatest(b.reports_open_at, %(new_until)s::timestamptz) AS reports_open_at,
       greatest(b.reports_open_at, %(new_until)s::timestamptz) <= app_now() AS reports_open
FROM patients.binding b JOIN patients.patient p ON p.id = b.patient_id
WHERE b.account_id = %(account_id)s AND b.ended_at IS NULL AND (NOT b.needs_consent OR b.confirmed_at IS NOT NULL)
"""
BOUND = _BOUND + " AND p.id = %(patient_id)s"
BOUND_ALL = _BOUND + " ORDER BY b.is_default DESC, b.bound_at, b.id"
BOUND_HIS = _BOUND + " AND p.his_patient_id = %(his_patient_id)s"
NAMES = "SELECT id, name_sealed FROM patients.patient WHERE id = ANY(%(ids)s)"
PUT_PATIENT = """
INSERT INTO patients.patient AS t (id, his_patient_id, document_type, document_sealed, document_index, name_sealed,
  phone_sealed, card_sealed, card_index, guardian_sealed, sex, birth_date, deceased, created_at, refreshed_at)
VALUES (%(id)s, %(his_patient_id)s, %(document_type)s, %(document_sealed)s, %(document_index)s, %(name_sealed)s,
  %(phone_sealed)s, %(card_sealed)s, %(card_index)s, %(guardian_sealed)s, %(sex)s, %(birth_date)s, %(deceased)s,
  app_now(), app_now())
ON CONFLICT (his_patient_id) DO UPDATE SET document_type = excluded.document_type,
  document_sealed = excluded.document_sealed, document_index = excluded.document_index,
  name_sealed = excluded.name_sealed, phone_sealed = excluded.phone_sealed, card_sealed = excluded.card_sealed,
  card_index = excluded.card_index,
  guardian_sealed = excluded.guardian_sealed, sex = excluded.sex, birth_date = excluded.birth_date,
  deceased = excluded.deceased, refreshed_at = excluded.refreshed_at
RETURNING id
"""
# One account's bindings change one at a time, and so do one patient's.
LOCK_ACCOUNT = "SELECT pg_advisory_xact_lock(hashtextextended(%(account_id)s::text, 81))"
LOCK_PHONE = "SELECT pg_advisory_xact_lock(hashtextextended(encode(%(phone_index)s::bytea, 'hex'), 82))"
INSERT_BINDING = """
INSERT INTO patients.binding (id, patient_id, account_id, channel, relation, way, phone_index, is_default,
  needs_consent, confirmed_at, reports_open_at, bound_at)
SELECT %(id)s, %(patient_id)s, %(account_id)s, %(channel)s, %(relation)s, %(way)s, %(phone_index)s,
  NOT EXISTS (SELECT FROM patients.binding WHERE account_id = %(account_id)s AND ended_at IS NULL AND is_default),
  %(needs_consent)s, CASE WHEN %(relation)s::text = 'self' THEN app_now() END,
  app_now() + make_interval(hours => %(cooling_hours)s), app_now()
ON CONFLICT DO NOTHING
RETURNING id
"""
# Family whom the hospital knows under one's own phone does not count as *added*: see `rules.is_family`.
HELD = """
WITH own AS (
  SELECT phone_index FROM patients.binding
  WHERE account_id = %(account_id)s AND ended_at IS NULL AND relation = 'self'
), added AS (
  SELECT bound_at FROM patients.binding b
  WHERE account_id = %(account_id)s AND relation <> 'self' AND bound_at > app_now() - interval '30 days'
    AND NOT (way = 'sms_on_file' AND EXISTS (SELECT FROM own WHERE own.phone_index = b.phone_index))
)
SELECT
  (SELECT count(*) FROM patients.binding
    WHERE account_id = %(account_id)s AND ended_at IS NULL AND relation <> 'self') AS dependants,
  (SELECT count(*) FROM added) AS added,
  (SELECT min(bound_at) + interval '30 days' FROM added) AS again_at,
  EXISTS (SELECT FROM own) AS has_self,
  (SELECT phone_index FROM own) AS own_phone_index,
  (SELECT count(*) FROM patients.verification
    WHERE account_id = %(account_id)s AND state = 'settling') AS settling
"""
BY_HIS = """
SELECT id, his_patient_id, name_sealed, card_sealed FROM patients.patient WHERE his_patient_id = %(his_patient_id)s
"""
BY_INDEX = "SELECT his_patient_id FROM patients.patient WHERE document_index = %(document_index)s"
SELF_ELSEWHERE = """
SELECT EXISTS (SELECT FROM patients.binding b JOIN patients.patient p ON p.id = b.patient_id
  WHERE p.his_patient_id = %(his_patient_id)s AND b.relation = 'self' AND b.ended_at IS NULL
    AND b.account_id <> %(account_id)s)
"""
ACCOUNTS_OF_PHONE = """
SELECT count(DISTINCT account_id) FROM patients.binding
WHERE phone_index = %(phone_index)s AND ended_at IS NULL AND account_id <> %(account_id)s
"""
UNSET_DEFAULT = """
UPDATE patients.binding SET is_default = false WHERE account_id = %(account_id)s AND ended_at IS NULL AND is_default
"""
SET_DEFAULT = "UPDATE patients.binding SET is_default = true WHERE id = %(id)s AND ended_at IS NULL"
OLDEST = """
SELECT id FROM patients.binding
WHERE account_id = %(account_id)s AND ended_at IS NULL AND (NOT needs_consent OR confirmed_at IS NOT NULL)
ORDER BY relation <> 'self', bound_at, id LIMIT 1
"""
SET_RELATION = "UPDATE patients.binding SET relation = %(relation)s WHERE id = %(id)s AND ended_at IS NULL"
END_BINDING = """
UPDATE patients.binding SET ended_at = app_now(), ended_by = %(by)s, is_default = false
WHERE id = %(id)s AND ended_at IS NULL RETURNING account_id
"""
CONFIRM_BINDING = """
UPDATE patients.binding SET confirmed_at = coalesce(confirmed_at, app_now())
WHERE id = %(id)s AND patient_id = %(patient_id)s AND ended_at IS NULL RETURNING id
"""
BINDINGS = """
SELECT b.id, b.patient_id, b.account_id, b.channel, b.relation, b.way, b.bound_at,
       b.confirmed_at IS NOT NULL AS confirmed,
       (SELECT max(a.last_at) FROM patients.access a
         WHERE a.patient_id = b.patient_id AND a.account_id = b.account_id) AS last_seen_at,
       coalesce((SELECT sum(a.count) FROM patients.access a WHERE a.patient_id = b.patient_id
         AND a.account_id = b.account_id AND a.what = 'appointments'), 0)::int AS appointments_seen,
       coalesce((SELECT sum(a.count) FROM patients.access a WHERE a.patient_id = b.patient_id
         AND a.account_id = b.account_id AND a.what = 'reports'), 0)::int AS reports_seen
FROM patients.binding b
WHERE b.patient_id = %(patient_id)s AND b.ended_at IS NULL
ORDER BY b.bound_at, b.id
"""
BINDING = """
SELECT b.id, b.patient_id, b.account_id, b.channel, b.relation, b.way, b.bound_at,
       b.confirmed_at IS NOT NULL AS confirmed, NULL::timestamptz AS last_seen_at, 0 AS appointments_seen,
       0 AS reports_seen
FROM patients.binding b WHERE b.id = %(id)s AND b.ended_at IS NULL
"""
PATIENT_OF_BINDING = """
SELECT p.id, p.his_patient_id, p.document_type, p.document_sealed, p.name_sealed, p.phone_sealed, p.card_sealed,
       p.guardian_sealed, p.sex, p.birth_date, p.deceased, p.refreshed_at, b.id AS binding_id, b.account_id, b.relation,
       b.way, b.is_default, b.bound_at, b.reports_open_at, b.reports_open_at <= app_now() AS reports_open
FROM patients.binding b JOIN patients.patient p ON p.id = b.patient_id WHERE b.id = %(id)s
"""
TELL = """
UPDATE patients.binding SET told_at = app_now() WHERE id = %(id)s AND told_at IS NULL AND ended_at IS NULL RETURNING id
"""
ACCOUNTS_OF = "SELECT account_id FROM patients.binding WHERE patient_id = %(id)s AND ended_at IS NULL ORDER BY id"
NOTE_ACCESS = """
INSERT INTO patients.access AS t (patient_id, account_id, what, day, count, last_at)
VALUES (%(patient_id)s, %(account_id)s, %(what)s, app_today(), 1, app_now())
ON CONFLICT (patient_id, account_id, what, day) DO UPDATE SET count = t.count + 1, last_at = excluded.last_at
"""
ACCESSES = """
SELECT a.account_id, b.channel, b.relation, a.what, a.last_at AS at, a.count
FROM patients.access a
JOIN LATERAL (SELECT channel, relation FROM patients.binding b
  WHERE b.patient_id = a.patient_id AND b.account_id = a.account_id ORDER BY b.bound_at DESC LIMIT 1) b ON true
WHERE a.patient_id = %(patient_id)s ORDER BY a.last_at DESC LIMIT 100
"""
ON_FILE = """
SELECT id, his_patient_id, name_sealed, card_sealed FROM patients.patient WHERE id = ANY(%(ids)s)
"""
AT_DESK = """
SELECT id, his_patient_id, document_type, document_sealed, name_sealed, card_sealed, sex, birth_date, deceased
FROM patients.patient WHERE card_index = %(index)s OR document_index = %(index)s ORDER BY refreshed_at DESC LIMIT 2
"""
FILE_AT_DESK = """
SELECT id, his_patient_id, document_type, document_sealed, name_sealed, card_sealed, sex, birth_date, deceased
FROM patients.patient WHERE id = %(id)s
"""
HOLDER = """
SELECT account_id, id AS binding_id, channel FROM patients.binding
WHERE patient_id = %(patient_id)s AND ended_at IS NULL AND (NOT needs_consent OR confirmed_at IS NOT NULL)
ORDER BY relation <> 'self', bound_at, id LIMIT 1
"""
STATEMENTS = (
    AT_DESK,
    FILE_AT_DESK,
    HOLDER,
    ON_FILE,
    BOUND,
    BOUND_ALL,
    BOUND_HIS,
    NAMES,
    PUT_PATIENT,
    LOCK_ACCOUNT,
    LOCK_PHONE,
    INSERT_BINDING,
    HELD,
    BY_HIS,
    BY_INDEX,
    SELF_ELSEWHERE,
    ACCOUNTS_OF_PHONE,
    UNSET_DEFAULT,
    SET_DEFAULT,
    OLDEST,
    SET_RELATION,
    END_BINDING,
    CONFIRM_BINDING,
    BINDINGS,
    BINDING,
    PATIENT_OF_BINDING,
    TELL,
    ACCOUNTS_OF,
    NOTE_ACCESS,
    ACCESSES,
)


async def bound(tx: Tx, patient_id: UUID, account_id: UUID, new_until: datetime | None = None) -> BoundPatient | None:
    """The patient, if the account is bound to it. `new_until`: until when reports stay closed to who asks."""
    params = {"patient_id": patient_id, "account_id": account_id, "new_until": new_until}
    return await tx.one(BoundPatient, BOUND, params)


async def on_file(tx: Tx, ids: list[UUID]) -> list[FileRow]:
    """Patients by id, whoever is bound to them."""
    return await tx.all(FileRow, ON_FILE, {"ids": ids})


async def at_desk(tx: Tx, index: bytes) -> list[DeskFileRow]:
    """The files of a card or document, by its blind index: two when it is not certain whose it is."""
    return await tx.all(DeskFileRow, AT_DESK, {"index": index})


async def file_at_desk(tx: Tx, patient_id: UUID) -> DeskFileRow | None:
    """A patient whose order a desk has in hand."""
    return await tx.one(DeskFileRow, FILE_AT_DESK, {"id": patient_id})


async def by_his(tx: Tx, his_patient_id: str) -> FileRow | None:
    """The patient with this hospital file, whoever is bound."""
    return await tx.one(FileRow, BY_HIS, {"his_patient_id": his_patient_id})


async def holder(tx: Tx, patient_id: UUID) -> HolderRow | None:
    """The account that keeps a patient's papers: the patient's own, else the first that is bound."""
    return await tx.one(HolderRow, HOLDER, {"patient_id": patient_id})


async def bound_all(tx: Tx, account_id: UUID, new_until: datetime | None = None) -> list[BoundPatient]:
    """The account's patients, the default one first."""
    return await tx.all(BoundPatient, BOUND_ALL, {"account_id": account_id, "new_until": new_until})


async def bound_by_his(tx: Tx, his_patient_id: str, account_id: UUID) -> BoundPatient | None:
    """The account's patient with this hospital file."""
    params = {"his_patient_id": his_patient_id, "account_id": account_id, "new_until": None}
    return await tx.one(BoundPatient, BOUND_HIS, params)


async def names(tx: Tx, ids: list[UUID]) -> list[NameRow]:
    """The sealed names of patients, bound or not."""
    return await tx.all(NameRow, NAMES, {"ids": ids})


async def put_patient(tx: Tx, row: dict[str, Any]) -> UUID:
    """Insert or refresh the row of a hospital file; return its id (an older row keeps its own)."""
    found: UUID = await tx.value(PUT_PATIENT, row)
    return found


async def lock_account(tx: Tx, account_id: UUID) -> None:
    """Wait for other changes of this account's bindings."""
    await tx.run(LOCK_ACCOUNT, {"account_id": account_id})


async def insert_binding(tx: Tx, row: dict[str, Any]) -> bool:
    """Bind; False when a unique rule forbids it (bound already, or *self* is taken)."""
    return await tx.value(INSERT_BINDING, row) is not None


async def file_by_index(tx: Tx, document_index: bytes) -> str | None:
    """The hospital's number of a file that was bound here before, by its blind index."""
    found: str | None = await tx.value(BY_INDEX, {"document_index": document_index})
    return found


async def self_elsewhere(tx: Tx, his_patient_id: str, account_id: UUID) -> bool:
    """Whether another account holds this file as *self*."""
    return bool(await tx.value(SELF_ELSEWHERE, {"his_patient_id": his_patient_id, "account_id": account_id}))


async def accounts_of_phone(tx: Tx, phone_index: bytes, but: UUID) -> int:
    """Lock the phone for this transaction; how many other accounts it verified a present binding for."""
    params = {"phone_index": phone_index, "account_id": but}
    await tx.run(LOCK_PHONE, params)
    return int(await tx.value(ACCOUNTS_OF_PHONE, params))


async def make_default(tx: Tx, account_id: UUID, binding_id: UUID) -> None:
    """Make one binding the account's default."""
    await tx.run(UNSET_DEFAULT, {"account_id": account_id})
    await tx.run(SET_DEFAULT, {"id": binding_id})


async def oldest(tx: Tx, account_id: UUID) -> UUID | None:
    """The binding that becomes the default when the default one ends: oneself, else the oldest."""
    found: UUID | None = await tx.value(OLDEST, {"account_id": account_id})
    return found


async def set_relation(tx: Tx, binding_id: UUID, relation: str) -> None:
    await tx.run(SET_RELATION, {"id": binding_id, "relation": relation})


async def end_binding(tx: Tx, binding_id: UUID, by: str) -> UUID | None:
    """End a binding; return its account, or None when it had ended."""
    found: UUID | None = await tx.value(END_BINDING, {"id": binding_id, "by": by})
    return found


async def confirm_binding(tx: Tx, patient_id: UUID, binding_id: UUID) -> bool:
    """Note that the patient knows this binding; False when the patient has no such binding."""
    return await tx.value(CONFIRM_BINDING, {"id": binding_id, "patient_id": patient_id}) is not None


async def bindings(tx: Tx, patient_id: UUID) -> list[BindingRow]:
    """The patient's present bindings, oldest first, also those that wait for consent."""
    return await tx.all(BindingRow, BINDINGS, {"patient_id": patient_id})


async def binding(tx: Tx, binding_id: UUID) -> BindingRow | None:
    """A present binding."""
    return await tx.one(BindingRow, BINDING, {"id": binding_id})


async def patient_of_binding(tx: Tx, binding_id: UUID) -> BoundPatient:
    """The patient of a binding, ended or not. Raises `Absent`."""
    return await tx.must(BoundPatient, PATIENT_OF_BINDING, {"id": binding_id})


async def accounts_of(tx: Tx, patient_id: UUID) -> list[UUID]:
    """The accounts that are bound to a patient."""
    return await tx.values(ACCOUNTS_OF, {"id": patient_id})


async def tell(tx: Tx, binding_id: UUID) -> bool:
    """Note that the others are told about a binding; False when they were, or when it has ended."""
    return await tx.value(TELL, {"id": binding_id}) is not None


async def note_access(tx: Tx, patient_id: UUID, account_id: UUID, what: str) -> None:
    await tx.run(NOTE_ACCESS, {"patient_id": patient_id, "account_id": account_id, "what": what})


async def accesses(tx: Tx, patient_id: UUID) -> list[AccessRow]:
    """Who looked at what, newest first, at most 100."""
    return await tx.all(AccessRow, ACCESSES, {"patient_id": patient_id})
