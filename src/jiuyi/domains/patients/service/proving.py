"""Verifications inside one transaction: limits before anything, the claim of a proved one (T1), its end (T2)."""

from typing import Any
from uuid import UUID

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.patients import rules, settings
from jiuyi.domains.patients.errors import (
    AddsUsedUp,
    AlreadyBound,
    FileNeedsWindow,
    LookupsUsedUp,
    PatientsFull,
    PhoneUsedUp,
    SelfHeldElsewhere,
    SelfTaken,
    VerificationEnded,
    WayClosed,
    WayNotOffered,
)
from jiuyi.domains.patients.events import BindingAdded
from jiuyi.domains.patients.repository import files, proofs
from jiuyi.domains.patients.service import sealing
from jiuyi.domains.patients.service.views import ways
from jiuyi.domains.patients.types import Claim, HospitalFile, Outcome, Relation, VerificationRow, VerificationState, Way
from jiuyi.kit.clock import local
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import move
from jiuyi.kit.problems import Problem


async def check_room(tx: Tx, knobs: Knobs, account_id: UUID, relation: Relation) -> proofs.Held:
    """Whether the account may hold one more at all. Raises `SelfTaken` or `PatientsFull`.

    Locks the account: what is counted stays true until the transaction ends.
    """
    await files.lock_account(tx, account_id)
    held = await proofs.held(tx, account_id)
    if relation is Relation.SELF:
        if held.has_self:
            raise SelfTaken
        return held
    most = knobs.get(settings.DEPENDANTS_MAX)
    if held.dependants + held.settling >= most:
        raise PatientsFull(limit=most)
    return held


def check_pace(knobs: Knobs, held: proofs.Held, relation: Relation, *, family: bool) -> None:
    """Whether one more may be added within these 30 days. Raises `AddsUsedUp`."""
    adds = knobs.get(settings.ADDS_PER_30_DAYS)
    if relation is not Relation.SELF and not family and held.added + held.settling >= adds:
        again = local(held.again_at).strftime("%Y-%m-%d") if held.again_at else ""
        raise AddsUsedUp(limit=adds, again=again)


async def count_lookup(tx: Tx, knobs: Knobs, keys: dict[str, Any]) -> None:
    """Count one look-up by person (`accounts`), document and network. Raises `LookupsUsedUp`."""
    counts = await proofs.count_lookups(tx, keys)
    if (
        counts.account >= knobs.get(settings.LOOKUPS_PER_ACCOUNT_DAY)
        or counts.document >= knobs.get(settings.LOOKUPS_PER_DOCUMENT_DAY)
        or counts.ip >= knobs.get(settings.LOOKUPS_PER_IP_DAY)
    ):
        raise LookupsUsedUp
    await proofs.note_attempt(tx, "lookup", keys)


async def open_verification(
    tx: Tx,
    vault: Vault,
    knobs: Knobs,
    by: Principal,
    claim: Claim,
    found: HospitalFile | None,
    phone: str | None,
    consents: list[str],
) -> VerificationRow:
    """Store what was claimed and found. `phone` is where an SMS code may go. Raises `AlreadyBound`, `AddsUsedUp`."""
    if found is not None and await files.bound_by_his(tx, found.patient_id, by.account_id) is not None:
        raise AlreadyBound
    held = await check_room(tx, knobs, by.account_id, claim.relation)
    way = Way.SMS_ON_FILE if found else Way.SMS_NEW_PHONE
    index = vault.index(phone, sealing.PHONE) if phone else None
    check_pace(knobs, held, claim.relation, family=rules.is_family(way, index, held.own_phone_index))
    made = new_id()
    row = {
        "id": made,
        "account_id": by.account_id,
        "channel": by.channel,
        "patient_id": new_id(),
        "document_type": claim.document_type,
        "document_index": sealing.claim_index(vault, claim),
        "claim_sealed": sealing.seal_claim(vault, claim),
        "outcome": Outcome.FILE_FOUND if found else Outcome.NEW_FILE,
        "his_patient_id": found.patient_id if found else None,
        "phone_sealed": vault.seal(phone, sealing.TARGET) if phone else None,
        "request_no": number_from("F", made),
        "consents": consents,
        "minutes": knobs.get(settings.VERIFICATION_MINUTES),
    }
    await proofs.insert_verification(tx, row)
    await _note(tx, by.account_id, "patients.looked_up", made, {"outcome": str(row["outcome"])})
    return await proofs.verification(tx, made)


