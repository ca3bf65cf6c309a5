"""What pages get and send (JSON, snake_case, fen, RFC 3339 with +08:00)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from jiuyi.domains.booking.types.rows import ClinicKind, Session, VisitKind
from jiuyi.domains.catalog.types import DoctorView

MOST_TICKET = 1024
"""A ticket's characters at most: its seal and two masked texts take about a hundred."""


class ClinicState(StrEnum):
    """What a clinic reads as."""

    AVAILABLE = "available"
    FULL = "full"
    STOPPED = "stopped"
    RELEASED_LATER = "released_later"
    ENDED = "ended"


class DateState(StrEnum):
    """What a day of the date strip reads as: 有, 满, 停, 无."""

    AVAILABLE = "available"
    FULL = "full"
    STOPPED = "stopped"
    NONE = "none"


class SlotState(StrEnum):
    """What a half hour reads as. `reserved`: the rest opens at `releases_at`."""

    AVAILABLE = "available"
    FEW = "few"
    FULL = "full"
    RESERVED = "reserved"
    ENDED = "ended"
    STOPPED = "stopped"


class DepartmentBrief(msgspec.Struct, frozen=True):
    """A department's name."""

    id: UUID
    name: str
    name_en: str


class CampusBrief(msgspec.Struct, frozen=True):
    """A campus's name."""

    id: UUID
    name: str
    name_en: str


class ClinicView(msgspec.Struct):
    """A clinic: who sees patients where and when, and whether there are places."""

    id: UUID
    date: date
    session: Session
    clinic_kind: ClinicKind
    doctor: DoctorView | None
    department: DepartmentBrief
    campus: CampusBrief
    place: str
    place_en: str
    room: str
    fee_fen: int
    remaining: int
    earliest: str | None
    state: ClinicState
    stop_reason: str | None
    releases_at: datetime | None
    note: str
    mdt_team_id: UUID | None = None


class ClinicDate(msgspec.Struct, frozen=True):
    """One day of the date strip; `weekday` 1 = Monday."""

    date: date
    weekday: int
    state: DateState


class Release(msgspec.Struct, frozen=True):
    """When more places come."""

    at: datetime


class Clinics(msgspec.Struct):
    """A day's clinics with the strip of days around it."""

    dates: list[ClinicDate]
    release_note: Release | None
    items: list[ClinicView]


class ClinicList(msgspec.Struct):
    """Clinics of the whole window."""

    items: list[ClinicView]


class SlotView(msgspec.Struct):
    """Half an hour of a clinic; `start` and `end` are hospital time."""

    id: UUID
    start: str
    end: str
    starts_at: datetime
    remaining: int
    state: SlotState
    releases_at: datetime | None


class RuleText(msgspec.Struct, frozen=True):
    """A rule given before the choice."""

    kind: str
    title: str
    text: str


class SlotList(msgspec.Struct):
    """A clinic's half hours."""

    clinic: ClinicView
    items: list[SlotView]
    rules: list[RuleText]


class PatientBrief(msgspec.Struct, frozen=True):
    """Whose it is: masked."""

    id: UUID
    name: str
    card_no: str | None


class FeeView(msgspec.Struct, frozen=True):
    """One line of a fee."""

    name: str
    name_en: str
    fen: int


class TextBlock(msgspec.Struct, frozen=True):
    """A warning or a refusal found already."""

    code: str
    title: str
    detail: str


class AgreementText(msgspec.Struct, frozen=True):
    """What the patient agrees to."""

    id: str
    title: str
    text: str


class Insurance(msgspec.Struct, frozen=True):
    """Who pays. `kind`: `choice`, or `self_pay` where no insurance covers this kind of clinic."""

    kind: str
    note: str


class PreviewBody(msgspec.Struct, forbid_unknown_fields=True):
    """What a confirm page asks for."""

    slot_id: UUID
    patient_id: UUID
    mdt_application_id: UUID | None = None


class PreviewView(msgspec.Struct):
    """Everything a confirm page shows. `ticket` is None when there are blocks."""

    ticket: str | None
    ticket_expires_at: datetime | None
    clinic: ClinicView
    slot: SlotView
    patient: PatientBrief
    fee_fen: int
    fee_items: list[FeeView]
    insurance: Insurance
    cancel_deadline: datetime
    agreements: list[AgreementText]
    warnings: list[TextBlock]
    blocks: list[TextBlock]


