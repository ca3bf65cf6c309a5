"""Rows of the booking schema."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from jiuyi.domains.booking.types.axes import AppointmentState, MdtState, Placement
from jiuyi.kit.crypto import Sealed


class Session(StrEnum):
    """The part of the day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    ALL_DAY = "all_day"


class ClinicKind(StrEnum):
    """Ordinary clinics have no named doctor; `special` is 特需."""

    ORDINARY = "ordinary"
    EXPERT = "expert"
    SPECIAL = "special"
    MDT = "mdt"


class OpenState(StrEnum):
    """Whether the hospital offers it: `removed` left the HIS's list altogether."""

    OPEN = "open"
    STOPPED = "stopped"
    REMOVED = "removed"


class VisitKind(StrEnum):
    """Why the patient comes, as the doctor's list shows it."""

    FIRST = "first"
    FOLLOW_UP = "follow_up"
    RESULTS = "results"
    MEDICINE = "medicine"


class FeeItem(msgspec.Struct, frozen=True):
    """One line of a fee, in fen."""

    code: str
    name: str
    name_en: str
    fen: int


class ClinicRow(msgspec.Struct):
    """A schedule, with what its slots add up to at the moment of reading."""

    id: UUID
    code: str
    date: date
    session: Session
    clinic_kind: ClinicKind
    department_code: str
    doctor_code: str | None
    mdt_team_code: str | None
    campus_code: str
    place: str
    place_en: str
    room: str
    fee_fen: int
    fee_items: list[FeeItem]
    state: OpenState
    stop_reason: str
    stop_reason_en: str
    releases_at: datetime | None
    note: str
    note_en: str
    remaining: int
    sellable: bool
    earliest: datetime | None
    last_end: datetime | None
    released: bool
    ended: bool


class SlotRow(msgspec.Struct):
    """A slot with what may be sold now. `reserved_now`: places that open at `reserved_until`."""

    id: UUID
    schedule_id: UUID
    code: str
    starts_at: datetime
    ends_at: datetime
    remaining: int
    reserved_now: int
    reserved_until: datetime | None
    state: OpenState
    ended: bool


class PlaceRow(msgspec.Struct):
    """A slot for selling: what a preview and a ticket need."""

    id: UUID
    schedule_id: UUID
    starts_at: datetime
    ends_at: datetime
    clinic_kind: ClinicKind
    department_code: str
    doctor_code: str | None
    mdt_team_code: str | None
    date: date


class AppointmentRow(msgspec.Struct):
    """An appointment as stored. `told_at`: when the HIS was last told to confirm it and may have heard it."""

    id: UUID
    account_id: UUID
    channel: str
    patient_id: UUID
    slot_id: UUID
    schedule_id: UUID
    date: date
    starts_at: datetime
    ends_at: datetime
    clinic_kind: ClinicKind
    department_code: str
    doctor_code: str | None
    state: AppointmentState
    placement: Placement
    leaving: AppointmentState | None
    leaving_why: str | None
    holds_place: bool
    visit_kind: VisitKind | None
    reason_sealed: Sealed | None
    mdt_application_id: UUID | None
    rebooked_from: UUID | None
    fee_fen: int | None
    fee_items: list[FeeItem] | None
    order_id: UUID | None
    lock_no: str | None
    registration_no: str | None
    sequence_no: int | None
    place: str | None
    place_en: str | None
    room: str | None
    claimed_at: datetime | None
    told_at: datetime | None
    tries: int
    refusal: str | None
    desk_reason_sealed: Sealed | None
    held_until: datetime
    cancelled_at: datetime | None
    created_at: datetime
    slot_code: str
    overdue: bool
    stale_claim: bool
    slot_stopped: bool
    now: datetime


class StepRow(msgspec.Struct):
    """One move of one axis."""

    axis: str
    source: str
    target: str
    who: str
    why: str
    at: datetime


class MdtApplicationRow(msgspec.Struct):
    """An application as stored."""

    id: UUID
    account_id: UUID
    patient_id: UUID
    team_code: str
    number: str
    summary_sealed: Sealed
    state: MdtState
    round: int
    reviewer_note_sealed: Sealed | None
    clinics_until: date | None
    created_at: datetime
    stale_claim: bool
    lapsed: bool


class MdtDocumentRow(msgspec.Struct):
    """A document of an application; its bytes are a blob."""

    id: UUID
    account_id: UUID
    application_id: UUID | None
    blob_id: UUID
    name_sealed: Sealed
    content_type: str
    size: int
    sha256: str
    sent: bool
