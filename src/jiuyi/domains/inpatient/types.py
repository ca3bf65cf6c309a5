"""Statuses, what the HIS says, rows, and what people see."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from jiuyi.domains.payments.types import EntryState, Proof, WithdrawalState, entry_graph, withdrawal_graph
from jiuyi.kit.crypto import Sealed

DEPOSIT_GRAPH = entry_graph("inpatient.deposit")
REFUND_GRAPH = withdrawal_graph("inpatient.refund")


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a stay is asked for: a patient's file, or number and name, or the code at the bed."""

    patient_id: str | None = None
    inpatient_no: str | None = None
    name: str | None = None
    bed_code: str | None = None


class Stay(msgspec.Struct, frozen=True):
    """A stay as the HIS tells it (docs/contracts/his.md §2.8). The sums are None for who is not the patient's own."""

    inpatient_no: str
    patient_id: str
    name: str
    department_name: str
    department_name_en: str
    ward: str
    ward_en: str
    bed: str
    admitted_on: date
    state: str
    deposit_open: bool
    deposit_note: str
    deposit_note_en: str
    as_of: datetime
    deposit_fen: int | None = None
    spent_fen: int | None = None
    balance_fen: int | None = None
    warning_fen: int | None = None


class DepositTelling(msgspec.Struct, frozen=True):
    """What the HIS is told to enter."""

    request_no: str
    inpatient_no: str
    payment: Proof


class DepositReceipt(msgspec.Struct, frozen=True):
    """A deposit as the HIS entered it."""

    receipt_no: str
    request_no: str
    inpatient_no: str
    order_no: str
    amount_fen: int
    entered_at: datetime


class Refundable(msgspec.Struct, frozen=True):
    """How much of a deposit the HIS gives back at this moment; the texts say why not more."""

    refundable_fen: int
    reason: str
    reason_en: str


class DepositBack(msgspec.Struct, frozen=True):
    """Money of a deposit that the HIS is asked to give back."""

    request_no: str
    receipt_no: str
    amount_fen: int
    reason: str


class DepositGone(msgspec.Struct, frozen=True):
    """What the HIS entered as given back."""

    refund_no: str
    request_no: str
    receipt_no: str
    amount_fen: int
    refunded_at: datetime


class StayKey(msgspec.Struct, frozen=True):
    """What a key says, sealed: which stay, for which account, asked how, good until when."""

    account_id: UUID
    inpatient_no: str
    question: Question
    patient_id: UUID | None
    until: datetime


class StayFacts(msgspec.Struct, frozen=True):
    """What is kept of a stay with its deposit, sealed. `name` is masked already."""

    inpatient_no: str
    name: str
    department: str
    department_en: str
    ward: str
    ward_en: str
    bed: str


class DepositRow(msgspec.Struct):
    """A deposit. `told_at`: when the HIS was last told and may have heard it; `now` is the database's."""

    id: UUID
    no: str
    account_id: UUID
    patient_id: UUID | None
    stay_sealed: Sealed
    amount_fen: int
    order_id: UUID
    state: EntryState
    refusal: str | None
    claimed_at: datetime | None
    told_at: datetime | None
    tries: int
    receipt_no: str | None
    confirmed_at: datetime | None
    created_at: datetime
    expires_at: datetime
    stale_claim: bool
    now: datetime


class RefundRow(msgspec.Struct):
    """Money of the deposit `owner_id` on its way back; `money_id` is the refund of the order that carries it.

    `reason`: what was written before reasons were sealed.
    """

    id: UUID
    no: str
    owner_id: UUID
    order_id: UUID
    amount_fen: int
    reason: str
    reason_sealed: Sealed | None
    state: WithdrawalState
    tries: int
    money_id: UUID | None
    requested_at: datetime


class DeskStay(msgspec.Struct):
    """A stay of a patient who stands at a desk, for which a deposit may be taken."""

    inpatient_no: str
    department: str
    ward: str
    bed: str
    admitted_on: date
    deposit_open: bool
    deposit_note: str
    balance_fen: int | None
    min_fen: int
    max_fen: int


class DeskDeposit(msgspec.Struct):
    """A deposit of which something may be asked back at a desk; `left_fen` was not promised back yet."""

    id: UUID
    order_id: UUID
    order_no: str
    inpatient_no: str
    ward: str
    bed: str
    amount_fen: int
    left_fen: int
    paid_at: datetime | None


class DeskRefundable(msgspec.Struct):
    """How much of a deposit may go back, asked from the HIS just now; `reason` says why not more."""

    deposit_id: UUID
    refundable_fen: int
    reason: str


class StayView(msgspec.Struct):
    """A stay that this account may pay for. `key` says which, for half an hour.

    Unless `own`, the sums, the department, the ward and the day of admission are null: a ward may be a diagnosis.
    """

    key: str
    own: bool
    name: str
    inpatient_no: str
    department: str | None
    ward: str | None
    bed: str
    admitted_on: date | None
    deposit_open: bool
    deposit_note: str
    deposit_fen: int | None
    spent_fen: int | None
    balance_fen: int | None
    warning_fen: int | None
    min_fen: int
    max_fen: int
    left_today_fen: int
    choices_fen: list[int]
    as_of: datetime


class DepositView(msgspec.Struct):
    """A deposit for who paid it.

    `state`: awaiting_payment, confirming, paid, not_paid_refunding, not_paid_refunded, closed; `state_detail` holds the
    three facts. `ward` is null for who was not bound to the patient.
    """

    id: UUID
    no: str
    name: str
    inpatient_no: str
    ward: str | None
    bed: str
    amount_fen: int
    state: str
    state_title: str
    state_detail: str
    order_id: UUID
    expires_at: datetime
    paid_at: datetime | None
    channel_name: str | None
    receipt_no: str | None
    at: datetime
