"""MDT applications: teams, documents, applying, what the team answers."""

import base64
import hashlib
from datetime import date
from typing import Any
from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.booking import errors, settings
from jiuyi.domains.booking.ports import REVIEW_NOTE
from jiuyi.domains.booking.repository import appointments
from jiuyi.domains.booking.repository import mdt as repository
from jiuyi.domains.booking.rules import files, reviewing
from jiuyi.domains.booking.service.axes import APPLICATION
from jiuyi.domains.booking.service.messages import Messages
from jiuyi.domains.booking.service.showing import Shop
from jiuyi.domains.booking.service.views import Presenter
from jiuyi.domains.booking.types import (
    MdtApplicationBody,
    MdtApplicationRow,
    MdtApplicationView,
    MdtDocumentRow,
    MdtDocumentView,
    MdtState,
    MdtTeamView,
    MemberView,
    SupplementBody,
    WantedView,
)
from jiuyi.domains.catalog import service as catalog
from jiuyi.domains.catalog.types import MdtTeam
from jiuyi.domains.patients import service as patients
from jiuyi.kit import blobs
from jiuyi.kit.clock import local
from jiuyi.kit.crypto import Keys
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.moves import move
from jiuyi.kit.problems import FieldFault, InvalidRequest, NotFound

OWNER = "booking.mdt"
SUMMARY = "booking.mdt_application.summary"
NOTE = REVIEW_NOTE
NAME = "booking.mdt_document.name"
SEND = "booking.mdt_send"
SUBJECT = "mdt_application"
MOST_SUMMARY = 2000
MOST_UPLOADS = 40
_HIS = Actor.hospital("his")
_DECISIONS = {"accepted": MdtState.ACCEPTED, "more_wanted": MdtState.MORE_WANTED, "declined": MdtState.DECLINED}
_REVIEWABLE = frozenset({MdtState.SENDING, MdtState.SUBMITTED, MdtState.MORE_WANTED})


def teams(shop: Shop, language: str) -> list[MdtTeamView]:
    """The disease teams."""
    return [_team(shop, team, language) for team in shop.directory.tree.mdt_teams.values() if team.active]


def team(shop: Shop, team_id: UUID, language: str) -> MdtTeamView:
    """One team. Raises `NotFound`."""
    found = shop.directory.tree.mdt_teams.get(team_id)
    if found is None:
        raise NotFound
    return _team(shop, found, language)


def _team(shop: Shop, found: MdtTeam, language: str) -> MdtTeamView:
    tree, show = shop.directory.tree, Presenter(shop.directory, shop.knobs, language)
    members = []
    for code in found.doctor_codes:
        doctor = tree.doctor_by_code(code)
        view = catalog.doctor_view(shop.directory, doctor) if doctor else None
        if view is not None:
            members.append(
                MemberView(
                    view.id,
                    view.name,
                    view.name_en,
                    view.title,
                    view.title_en,
                    view.department_name,
                    view.department_name_en,
                    view.portrait,
                )
            )
    return MdtTeamView(
        id=found.id,
        name=found.name,
        name_en=found.name_en,
        disease=found.disease,
        disease_en=found.disease_en,
        intro=found.intro,
        intro_en=found.intro_en,
        departments=[show.department(code) for code in found.department_codes],
        members=members,
        fee_fen=found.fee_fen,
        campus=show.campus(found.campus_code),
        documents_wanted=[WantedView(d.code, d.title, d.title_en, d.required) for d in found.documents],
    )


