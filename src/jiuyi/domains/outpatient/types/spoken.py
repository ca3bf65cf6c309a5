"""What the HIS says and is told (docs/contracts/his.md §2.7)."""

from datetime import date, datetime

import msgspec

from jiuyi.domains.payments.types import Proof


class FeeLine(msgspec.Struct, frozen=True):
    """One item. `quantity`, `price` (yuan) and `self_pay_ratio` are decimal texts; only `amount_fen` is money."""

    line_no: str
    code: str
    name: str
    name_en: str
    category: str
    spec: str
    unit: str
    quantity: str
    price: str
    amount_fen: int
    med_list_code: str
    insurance_class: str
    self_pay_ratio: str


class FeeLock(msgspec.Struct, frozen=True):
    """Why a bill cannot be paid here now; the texts are the hospital's own, shown to the patient."""

    reason: str
    text: str
    text_en: str


class FeeBill(msgspec.Struct, frozen=True):
    """A bill: `state` is unpaid, locked, paid or void; `insurance`: an insurance may settle it."""

    bill_no: str
    kind: str
    title: str
    title_en: str
    summary: str
    summary_en: str
    line_count: int
    amount_fen: int
    opened_at: datetime
    valid_until: datetime
    state: str
    insurance: bool
    lock: FeeLock | None = None
    lines: list[FeeLine] = []


class Diagnosis(msgspec.Struct, frozen=True):
    """A diagnosis of the visit, as a settlement asks for it."""

    code: str
    name: str
    main: bool


class FeeVisit(msgspec.Struct, frozen=True):
    """A visit with its bills; `kind`, the disease, diagnoses and national codes are what a settlement asks for."""

    visit_no: str
    patient_id: str
    date: date
    opened_at: datetime
    kind: str
    department_code: str
    department_name: str
    department_name_en: str
    department_national_code: str
    campus_code: str
    diagnoses: list[Diagnosis]
    note: str
    note_en: str
    bills: list[FeeBill]
    registration_no: str | None = None
    disease_code: str | None = None
    disease_name: str | None = None
    doctor_code: str | None = None
    doctor_name: str | None = None
    doctor_name_en: str | None = None
    doctor_national_code: str | None = None


class Visits(msgspec.Struct, frozen=True):
    """What a patient has to pay, at the moment `as_of`."""

    visits: list[FeeVisit]
    as_of: datetime


class LineKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line by its two numbers."""

    bill_no: str
    line_no: str


class InsuredPart(msgspec.Struct, frozen=True):
    """What an insurance settled."""

    payer: str
    settlement_no: str
    pooled_fen: int
    personal_account_fen: int
    other_fen: int


class ConfirmAsk(msgspec.Struct, frozen=True):
    """All that the HIS needs to enter a payment. `lines` are (bill, line, fen); `payment` is the patient's own part."""

    request_no: str
    his_patient_id: str
    visit_no: str
    order_no: str
    lines: list[tuple[str, str, int]]
    amount_fen: int
    payment: Proof | None
    insurance: InsuredPart | None = None


class GuideStep(msgspec.Struct, frozen=True):
    """Where to go next, as the hospital says. `state`: go, ticket_there, preparing, done."""

    kind: str
    title: str
    title_en: str
    place: str
    place_en: str
    state: str
    note: str
    note_en: str
    ticket: str | None = None
    pickup_code: str | None = None
    ahead: int | None = None
    minutes_low: int | None = None
    minutes_high: int | None = None


class Receipt(msgspec.Struct, frozen=True):
    """A payment as the HIS entered it."""

    receipt_no: str
    request_no: str
    visit_no: str
    order_no: str
    state: str
    amount_fen: int
    refunded_fen: int
    confirmed_at: datetime
    guide: list[GuideStep]
    minutes: int | None = None


class LineState(msgspec.Struct, frozen=True):
    """Whether a line may be refunded at this moment."""

    bill_no: str
    line_no: str
    amount_fen: int
    refundable: bool
    reason: str
    reason_en: str


class RefundAsk(msgspec.Struct, frozen=True):
    """Lines that the HIS is asked to take back."""

    request_no: str
    receipt_no: str
    lines: list[LineKey]
    amount_fen: int
    reason: str


class FeeRefund(msgspec.Struct, frozen=True):
    """Lines that the HIS took back."""

    refund_no: str
    request_no: str
    receipt_no: str
    amount_fen: int
    refunded_at: datetime
