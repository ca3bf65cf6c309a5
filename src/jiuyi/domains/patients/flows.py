"""Use cases that ask the HIS or send a code: verify, prove, and settle what was left unanswered."""

import unicodedata
from uuid import UUID

import structlog

from jiuyi.domains.accounts.errors import JoiningsUsedUp
from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.codes import flows as codes
from jiuyi.domains.codes.errors import CodeEnded, CodeWrong, PhoneInvalid
from jiuyi.domains.codes.ports import SmsSender
from jiuyi.domains.codes.types import CodeView
from jiuyi.domains.patients import rules, service
from jiuyi.domains.patients.errors import (
    CardMismatch,
    CounterCodeWrong,
    DetailsNotAccepted,
    FileNeedsWindow,
    SelfHeldElsewhere,
    VerificationEnded,
    WayNotOffered,
)
from jiuyi.domains.patients.ports import PatientFiles
from jiuyi.domains.patients.repository import files as rows
from jiuyi.domains.patients.repository import proofs
from jiuyi.domains.patients.rules.forms import FormIn
from jiuyi.domains.patients.service import proving, sealing
from jiuyi.domains.patients.types import (
    Claim,
    DocumentType,
    Guardian,
    HospitalFile,
    Outcome,
    PatientView,
    VerificationRow,
    VerificationState,
    VerificationView,
    Way,
)
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import Moved
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered
from jiuyi.kit.problems import FieldFault, InvalidRequest, NotFound, OutsideDown, Problem

PURPOSE = "patient_binding"
STUCK_SECONDS = 30
_COUNTER_DIGITS = 6
_GUARDIAN = "监护人"
_log = structlog.get_logger("jiuyi.patients")


async def verify(
    db: Db, files: PatientFiles, vault: Vault, knobs: Knobs, clock: Clock, *, by: Principal, form: FormIn, ip: str
) -> VerificationView:
    """Check the form and the limits, look the file up in the HIS, and offer the ways to prove control of it.

    Raises `InvalidRequest`, the limits' refusals, `AlreadyBound`, `DetailsNotAccepted` or `OutsideDown`. A document
    that is unknown and one that is on file under another name get the same answer.
    """
    claim = rules.check_form(form, clock.today(), _phone(form.phone))
    async with db.tx() as tx:
        await proving.check_room(tx, knobs, by.account_id, claim.relation)
        claim = await _with_guardian(tx, vault, clock, by, form, claim)
        index = sealing.claim_index(vault, claim)
        keys = {
            "account_id": by.account_id,
            "accounts": by.accounts,
            "document_index": index,
            "ip_index": vault.index(ip, sealing.IP),
        }
        await proving.count_lookup(tx, knobs, keys)
        known = await rows.file_by_index(tx, index) if claim.document_type is DocumentType.NONE_CHILD else None
    try:
        found = await _look_up(files, claim, known)
    except NotDone as error:
        raise OutsideDown from error
    if found is None and claim.document_number is None and claim.document_type is not DocumentType.NONE_CHILD:
        raise DetailsNotAccepted
    async with db.tx() as tx:
        phone = claim.phone if found is None else _reachable(found.phone)
        row = await proving.open_verification(tx, vault, knobs, by, claim, found, phone, sorted(set(form.consents)))
        return service.verification_view(vault, row, claim, await proving.closed_ways(tx, knobs, row))


def _phone(text: str) -> str | FieldFault:
    try:
        return codes.normal_phone(text)
    except PhoneInvalid as problem:
        return FieldFault("phone", problem.detail("zh"), problem.detail("en"))


def _reachable(phone: str) -> str | None:
    """The number on file, when it is one that gets SMS (old files hold landlines)."""
    try:
        return codes.normal_phone(phone)
    except PhoneInvalid:
        return None