async def keep_document(
    tx: Tx, shop: Shop, keys: Keys, by: Principal, *, name: str, content_type: str, body: bytes
) -> MdtDocumentView:
    """Store a cleaned document, not yet part of an application. Raises `UploadsLimit`."""
    if await repository.uploads_today(tx, by.accounts) >= MOST_UPLOADS:
        raise errors.UploadsLimit
    days = shop.knobs.get(settings.MDT_KEEP_DAYS)
    blob_id = await blobs.write(tx, keys, owner=OWNER, content_type=content_type, body=body, keep_days=days)
    made, shown = new_id(), files.safe_name(name)
    row: dict[str, Any] = {
        "id": made,
        "account": by.account_id,
        "blob": blob_id,
        "name": shop.vault.seal(shown, NAME),
        "content_type": content_type,
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    await repository.insert_document(tx, row)
    return MdtDocumentView(made, shown, len(body), content_type)


async def apply(tx: Tx, shop: Shop, body: MdtApplicationBody, by: Principal) -> MdtApplicationRow:
    """Apply to a team; it is sent to the HIS when this commits.

    Raises `NotFound`, `MdtOpenAlready` and `MdtDocumentsMissing`.
    """
    patient = await patients.access_patient(tx, body.patient_id, by)
    found = shop.directory.tree.mdt_teams.get(body.team_id)
    if found is None or not found.active:
        raise NotFound
    if await repository.open_of_team(tx, patient.id, found.code) is not None:
        raise errors.MdtOpenAlready
    made, actor = new_id(), Actor.account(by.account_id)
    row = {
        "id": made,
        "account": by.account_id,
        "patient": patient.id,
        "team": found.code,
        "number": number_from("M", made),
        "summary": shop.vault.seal(_summary(body.summary), SUMMARY),
    }
    await repository.insert(tx, row, who=actor.word)
    await _attach(tx, shop, made, by, body.document_ids, already=0)
    await audit.note(tx, actor=actor, action="booking.mdt_applied", subject_kind=SUBJECT, subject=made)
    await tx.defer(SEND, application_id=str(made))
    return await repository.locked(tx, made)


async def supplement(
    tx: Tx, shop: Shop, application_id: UUID, body: SupplementBody, by: Principal
) -> MdtApplicationRow:
    """Add what the team asked for and submit again. Raises `ApplicationState` and `MdtDocumentsMissing`."""
    row = await access_application(tx, application_id, by)
    if row.state is not MdtState.MORE_WANTED:
        raise errors.ApplicationState
    if body.summary:
        await repository.set_summary(tx, row.id, shop.vault.seal(_summary(body.summary), SUMMARY))
    if body.document_ids:
        already = len(await repository.documents(tx, [row.id]))
        await _attach(tx, shop, row.id, by, body.document_ids, already=already)
    await repository.send_again(tx, row.id)
    actor = Actor.account(by.account_id)
    await move(
        tx, APPLICATION, row.id, row.state, MdtState.DRAFT, who=actor.word, why="supplemented", round=row.round + 1
    )
    await audit.note(tx, actor=actor, action="booking.mdt_supplemented", subject_kind=SUBJECT, subject=row.id)
    await tx.defer(SEND, application_id=str(row.id))
    return await repository.locked(tx, row.id)


async def withdraw(tx: Tx, application_id: UUID, by: Principal) -> MdtApplicationRow:
    """Take an application back. Raises `ApplicationState` when it has ended or its time is booked."""
    row = await access_application(tx, application_id, by)
    if row.state in {MdtState.WITHDRAWING, MdtState.WITHDRAWN}:
        return row
    target = MdtState.WITHDRAWN if row.state is MdtState.DRAFT and row.round == 1 else MdtState.WITHDRAWING
    if not APPLICATION.graph.allows(row.state, target) or await appointments.of_application(tx, row.id):
        raise errors.ApplicationState
    actor = Actor.account(by.account_id)
    await move(tx, APPLICATION, row.id, row.state, target, who=actor.word, why="withdrawn by the patient")
    await audit.note(tx, actor=actor, action="booking.mdt_withdrawn", subject_kind=SUBJECT, subject=row.id)
    if target is MdtState.WITHDRAWING:
        await tx.defer(SEND, application_id=str(row.id))
    return await repository.locked(tx, row.id)


async def reviewed(tx: Tx, messages: Messages, data: dict[str, Any]) -> None:
    """The team has answered (the HIS's event `mdt.reviewed`, its note sealed on arrival)."""
    row = await repository.by_number(tx, str(data["application_no"]))
    target = _DECISIONS.get(str(data.get("decision")))
    if row is None or target is None or row.state is target or row.state not in _REVIEWABLE:
        return
    until, note = data.get("clinics_until"), data.get("note_sealed")
    await move(
        tx,
        APPLICATION,
        row.id,
        row.state,
        target,
        who=_HIS.word,
        why="reviewed",
        reviewer_note_sealed=base64.b64decode(note) if note else None,
        clinics_until=date.fromisoformat(until) if until else None,
    )
    await audit.note(tx, actor=_HIS, action=f"booking.mdt_{target.value}", subject_kind=SUBJECT, subject=row.id)
    zh, en = reviewing.texts(target, "zh"), reviewing.texts(target, "en")
    await messages.reviewed(tx, row, (zh[0], en[0]), (zh[1], en[1]))


async def access_application(tx: Tx, application_id: UUID, by: Principal) -> MdtApplicationRow:
    """The one door from an id in a request to an application: the account that made it, while bound to its patient.

    Raises `NotFound`.
    """
    row = await repository.application(tx, application_id)
    if row is None or not by.owns(row.account_id):
        raise NotFound
    await patients.access_patient(tx, row.patient_id, by)
    return await repository.locked(tx, application_id)


async def of_account(tx: Tx, by: Principal) -> list[MdtApplicationRow]:
    """The account's applications for patients that it is still bound to, the newest first."""
    bound = {patient.id for patient in await patients.bound_patients(tx, by)}
    return [row for row in await repository.of_accounts(tx, by.accounts) if row.patient_id in bound]


async def views(tx: Tx, shop: Shop, rows: list[MdtApplicationRow], language: str) -> list[MdtApplicationView]:
    """Applications as their owner sees them."""
    people = await shop.people.briefs(tx, [row.patient_id for row in rows])
    documents: dict[UUID, list[MdtDocumentRow]] = {}
    for document in await repository.documents(tx, [row.id for row in rows]) if rows else ():
        if document.application_id is not None:
            documents.setdefault(document.application_id, []).append(document)
    found = []
    for row in rows:
        known = shop.directory.tree.mdt_team_by_code(row.team_code)
        if known is None:
            continue
        title, detail = reviewing.texts(row.state, language)
        found.append(
            MdtApplicationView(
                id=row.id,
                number=row.number,
                team=_team(shop, known, language),
                patient=people[row.patient_id],
                summary=shop.vault.open(row.summary_sealed, SUMMARY),
                documents=[
                    MdtDocumentView(d.id, shop.vault.open(d.name_sealed, NAME), d.size, d.content_type)
                    for d in documents.get(row.id, ())
                ],
                state=reviewing.shown(row.state),
                state_title=title,
                state_detail=detail,
                reviewer_note=shop.vault.open(row.reviewer_note_sealed, NOTE) if row.reviewer_note_sealed else None,
                created_at=local(row.created_at),
                appointment_id=await appointments.of_application(tx, row.id),
                clinics_until=row.clinics_until,
            )
        )
    return found


def _summary(text: str) -> str:
    cut = text.strip()
    if not cut or len(cut) > MOST_SUMMARY:
        zh, en = (
            f"请填写病情摘要，最多 {MOST_SUMMARY} 字",
            f"Please enter a summary of at most {MOST_SUMMARY} characters",
        )
        raise InvalidRequest([FieldFault("summary", zh, en)])
    return cut


async def _attach(tx: Tx, shop: Shop, application_id: UUID, by: Principal, ids: list[UUID], *, already: int) -> None:
    most, wanted = shop.knobs.get(settings.MDT_DOCUMENTS_MAX), list(dict.fromkeys(ids))
    if not 1 <= len(wanted) + already <= most:
        raise errors.MdtDocumentsMissing(most=most)
    if await repository.attach(tx, application_id, by.accounts, wanted) != len(wanted):
        raise errors.MdtDocumentsMissing(most=most)