class HoldBody(msgspec.Struct, forbid_unknown_fields=True):
    """The request for a place."""

    slot_id: UUID
    patient_id: UUID
    ticket: Annotated[str, msgspec.Meta(max_length=MOST_TICKET)]
    agreements: list[str]
    reason: str | None = None
    visit_kind: VisitKind | None = None
    mdt_application_id: UUID | None = None


class CancelBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why a patient cancels."""

    reason: Literal["time", "better", "other"] | None = None


class RebookBody(msgspec.Struct, forbid_unknown_fields=True):
    """The offered slot that is taken."""

    slot_id: UUID


class TimelineEntry(msgspec.Struct, frozen=True):
    """One line of an appointment's story."""

    at: datetime
    code: str
    title: str
    by: str


class RefundView(msgspec.Struct, frozen=True):
    """Money on its way back."""

    no: str
    amount_fen: int
    route: str
    route_en: str
    requested_at: datetime
    completed_at: datetime | None
    expected: str


class OfferView(msgspec.Struct):
    """A place kept for somebody whose clinic was stopped."""

    slot: SlotView
    clinic: ClinicView


class AppointmentView(msgspec.Struct):
    """An appointment as its owner sees it. `insurance_fen`: what of the payment is an insurance's."""

    id: UUID
    number: str
    state: str
    state_title: str
    state_detail: str
    patient: PatientBrief
    clinic: ClinicView | msgspec.Raw
    slot: SlotView | msgspec.Raw
    visit_kind: VisitKind | None
    reason: str | None
    sequence_no: int | None
    place: str
    place_en: str
    room: str
    fee_fen: int
    order_id: UUID | None
    pay_state: str
    paid_fen: int
    insurance_fen: int
    refunded_fen: int
    held_until: datetime | None
    check_in_from: datetime | None
    check_in_to: datetime | None
    cancel_deadline: datetime
    can_cancel: bool
    cancel_blocked_reason: str | None
    created_at: datetime
    timeline: list[TimelineEntry]
    refund: RefundView | None
    offers: list[OfferView]
    mdt_application_id: UUID | None = None


class MdtDocumentView(msgspec.Struct):
    """A document that was uploaded."""

    id: UUID
    name: str
    size: int
    content_type: str


class DeskAppointment(msgspec.Struct):
    """An appointment for whoever stands at a desk. `refused`: why the HIS did not let go of it when it was asked.

    `settled`: nothing is under way; state, title and detail are those that the patient reads.
    """

    id: UUID
    number: str
    department: str
    doctor: str
    starts_at: datetime
    fee_fen: int
    paid_fen: int
    refunded_fen: int
    order_id: UUID | None
    state: str
    state_title: str
    state_detail: str
    can_cancel: bool
    refused: str | None
    settled: bool


class WantedView(msgspec.Struct, frozen=True):
    """A document that a team asks for."""

    code: str
    title: str
    title_en: str
    required: bool


class MemberView(msgspec.Struct, frozen=True):
    """A member of a team."""

    id: UUID
    name: str
    name_en: str
    title: str
    title_en: str
    department_name: str
    department_name_en: str
    portrait: str


class MdtTeamView(msgspec.Struct):
    """A disease team."""

    id: UUID
    name: str
    name_en: str
    disease: str
    disease_en: str
    intro: str
    intro_en: str
    departments: list[DepartmentBrief]
    members: list[MemberView]
    fee_fen: int
    campus: CampusBrief
    documents_wanted: list[WantedView]


class MdtApplicationBody(msgspec.Struct, forbid_unknown_fields=True):
    """An application to a team."""

    team_id: UUID
    patient_id: UUID
    summary: str
    document_ids: list[UUID]
    agreements: list[str] = []


class SupplementBody(msgspec.Struct, forbid_unknown_fields=True):
    """What a reviewer asked for in addition."""

    summary: str | None = None
    document_ids: list[UUID] = []


class MdtApplicationView(msgspec.Struct):
    """An application as its owner sees it."""

    id: UUID
    number: str
    team: MdtTeamView
    patient: PatientBrief
    summary: str
    documents: list[MdtDocumentView]
    state: str
    state_title: str
    state_detail: str
    reviewer_note: str | None
    created_at: datetime
    appointment_id: UUID | None
    clinics_until: date | None