async def _with_guardian(tx: Tx, vault: Vault, clock: Clock, by: Principal, form: FormIn, claim: Claim) -> Claim:
    """The claim with its guardian's identity, who must be an adult patient of this account, with a document."""
    if form.guardian is None:
        return claim
    wrong = FieldFault(
        "guardian", "监护人须是您已绑定的成年就诊人", "The guardian must be an adult patient on your list"
    )
    try:
        guardian = await service.access_patient(tx, form.guardian.patient_id, by)
    except NotFound as error:
        raise InvalidRequest([wrong]) from error
    clear = service.clear(vault, guardian)
    if clear.document_number is None or rules.is_minor(guardian.birth_date, clock.today()):
        raise InvalidRequest([wrong])
    answers = Guardian(clear.name, guardian.document_type, clear.document_number, clear.phone, _GUARDIAN)
    return Claim(
        claim.document_type,
        claim.document_number,
        claim.name,
        claim.relation,
        claim.phone,
        claim.sex,
        claim.birth_date,
        claim.card_no,
        answers,
    )


async def _look_up(files: PatientFiles, claim: Claim, known: str | None) -> HospitalFile | None:
    """By document, else by card; a child without a document only by a file that was bound here before."""
    found = None
    if known is not None:
        return await files.get(known)
    if claim.document_number is not None:
        found = await files.find(claim.document_type, claim.document_number, claim.name)
    if found is None and claim.card_no is not None:
        found = await files.find_by_card(claim.card_no, claim.name)
    return found


async def send_code(
    db: Db,
    sms: SmsSender,
    vault: Vault,
    knobs: Knobs,
    *,
    by: Principal,
    verification_id: UUID,
    way: Way,
    ip: str,
    language: str = "zh",
) -> CodeView:
    """Send a code to the phone on file, or to the new one.

    Raises `VerificationEnded`, `WayNotOffered`, `WayClosed` and what `codes.flows.send` raises.
    """
    async with db.tx() as tx:
        row = await proving.usable(tx, knobs, by, verification_id, way)
    if way is Way.COUNTER_CODE or row.phone_sealed is None:
        raise WayNotOffered
    return await codes.send(
        db,
        sms,
        vault,
        knobs,
        purpose=PURPOSE,
        subject=str(row.id),
        phone=vault.open(row.phone_sealed, sealing.TARGET),
        account_id=by.account_id,
        joined=by.joined,
        ip=ip,
        language=language,
    )


async def prove(
    db: Db,
    files: PatientFiles,
    vault: Vault,
    knobs: Knobs,
    clock: Clock,
    *,
    by: Principal,
    verification_id: UUID,
    way: Way,
    code_id: UUID | None,
    code: str,
    ip: str,
) -> PatientView:
    """Prove control, then bind the file or have it opened. The view is `pending` while the HIS does not answer.

    Raises `CodeWrong`, `CodeEnded`, `CounterCodeWrong` (each wrong try is counted), `VerificationEnded`, `WayClosed`,
    the limits' refusals, and what the HIS refuses.
    """
    async with db.tx() as tx:
        row = await proving.usable(tx, knobs, by, verification_id, way)
    ip_index = vault.index(ip, sealing.IP)
    if way is Way.COUNTER_CODE:
        await _check_counter(db, files, vault, row, code, ip_index)
        phone = None
    else:
        phone = await _check_sms(db, vault, knobs, row, way, code_id, code, ip_index)
    try:
        async with db.tx() as tx:
            await proving.claim_it(tx, vault, knobs, row, way, phone)
            row = await proofs.verification(tx, row.id)
    except Moved as error:
        raise VerificationEnded from error
    except SelfHeldElsewhere as refused:
        raise await _or_joined(db, vault, knobs, by, row, phone) from refused
    settled = await _settle(db, files, vault, knobs, row, again=False)
    if isinstance(settled, Problem):
        raise settled
    async with db.tx() as tx:
        if settled is None:
            return service.pending_view(vault, clock, row)
        bound = await rows.bound(tx, settled, by.account_id)
        return service.patient_view(vault, clock, bound) if bound else service.pending_view(vault, clock, row)


async def _or_joined(
    db: Db, vault: Vault, knobs: Knobs, by: Principal, row: VerificationRow, phone: str | None
) -> SelfHeldElsewhere:
    """The refusal of who is *self* of another account, with a joining of the two where the same phone stands behind."""
    if phone is None:
        return SelfHeldElsewhere()
    try:
        async with db.tx() as tx:
            made = await service.offer_to_claimant(tx, vault, knobs, by, row, phone)
    except JoiningsUsedUp:
        return SelfHeldElsewhere()
    return SelfHeldElsewhere() if made is None else SelfHeldElsewhere(joining=str(made))


