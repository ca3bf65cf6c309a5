"""SQL of verifications, attempts and consents."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from jiuyi.domains.patients.repository.files import HELD
from jiuyi.domains.patients.types import VERIFICATION, VerificationRow
from jiuyi.kit.db import Tx
from jiuyi.kit.moves import Axis

AXIS = Axis("patients", "verification", "state", VERIFICATION)
_VERIFICATION = """
SELECT id, account_id, channel, patient_id, document_type, document_index, claim_sealed, outcome, his_patient_id,
       phone_sealed, state, way, request_no, counter_request_no, counter_digest, consents, created_at, expires_at,
       expires_at <= app_now() AS expired
FROM patients.verification
"""
VERIFICATION_OF = _VERIFICATION + " WHERE id = %(id)s AND account_id = %(account_id)s"
VERIFICATION_BY_ID = _VERIFICATION + " WHERE id = %(id)s"
PENDING = _VERIFICATION + " WHERE account_id = %(account_id)s AND state = 'settling' ORDER BY created_at"
INSERT_VERIFICATION = """
INSERT INTO patients.verification (id, account_id, channel, patient_id, document_type, document_index, claim_sealed,
  outcome, his_patient_id, phone_sealed, state, request_no, consents, created_at, expires_at)
VALUES (%(id)s, %(account_id)s, %(channel)s, %(patient_id)s, %(document_type)s, %(document_index)s, %(claim_sealed)s,
  %(outcome)s, %(his_patient_id)s, %(phone_sealed)s, 'open', %(request_no)s, %(consents)s, app_now(),
  app_now() + make_interval(mins => %(minutes)s))
RETURNING expires_at
"""
COUNTER = """
UPDATE patients.verification SET counter_request_no = %(request_no)s, counter_digest = %(digest)s WHERE id = %(id)s
"""
NOW = "SELECT app_now()"
STUCK = """
SELECT id FROM patients.verification
WHERE state = 'settling' AND settling_at < app_now() - make_interval(secs => %(seconds)s)
ORDER BY settling_at LIMIT 50
"""
# The three counted things are locked in one order, so that two requests at once cannot both take the last try.
LOCK_LOOKUPS = """
SELECT pg_advisory_xact_lock(hashtextextended(key, 83))
FROM unnest(ARRAY[%(account_id)s::text, encode(%(document_index)s::bytea, 'hex'),
                  encode(%(ip_index)s::bytea, 'hex')]) AS key
"""
COUNTS = """
SELECT
  (SELECT count(*) FROM patients.attempt WHERE kind = 'lookup' AND account_id = ANY(%(accounts)s)
    AND at > app_now() - interval '1 day') AS account,
  (SELECT count(*) FROM patients.attempt WHERE kind = 'lookup' AND document_index = %(document_index)s
    AND at > app_now() - interval '1 day') AS document,
  (SELECT count(*) FROM patients.attempt WHERE kind = 'lookup' AND ip_index = %(ip_index)s
    AND at > app_now() - interval '1 day') AS ip
