"""Patients, bindings and verifications, as rows and as views."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from jiuyi.domains.accounts.types import Channel
from jiuyi.kit.crypto import Sealed
from jiuyi.kit.states import Transitions

ADULT_AGE = 18
"""Civil Code of the PRC, art. 17: not a setting."""
GUARDIAN_CONSENT_BELOW = 14
"""PIPL art. 31: personal information of children under 14 needs a guardian's consent. Not a setting."""


class DocumentType(StrEnum):
    """`residence_permit`: HK, Macao and Taiwan residents' permit (81, 82, 83). `none_child`: a child without papers."""

    MAINLAND_ID = "mainland_id"
    RESIDENCE_PERMIT = "residence_permit"
    HK_MACAO_PERMIT = "hk_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    PASSPORT = "passport"
    NONE_CHILD = "none_child"


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


class Relation(StrEnum):
    """What the patient is to the account's owner."""

    SELF = "self"
    PARENT = "parent"
    CHILD = "child"
    SPOUSE = "spouse"
    OTHER = "other"


class Way(StrEnum):
    """How control of a file is proved."""

    SMS_ON_FILE = "sms_on_file"
    SMS_NEW_PHONE = "sms_new_phone"
    COUNTER_CODE = "counter_code"


class Outcome(StrEnum):
    """What the HIS said about a claimed identity."""

    FILE_FOUND = "file_found"
    NEW_FILE = "new_file"


class VerificationState(StrEnum):
    """`settling`: proved, and the HIS is being asked (or did not answer yet)."""

    OPEN = "open"
    SETTLING = "settling"
    DONE = "done"
    REFUSED = "refused"


VERIFICATION = Transitions(
    "patients.verification",
    VerificationState,
    VerificationState.OPEN,
    {
        VerificationState.OPEN: [VerificationState.SETTLING],
        VerificationState.SETTLING: [VerificationState.DONE, VerificationState.REFUSED],
        VerificationState.DONE: [],
        VerificationState.REFUSED: [],
    },
)


class PatientState(StrEnum):
    """`pending`: proved here, but the HIS has not confirmed the file yet."""

    ACTIVE = "active"
    PENDING = "pending"


# ---- Identities as claimed and as filed ---------------------------------------------------------


class Guardian(msgspec.Struct, frozen=True):
    """Who answers for a minor; everything in clear, so it lives only inside a call or a sealed column."""

    name: str
    document_type: DocumentType
    document_number: str
    phone: str
    relation: str


class Claim(msgspec.Struct, frozen=True):
    """Whom somebody says a patient is, checked and normalised. In clear: it is stored only sealed."""

    document_type: DocumentType
    document_number: str | None
    name: str
    relation: Relation
    phone: str
    sex: Sex | None
    birth_date: date | None
    card_no: str | None
    guardian: Guardian | None = None


class HospitalFile(msgspec.Struct, frozen=True):
    """A patient file as the HIS has it (contracts/his.md §2.3), in clear."""

    patient_id: str
    card_no: str
    name: str
    sex: Sex
    birth_date: date
    document_type: DocumentType
    document_number: str | None
    phone: str
    guardian: Guardian | None
    deceased: bool


# ---- Rows ---------------------------------------------------------------------------------------


class FileRow(msgspec.Struct, frozen=True):
    """A patient apart from any binding. Never leaves the server."""

    id: UUID
    his_patient_id: str
    name_sealed: Sealed
    card_sealed: Sealed


class DeskFileRow(msgspec.Struct, frozen=True):
    """A patient as a desk finds it by card or document. Never leaves the server."""

    id: UUID
    his_patient_id: str
    document_type: DocumentType
    document_sealed: Sealed | None
    name_sealed: Sealed
    card_sealed: Sealed
    sex: Sex
    birth_date: date
    deceased: bool


class DeskFile(msgspec.Struct, frozen=True):
    """Who a patient is, in clear, for a desk's call to the HIS. Never stored, logged or answered."""

    his_patient_id: str
    name: str
    document_type: DocumentType
    document_number: str | None


class HolderRow(msgspec.Struct, frozen=True):
    """An account bound to a patient."""

    account_id: UUID
    binding_id: UUID
    channel: Channel


class DeskPatientView(msgspec.Struct, frozen=True):
    """A patient as a desk shows it: masked."""

    id: UUID
    name: str
    sex: Sex
    age: int
    card_no: str
    document_type: DocumentType
    document_number: str