async def _check_sms(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    row: VerificationRow,
    way: Way,
    code_id: UUID | None,
    code: str,
    ip_index: bytes,
) -> str:
    if code_id is None:
        raise InvalidRequest([FieldFault("code_id", "请先获取验证码", "Please request a code first")])
    try:
        return await codes.prove(
            db,
            vault,
            knobs,
            code_id=code_id,
            digits=code,
            purpose=PURPOSE,
            subject=str(row.id),
            account_id=row.account_id,
        )
    except (CodeWrong, CodeEnded):
        async with db.tx() as tx:
            await proving.wrong_proof(tx, row, way, ip_index)
        raise


async def _check_counter(
    db: Db, files: PatientFiles, vault: Vault, row: VerificationRow, code: str, ip_index: bytes
) -> None:
    digits = "".join(unicodedata.normalize("NFKC", code).split())
    if len(digits) != _COUNTER_DIGITS or not digits.isdecimal() or row.his_patient_id is None:
        raise CounterCodeWrong
    async with db.tx() as tx:
        number = await proving.counter_number(tx, row, vault.index(digits, f"patients.counter:{row.id}"))
    try:
        await files.check_counter_code(number, row.his_patient_id, digits)
    except Refused as error:
        async with db.tx() as tx:
            await proving.wrong_proof(tx, row, Way.COUNTER_CODE, ip_index)
        raise CounterCodeWrong from error
    except NotDone as error:
        # The same code is asked under the same number next time: the HIS then gives the same answer.
        raise OutsideDown from error


async def settle_again(db: Db, files: PatientFiles, vault: Vault, knobs: Knobs, verification_id: UUID) -> None:
    """Finish a verification that was left settling by a crash or a silent HIS; quiet when it is finished."""
    async with db.tx() as tx:
        row = await proofs.verification(tx, verification_id)
    if row.state is VerificationState.SETTLING:
        await _settle(db, files, vault, knobs, row, again=True)


async def _settle(
    db: Db, files: PatientFiles, vault: Vault, knobs: Knobs, row: VerificationRow, *, again: bool
) -> UUID | Problem | None:
    """Ask the HIS and record what it said. None: not known yet, a round asks again."""
    claim = sealing.open_claim(vault, row)
    try:
        if row.outcome is Outcome.NEW_FILE:
            answer = await _open_file(files, row, claim, again=again)
        else:
            answer = await _bind_file(files, row, claim)
    except NotDone as error:
        _log.warning("a file is not confirmed yet", verification=str(row.id), outcome=type(error).__name__)
        return None
    try:
        async with db.tx() as tx:
            if isinstance(answer, Problem):
                return await proving.refuse(tx, row, answer)
            existed = row.outcome is Outcome.FILE_FOUND
            return await proving.settle(tx, vault, knobs, row, answer, existed=existed)
    except Moved:
        return None


async def _open_file(files: PatientFiles, row: VerificationRow, claim: Claim, *, again: bool) -> HospitalFile | Problem:
    """Have the file opened, never twice: what may have been opened before is looked for first."""
    if again:
        mine = await _opened_before(files, claim)
        if mine is not None:
            return mine
    try:
        return await files.create(row.request_no, claim)
    except Refused:
        # On file under another name or phone, or not acceptable: what exactly is not told.
        return await _opened_before(files, claim) or DetailsNotAccepted()
    except Unanswered:
        found = await _opened_before(files, claim)
        if found is None:
            raise
        return found


async def _opened_before(files: PatientFiles, claim: Claim) -> HospitalFile | None:
    """The file with this document and name, when it carries the phone that was just proved.

    A child without a document cannot be looked for; opening it again under the same number gives the same file.
    """
    if claim.document_number is None:
        return None
    found = await files.find(claim.document_type, claim.document_number, claim.name)
    return found if found is not None and _reachable(found.phone) == claim.phone else None


async def _bind_file(files: PatientFiles, row: VerificationRow, claim: Claim) -> HospitalFile | Problem:
    if row.his_patient_id is None:
        return FileNeedsWindow()
    try:
        if claim.card_no is not None and claim.document_number is not None:
            return await files.bind_card(row.request_no, row.his_patient_id, claim.card_no)
        return await files.get(row.his_patient_id)
    except Refused as error:
        return CardMismatch() if error.code == "card_mismatch" else FileNeedsWindow()