"""
ATTEMPT = """
INSERT INTO patients.attempt (kind, account_id, document_index, ip_index, way, at)
VALUES (%(kind)s, %(account_id)s, %(document_index)s, %(ip_index)s, %(way)s, app_now())
"""
WRONG_WAYS = """
SELECT way FROM patients.attempt
WHERE kind = 'wrong_proof' AND document_index = %(document_index)s AND at > app_now() - interval '1 day'
GROUP BY way HAVING count(*) >= %(most)s
"""
CONSENT = """
INSERT INTO patients.consent (id, account_id, patient_id, document, given_at)
VALUES (%(id)s, %(account_id)s, %(patient_id)s, %(document)s, app_now())
"""
WITHDRAW = """
UPDATE patients.consent SET withdrawn_at = app_now()
WHERE account_id = %(account_id)s AND patient_id = %(patient_id)s AND withdrawn_at IS NULL
"""
PRUNE_ATTEMPTS = "DELETE FROM patients.attempt WHERE at < app_now() - interval '30 days'"
# What a person typed is forgotten soon after it was used or given up; consents and bindings stay.
PRUNE_VERIFICATIONS = """
DELETE FROM patients.verification
WHERE state IN ('open', 'done', 'refused') AND created_at < app_now() - interval '7 days'
"""
STATEMENTS = (
    VERIFICATION_OF,
    VERIFICATION_BY_ID,
    PENDING,
    INSERT_VERIFICATION,
    COUNTER,
    NOW,
    STUCK,
    LOCK_LOOKUPS,
    COUNTS,
    ATTEMPT,
    WRONG_WAYS,
    CONSENT,
    WITHDRAW,
    PRUNE_ATTEMPTS,
    PRUNE_VERIFICATIONS,
)


class Held(msgspec.Struct, frozen=True):
    """Dependants now and added in 30 days, when one more may be added, a *self* and its phone, what is settling."""

    dependants: int
    added: int
    again_at: datetime | None
    has_self: bool
    own_phone_index: bytes | None
    settling: int


class Counts(msgspec.Struct, frozen=True):
    """Look-ups of the last day."""

    account: int
    document: int
    ip: int


async def held(tx: Tx, account_id: UUID) -> Held:
    return await tx.must(Held, HELD, {"account_id": account_id})


async def verification_of(tx: Tx, verification_id: UUID, account_id: UUID) -> VerificationRow | None:
    """The account's own verification."""
    return await tx.one(VerificationRow, VERIFICATION_OF, {"id": verification_id, "account_id": account_id})


async def verification(tx: Tx, verification_id: UUID) -> VerificationRow:
    """A verification, for jobs. Raises `Absent`."""
    return await tx.must(VerificationRow, VERIFICATION_BY_ID, {"id": verification_id})


async def pending(tx: Tx, account_id: UUID) -> list[VerificationRow]:
    """What was proved and what the HIS has not confirmed yet."""
    return await tx.all(VerificationRow, PENDING, {"account_id": account_id})


async def insert_verification(tx: Tx, row: dict[str, Any]) -> datetime:
    """Store one; return when it expires."""
    expires_at: datetime = await tx.value(INSERT_VERIFICATION, row)
    return expires_at


async def use_counter(tx: Tx, verification_id: UUID, request_no: str, digest: bytes) -> None:
    """Remember under which number a desk code is being checked, so that asking again asks the same."""
    await tx.run(COUNTER, {"id": verification_id, "request_no": request_no, "digest": digest})


async def now(tx: Tx) -> datetime:
    """The database's clock."""
    moment: datetime = await tx.value(NOW)
    return moment


async def stuck(tx: Tx, seconds: int) -> list[UUID]:
    """Verifications that have been settling for longer than `seconds`."""
    return await tx.values(STUCK, {"seconds": seconds})


async def count_lookups(tx: Tx, keys: dict[str, Any]) -> Counts:
    """Lock account, document and network for this transaction and count their look-ups of the last day."""
    await tx.run(LOCK_LOOKUPS, keys)
    return await tx.must(Counts, COUNTS, keys)


async def note_attempt(tx: Tx, kind: str, keys: dict[str, Any], way: str | None = None) -> None:
    await tx.run(ATTEMPT, {**keys, "kind": kind, "way": way})


async def closed_ways(tx: Tx, document_index: bytes, most: int) -> set[str]:
    """The ways with `most` or more wrong proofs in the last day."""
    return set(await tx.values(WRONG_WAYS, {"document_index": document_index, "most": most}))


async def consent(tx: Tx, row: dict[str, Any]) -> None:
    await tx.run(CONSENT, row)


async def withdraw(tx: Tx, account_id: UUID, patient_id: UUID) -> None:
    """The consents end with the binding."""
    await tx.run(WITHDRAW, {"account_id": account_id, "patient_id": patient_id})


async def prune(tx: Tx) -> None:
    await tx.run(PRUNE_ATTEMPTS)
    await tx.run(PRUNE_VERIFICATIONS)
