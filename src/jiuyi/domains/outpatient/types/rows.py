"""Rows as the program reads them."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from jiuyi.domains.payments.types import EntryState, WithdrawalState
from jiuyi.kit.crypto import Sealed


class CheckoutRow(msgspec.Struct):
    """A checkout. `stale_claim`: a call was begun long ago and nothing was recorded; `now` is the database's.

    `told_at`: when the HIS was last told and may have heard it.
    """

    id: UUID
    no: str
    account_id: UUID
    patient_id: UUID
    idempotency_key: str
    visit_no: str
    visit_date: date
    department: str
    department_en: str
    doctor: str
    doctor_en: str
    campus_code: str
    total_fen: int
    order_id: UUID
    state: EntryState
    refusal: str | None
    claimed_at: datetime | None
    told_at: datetime | None
    tries: int
    receipt_no: str | None
    guide_sealed: Sealed | None
    minutes: int | None
    confirmed_at: datetime | None
    created_at: datetime
    expires_at: datetime
    stale_claim: bool
    now: datetime


class LineRow(msgspec.Struct):
    """A line of a checkout; what it is, is sealed (it says what the patient suffers from)."""

    checkout_id: UUID
    bill_no: str
    line_no: str
    kind: str
    amount_fen: int
    facts_sealed: Sealed
    refund_id: UUID | None


class LineFacts(msgspec.Struct, frozen=True):
    """What is sealed of a line."""

    bill_title: str
    bill_title_en: str
    name: str
    name_en: str
    spec: str
    unit: str
    quantity: str
    price: str
    category: str
    insurance_class: str
    self_pay_ratio: str
    insurance: bool = True
    """Whether the hospital lets an insurance settle its bill."""


class RefundRow(msgspec.Struct):
    """A refund of lines of the checkout `owner_id`; `money_id` is the refund of the order that carries its money.

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
    refusal: str | None
    tries: int
    his_refund_no: str | None
    money_id: UUID | None
    requested_at: datetime
    done_at: datetime | None


class WaitingRow(msgspec.Struct, frozen=True):
    """How much a patient had to pay when somebody last asked: a hint for the first page, never an amount to pay."""

    patient_id: UUID
    bills: int
    amount_fen: int
    department: str
    department_en: str
    as_of: datetime