async def usable(tx: Tx, knobs: Knobs, by: Principal, verification_id: UUID, way: Way) -> VerificationRow:
    """The account's own open verification, when `way` may be tried.

    Raises `VerificationEnded`, `WayNotOffered` or `WayClosed`.
    """
    row = await proofs.verification_of(tx, verification_id, by.account_id)
    if row is None or row.state is not VerificationState.OPEN or row.expired:
        raise VerificationEnded
    if way not in ways(row):
        raise WayNotOffered
    if way in await closed_ways(tx, knobs, row):
        raise WayClosed
    return row


async def closed_ways(tx: Tx, knobs: Knobs, row: VerificationRow) -> set[str]:
    """The ways that are closed for the day after too many wrong proofs for this document."""
    return await proofs.closed_ways(tx, row.document_index, knobs.get(settings.WRONG_PROOFS_PER_DAY))


async def wrong_proof(tx: Tx, row: VerificationRow, way: Way, ip_index: bytes) -> None:
    """Count a wrong proof."""
    keys = {"account_id": row.account_id, "document_index": row.document_index, "ip_index": ip_index}
    await proofs.note_attempt(tx, "wrong_proof", keys, way)
    await _note(tx, row.account_id, "patients.wrong_proof", row.id, {"way": str(way)})


async def counter_number(tx: Tx, row: VerificationRow, digest: bytes) -> str:
    """The number under which a desk code is checked; the same code is always asked under the same number."""
    if row.counter_request_no is not None and row.counter_digest == digest:
        return row.counter_request_no
    number = number_from("C", new_id())
    await proofs.use_counter(tx, row.id, number, digest)
    return number


async def claim_it(tx: Tx, vault: Vault, knobs: Knobs, row: VerificationRow, way: Way, phone: str | None) -> None:
    """T1: control is proved; from here the file is ours to bind. `phone` is the number that proved it.

    Raises the limits' refusals, `SelfHeldElsewhere`, `PhoneUsedUp` and `kit.moves.Moved`.
    """
    claim = sealing.open_claim(vault, row)
    held = await check_room(tx, knobs, row.account_id, claim.relation)
    index = vault.index(phone, sealing.PHONE) if phone else None
    check_pace(knobs, held, claim.relation, family=rules.is_family(way, index, held.own_phone_index))
    if (
        claim.relation is Relation.SELF
        and row.his_patient_id is not None
        and await files.self_elsewhere(tx, row.his_patient_id, row.account_id)
    ):
        raise SelfHeldElsewhere
    if index is not None:
        limit = knobs.get(settings.ACCOUNTS_PER_PHONE)
        if await files.accounts_of_phone(tx, index, row.account_id) >= limit:
            raise PhoneUsedUp(limit=limit)
    await move(
        tx,
        proofs.AXIS,
        row.id,
        VerificationState.OPEN,
        VerificationState.SETTLING,
        who=Actor.account(row.account_id).word,
        why=f"proved by {way}",
        way=way,
        settling_at=await proofs.now(tx),
    )


