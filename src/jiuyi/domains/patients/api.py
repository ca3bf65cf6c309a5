"""Routes: the account's patients, verifications, who is bound, the card."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, post

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.codes import flows as codes
from jiuyi.domains.codes.ports import SmsSender
from jiuyi.domains.codes.types import CodeView
from jiuyi.domains.patients import flows, service
from jiuyi.domains.patients.ports import PatientFiles
from jiuyi.domains.patients.rules import FormIn
from jiuyi.domains.patients.service import joining
from jiuyi.domains.patients.service.joining import JoinedView, JoiningOffer, JoiningView
from jiuyi.domains.patients.types import (
    AccessView,
    BindingsView,
    CardView,
    PatientView,
    Relation,
    VerificationView,
    Way,
)
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import PATIENT, Given, WebAddress, language
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.pages import Items
from jiuyi.kit.problems import Problem

_JOINING = "account_joining"


class PatientIn(msgspec.Struct, forbid_unknown_fields=True):
    """What may be changed about a patient."""

    is_default: bool = False
    relation: Relation | None = None


class CodeIn(msgspec.Struct, forbid_unknown_fields=True):
    """The way by which a code is wanted."""

    way: Way


class ProofIn(msgspec.Struct, forbid_unknown_fields=True):
    """A code as typed; `code_id` for SMS."""

    way: Way
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    code_id: UUID | None = None


@get("/api/patients", **PATIENT)
async def list_patients(tx: Tx, vault: Vault, clock: Clock, principal: Principal) -> Items[PatientView]:
    """The account's patients, the default one first."""
    return Items(await service.patients_page(tx, vault, clock, principal))


@get("/api/patients/{patient_id:uuid}", **PATIENT)
async def read_patient(tx: Tx, vault: Vault, clock: Clock, principal: Principal, patient_id: UUID) -> PatientView:
    """One patient."""
    return await service.patient_page(tx, vault, clock, principal, patient_id)


@patch("/api/patients/{patient_id:uuid}", **PATIENT)
async def change_patient(
    tx: Tx, vault: Vault, clock: Clock, principal: Principal, patient_id: UUID, data: PatientIn
) -> PatientView:
    """Make the patient the default, or correct the relation."""
    changed = await service.change_patient(
        tx, clock, principal, patient_id, make_default=data.is_default, relation=data.relation
    )
    return service.patient_view(vault, clock, changed)


@post("/api/patients/{patient_id:uuid}", **PATIENT, status_code=200)
async def change_patient_by_post(
    tx: Tx, vault: Vault, clock: Clock, principal: Principal, patient_id: UUID, data: PatientIn
) -> PatientView:
    """The same as PATCH, for mini programs: their containers do not speak it."""
    changed = await service.change_patient(
        tx, clock, principal, patient_id, make_default=data.is_default, relation=data.relation
    )
    return service.patient_view(vault, clock, changed)


@delete("/api/patients/{patient_id:uuid}", **PATIENT, status_code=204)
async def unbind(tx: Tx, principal: Principal, patient_id: UUID) -> None:
    """Give a patient up."""
    await service.unbind(tx, principal, patient_id)


@post("/api/patients/verifications", **PATIENT, status_code=201)
async def verify(
    db: Db,
    patient_files: Given[PatientFiles],
    vault: Vault,
    knobs: Knobs,
    clock: Clock,
    principal: Principal,
    web: WebAddress,
    request: Request[Any, Any, Any],
    data: FormIn,
) -> VerificationView:
    """Look a file up, or prepare a new one; answers with the ways to prove control."""
    ip = web.client_ip(request)
    return await flows.verify(db, patient_files, vault, knobs, clock, by=principal, form=data, ip=ip)


@post("/api/patients/verifications/{verification_id:uuid}/code", **PATIENT, status_code=200)
async def send_code(
    db: Db,
    sms: Given[SmsSender],
    vault: Vault,
    knobs: Knobs,
    principal: Principal,
    web: WebAddress,
    request: Request[Any, Any, Any],
    verification_id: UUID,
    data: CodeIn,
) -> CodeView:
    """Send an SMS code."""
    return await flows.send_code(
        db,
        sms,
        vault,
        knobs,
        by=principal,
        verification_id=verification_id,
        way=data.way,
        ip=web.client_ip(request),
        language=language(request),
    )


@post("/api/patients/verifications/{verification_id:uuid}/proof", **PATIENT, status_code=201)
async def prove(
    db: Db,
    patient_files: Given[PatientFiles],
    vault: Vault,
    knobs: Knobs,
    clock: Clock,
    principal: Principal,
    web: WebAddress,
    request: Request[Any, Any, Any],
    verification_id: UUID,
    data: ProofIn,
) -> PatientView:
    """Prove control: the file is bound or opened."""
    return await flows.prove(
        db,
        patient_files,
        vault,
        knobs,
        clock,
        by=principal,
        verification_id=verification_id,
        way=data.way,
        code_id=data.code_id,
        code=data.code,
        ip=web.client_ip(request),
    )


@get("/api/patients/{patient_id:uuid}/bindings", **PATIENT)
async def list_bindings(
    tx: Tx,
    vault: Vault,
    knobs: Knobs,
    clock: Clock,
    principal: Principal,
    request: Request[Any, Any, Any],
    patient_id: UUID,
) -> BindingsView:
    """Who is bound to the patient."""
    return await service.bindings_view(tx, vault, knobs, clock, principal, patient_id, language(request))