class OnFile(msgspec.Struct, frozen=True):
    """A patient for another domain's work: the HIS's number for its calls, name and card masked for pages."""

    id: UUID
    his_patient_id: str
    name: str
    card_no: str


class BoundPatient(msgspec.Struct, frozen=True):
    """A patient as one account may use it: what `access_patient` gives. Never leaves the server."""

    id: UUID
    his_patient_id: str
    document_type: DocumentType
    document_sealed: Sealed | None
    name_sealed: Sealed
    phone_sealed: Sealed
    card_sealed: Sealed
    guardian_sealed: Sealed | None
    sex: Sex
    birth_date: date
    deceased: bool
    refreshed_at: datetime
    binding_id: UUID
    account_id: UUID
    relation: Relation
    way: Way
    is_default: bool
    bound_at: datetime
    reports_open_at: datetime
    reports_open: bool


class NameRow(msgspec.Struct, frozen=True):
    id: UUID
    name_sealed: Sealed


class BindingRow(msgspec.Struct, frozen=True):
    id: UUID
    patient_id: UUID
    account_id: UUID
    channel: Channel
    relation: Relation
    way: Way
    bound_at: datetime
    confirmed: bool
    last_seen_at: datetime | None
    appointments_seen: int
    reports_seen: int


class VerificationRow(msgspec.Struct, frozen=True):
    """`patient_id` is the id that a new patient will get; `phone_sealed` is where an SMS code goes."""

    id: UUID
    account_id: UUID
    channel: Channel
    patient_id: UUID
    document_type: DocumentType
    document_index: bytes
    claim_sealed: Sealed
    outcome: Outcome
    his_patient_id: str | None
    phone_sealed: Sealed | None
    state: VerificationState
    way: Way | None
    request_no: str
    counter_request_no: str | None
    counter_digest: bytes | None
    consents: list[str]
    created_at: datetime
    expires_at: datetime
    expired: bool


class AccessRow(msgspec.Struct, frozen=True):
    account_id: UUID
    channel: Channel
    relation: Relation
    what: str
    at: datetime
    count: int


# ---- Views --------------------------------------------------------------------------------------


class PatientView(msgspec.Struct, frozen=True):
    """A patient as pages show it: masked."""

    id: UUID
    name: str
    document_type: DocumentType
    document_number: str
    sex: Sex
    birth_date: date | None
    age: int | None
    phone: str
    card_no: str | None
    relation: Relation
    is_default: bool
    is_minor: bool
    guardian_name: str | None
    has_file: bool
    bound_at: datetime
    reports_open_at: datetime | None
    state: PatientState


class WayView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A way to prove control; `phone` is masked and absent for the counter code."""

    way: Way
    phone: str | None = None


class VerificationView(msgspec.Struct, frozen=True):
    id: UUID
    outcome: Outcome
    name: str
    document_number: str
    ways: list[WayView]
    expires_at: datetime


class Seen(msgspec.Struct, frozen=True):
    """How often an account opened a patient's appointments and reports."""

    appointments: int
    reports: int


class BindingView(msgspec.Struct, frozen=True):
    id: UUID
    account_label: str
    channel: Channel
    is_me: bool
    relation: Relation
    way: Way
    phone: str | None
    bound_at: datetime
    confirmed: bool
    last_seen_at: datetime | None
    seen: Seen


class BindingsView(msgspec.Struct, frozen=True):
    items: list[BindingView]
    notify_on_binding: bool
    require_consent: bool


class AccessView(msgspec.Struct, frozen=True):
    """`what`: a word of ours (`card`, `appointments`, `reports`, `records`)."""

    at: datetime
    who: str
    relation: Relation
    is_me: bool
    what: str
    count: int


class CardView(msgspec.Struct, frozen=True):
    """The clear card number, shown to be scanned at the hospital."""

    card_no: str
    qr: str
    name: str
    refreshed_at: datetime


class NewBinding(msgspec.Struct, frozen=True):
    """Whom to tell about a new binding: the accounts bound before and the phone on file (clear, for sending only)."""

    patient_id: UUID
    patient_name: str
    account_label: str
    channel: Channel
    bound_at: datetime
    accounts: list[UUID]
    phone: str


class Limits(msgspec.Struct, frozen=True):
    """What pages say before somebody tries: patients on one account (oneself and dependants), adds in 30 days."""

    patients_max: int
    adds_per_30_days: int