async def settle(
    tx: Tx, vault: Vault, knobs: Knobs, row: VerificationRow, file: HospitalFile, *, existed: bool
) -> UUID | Problem:
    """T2: bind the account to the file. Returns the patient's id, or the refusal (already recorded)."""
    account_id = await _home(tx, row.account_id)
    claim, way = sealing.open_claim(vault, row), row.way or Way.COUNTER_CODE
    if file.deceased:
        return await refuse(tx, row, FileNeedsWindow())
    patient_id = await files.put_patient(tx, patient_row(vault, row.patient_id, file))
    elsewhere = await files.self_elsewhere(tx, file.patient_id, account_id)
    cooled = way is Way.COUNTER_CODE or not existed
    binding_id = new_id()
    binding = {
        "id": binding_id,
        "patient_id": patient_id,
        "account_id": account_id,
        "channel": row.channel,
        "relation": claim.relation,
        "way": way,
        "phone_index": _phone_index(vault, row, way),
        "needs_consent": elsewhere and knobs.get(settings.REQUIRE_CONSENT),
        "cooling_hours": 0 if cooled else knobs.get(settings.COOLING_HOURS),
    }
    if await files.insert_binding(tx, binding):
        for document in row.consents:
            await proofs.consent(
                tx, {"id": new_id(), "account_id": account_id, "patient_id": patient_id, "document": document}
            )
        await tx.emit(BindingAdded(binding_id=binding_id))
        detail = {"binding": str(binding_id), "way": str(way), "relation": str(claim.relation)}
        await _note(tx, row.account_id, "patients.bound", patient_id, detail, kind="patient")
    elif await files.bound(tx, patient_id, account_id) is None:
        return await refuse(tx, row, SelfHeldElsewhere() if elsewhere else SelfTaken())
    await move(
        tx,
        proofs.AXIS,
        row.id,
        VerificationState.SETTLING,
        VerificationState.DONE,
        who="system:patients",
        why="bound",
    )
    return patient_id


async def _home(tx: Tx, account_id: UUID) -> UUID:
    """Lock the account to bind to: another one when this one was joined since the proof, or while it was waited for."""
    while True:
        await files.lock_account(tx, account_id)
        root = await accounts.root_of(tx, account_id)
        if root == account_id:
            return account_id
        account_id = root


async def refuse(tx: Tx, row: VerificationRow, problem: Problem) -> Problem:
    """End a verification; return the reason that the person will read."""
    source, target = VerificationState.SETTLING, VerificationState.REFUSED
    await move(tx, proofs.AXIS, row.id, source, target, who="system:patients", why=problem.code)
    await _note(tx, row.account_id, "patients.not_bound", row.id, {"code": problem.code})
    return problem


def patient_row(vault: Vault, patient_id: UUID, file: HospitalFile) -> dict[str, Any]:
    """A hospital file as our row: everything that identifies somebody is sealed."""
    number = file.document_number
    return {
        "id": patient_id,
        "his_patient_id": file.patient_id,
        "document_type": file.document_type,
        "document_sealed": vault.seal(number, sealing.DOCUMENT) if number else None,
        "document_index": sealing.file_index(vault, file),
        "name_sealed": vault.seal(file.name, sealing.NAME),
        "phone_sealed": vault.seal(file.phone, sealing.PHONE),
        "card_sealed": vault.seal(file.card_no, sealing.CARD),
        "card_index": vault.index(file.card_no, sealing.CARD),
        "guardian_sealed": vault.seal(file.guardian.name, sealing.GUARDIAN) if file.guardian else None,
        "sex": file.sex,
        "birth_date": file.birth_date,
        "deceased": file.deceased,
    }


def _phone_index(vault: Vault, row: VerificationRow, way: Way) -> bytes | None:
    if way is Way.COUNTER_CODE or row.phone_sealed is None:
        return None
    return vault.index(vault.open(row.phone_sealed, sealing.TARGET), sealing.PHONE)


async def _note(
    tx: Tx, account_id: UUID, action: str, subject: UUID, detail: dict[str, Any], *, kind: str = "verification"
) -> None:
    await audit.note(
        tx, actor=Actor.account(account_id), action=action, subject_kind=kind, subject=subject, detail=detail
    )