@post("/api/patients/{patient_id:uuid}/bindings/{binding_id:uuid}/confirm", **PATIENT, status_code=204)
async def confirm_binding(tx: Tx, clock: Clock, principal: Principal, patient_id: UUID, binding_id: UUID) -> None:
    """Say that this binding is known."""
    await service.confirm(tx, clock, principal, patient_id, binding_id)


@delete("/api/patients/{patient_id:uuid}/bindings/{binding_id:uuid}", **PATIENT, status_code=204)
async def revoke_binding(tx: Tx, clock: Clock, principal: Principal, patient_id: UUID, binding_id: UUID) -> None:
    """End a binding at once."""
    await service.revoke(tx, clock, principal, patient_id, binding_id)


@get("/api/patients/{patient_id:uuid}/accesses", **PATIENT)
async def list_accesses(
    tx: Tx, vault: Vault, clock: Clock, principal: Principal, request: Request[Any, Any, Any], patient_id: UUID
) -> Items[AccessView]:
    """Who looked at the patient's data."""
    return Items(await service.accesses(tx, vault, clock, principal, patient_id, language(request)))


@get("/api/patients/{patient_id:uuid}/card", **PATIENT)
async def show_card(tx: Tx, vault: Vault, principal: Principal, patient_id: UUID) -> Response[CardView]:
    """The clear card number, to be scanned."""
    shown = await service.card(tx, vault, principal, patient_id)
    return Response(shown, headers={"cache-control": "no-store", "pragma": "no-cache"})


class JoiningPhoneIn(msgspec.Struct, forbid_unknown_fields=True):
    """The mobile number that both accounts have verified, as typed."""

    phone: Annotated[str, msgspec.Meta(min_length=6, max_length=24)]


class JoiningProofIn(msgspec.Struct, forbid_unknown_fields=True):
    """A code as typed."""

    code_id: UUID
    code: Annotated[str, msgspec.Meta(min_length=4, max_length=8)]


class JoiningDocumentIn(msgspec.Struct, forbid_unknown_fields=True):
    """The document of a patient of the other account, as typed."""

    document_number: Annotated[str, msgspec.Meta(min_length=4, max_length=40)]


class JoiningConsentIn(msgspec.Struct, forbid_unknown_fields=True):
    """What the person has read and agreed to."""

    consent: Literal["account_joining@1"]


@post("/api/account/joinings/code", **PATIENT, status_code=200)
async def send_joining_code(
    db: Db,
    sms: Given[SmsSender],
    vault: Vault,
    knobs: Knobs,
    principal: Principal,
    web: WebAddress,
    request: Request[Any, Any, Any],
    data: JoiningPhoneIn,
) -> CodeView:
    """Send a code to a number, whether or not another account has it."""
    return await codes.send(
        db,
        sms,
        vault,
        knobs,
        purpose=_JOINING,
        subject=str(principal.account_id),
        phone=data.phone,
        account_id=principal.account_id,
        joined=principal.joined,
        ip=web.client_ip(request),
        language=language(request),
    )


@post("/api/account/joinings", **PATIENT, status_code=201)
async def begin_joining(db: Db, vault: Vault, knobs: Knobs, principal: Principal, data: JoiningProofIn) -> JoiningView:
    """Prove the number; nothing of another account is told."""
    number = await codes.prove(
        db,
        vault,
        knobs,
        code_id=data.code_id,
        digits=data.code,
        purpose=_JOINING,
        subject=str(principal.account_id),
        account_id=principal.account_id,
    )
    async with db.tx() as tx:
        return await joining.begin(tx, vault, knobs, principal, number)


@post("/api/account/joinings/{joining_id:uuid}/document", **PATIENT, status_code=200)
async def name_document(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    clock: Clock,
    principal: Principal,
    request: Request[Any, Any, Any],
    joining_id: UUID,
    data: JoiningDocumentIn,
) -> JoiningOffer:
    """Find the account by a document of its patients; answers with what both will see."""
    async with db.tx() as tx:
        found = await joining.find(
            tx, vault, knobs, clock, principal, joining_id, data.document_number, language(request)
        )
    if isinstance(found, Problem):
        raise found
    return found


@get("/api/account/joinings/{joining_id:uuid}", **PATIENT)
async def show_joining(
    tx: Tx, vault: Vault, knobs: Knobs, principal: Principal, request: Request[Any, Any, Any], joining_id: UUID
) -> JoiningOffer:
    """What both accounts will see together."""
    return await joining.offer(tx, vault, knobs, principal, joining_id, language(request))


@post("/api/account/joinings/{joining_id:uuid}/consent", **PATIENT, status_code=200)
async def consent_to_joining(
    tx: Tx, vault: Vault, knobs: Knobs, principal: Principal, joining_id: UUID, data: JoiningConsentIn
) -> JoinedView:
    """Make the two accounts one; whoever asked signs in anew."""
    del data
    return await joining.consent(tx, vault, knobs, principal, joining_id)


ROUTES = [
    list_patients,
    read_patient,
    change_patient,
    change_patient_by_post,
    unbind,
    verify,
    send_code,
    prove,
    list_bindings,
    confirm_binding,
    revoke_binding,
    list_accesses,
    show_card,
    send_joining_code,
    begin_joining,
    name_document,
    show_joining,
    consent_to_joining,
]
