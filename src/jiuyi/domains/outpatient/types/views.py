"""What patients see, in their language."""

from datetime import date, datetime
from uuid import UUID

import msgspec


class LineView(msgspec.Struct):
    """One item. `insurance_class` A, B, C (甲 乙 丙); `self_pay_ratio` a decimal text, 0 to 1."""

    line_no: str
    name: str
    spec: str
    unit: str
    quantity: str
    price: str
    amount_fen: int
    insurance_class: str
    self_pay_ratio: str
    refund_state: str | None = None
    """None, or how its refund stands: asking, done."""


class CategoryView(msgspec.Struct):
    """Items of one national kind of fee (检查费, 西药费 …) with their sum."""

    category: str
    title: str
    amount_fen: int
    lines: list[LineView]


class BillView(msgspec.Struct):
    """A bill. `payable` false: `locked_text` says why."""

    bill_no: str
    kind: str
    title: str
    summary: str
    line_count: int
    amount_fen: int
    opened_at: datetime
    valid_until: datetime
    insurance: bool
    payable: bool
    locked_text: str | None
    categories: list[CategoryView]


class VisitView(msgspec.Struct):
    """A visit with what is to be paid. `total_fen` counts what can be paid here now."""

    visit_no: str
    date: date
    opened_at: datetime
    department: str
    doctor: str
    campus: str
    note: str
    payable: bool
    bill_count: int
    line_count: int
    total_fen: int
    insurable_fen: int
    bills: list[BillView]
    checkout_id: UUID | None = None
    """A checkout of this account that is still under way for some of the bills."""


class FeesView(msgspec.Struct):
    """What a patient has to pay. `stale`: the HIS did not answer, and nothing can be said."""

    patient_id: UUID
    patient_name: str
    card_no: str | None
    visits: list[VisitView]
    stale: bool
    as_of: datetime


class GuideView(msgspec.Struct):
    """One step of the guide sheet."""

    kind: str
    title: str
    place: str
    note: str
    state: str
    state_title: str
    ticket: str | None
    pickup_code: str | None
    ahead: int | None
    minutes_low: int | None
    minutes_high: int | None


class ChosenLine(msgspec.Struct):
    """A line of a checkout. `insurance` false: no insurance pays for its bill."""

    bill_no: str
    bill_title: str
    kind: str
    line: LineView
    insurance: bool = True


class RefundView(msgspec.Struct):
    """A refund of lines. `state`: asking, refunding, refunded, failed, refused."""

    id: UUID
    no: str
    amount_fen: int
    reason: str
    state: str
    state_title: str
    requested_at: datetime
    completed_at: datetime | None
    lines: list[str]


class CheckoutBrief(msgspec.Struct):
    """A checkout in a list. `state` as in `CheckoutView`."""

    id: UUID
    no: str
    patient_id: UUID
    patient_name: str
    department: str
    doctor: str
    visit_date: date
    total_fen: int
    insurance_fen: int
    own_fen: int
    refunded_fen: int
    state: str
    state_title: str
    at: datetime
    order_id: UUID


class CheckoutView(msgspec.Struct):
    """A checkout for who pays it.

    `state`: awaiting_payment, confirming, paid, partly_refunded, refunding, refunded, not_paid_refunding,
    not_paid_refunded, closed. `state_detail` holds the three facts. `can_refund`: lines may be asked about.
    """

    id: UUID
    no: str
    patient_id: UUID
    patient_name: str
    department: str
    doctor: str
    campus: str
    visit_date: date
    visit_no: str
    total_fen: int
    insurance_fen: int
    own_fen: int
    paid_fen: int
    refunded_fen: int
    state: str
    state_title: str
    state_detail: str
    order_id: UUID
    expires_at: datetime
    paid_at: datetime | None
    channel_name: str | None
    receipt_no: str | None
    minutes: int | None
    guide: list[GuideView]
    lines: list[ChosenLine]
    refunds: list[RefundView]
    can_refund: bool


class DeskCheckout(msgspec.Struct):
    """A payment of which lines may be asked back at a desk; `left_fen` was not promised back yet."""

    id: UUID
    order_id: UUID
    order_no: str
    department: str
    doctor: str
    visit_date: date
    total_fen: int
    left_fen: int
    insurance_fen: int
    paid_at: datetime | None


class RefundableLine(msgspec.Struct):
    """A line and whether it can go back at this moment; `reason` says why not."""

    bill_no: str
    bill_title: str
    line_no: str
    name: str
    amount_fen: int
    refundable: bool
    reason: str


class RefundableView(msgspec.Struct):
    """Which lines may go back, asked from the HIS just now. `route` and `expected` say how the money returns."""

    checkout_id: UUID
    lines: list[RefundableLine]
    whole_only: bool
    route: str
    expected: str
    as_of: datetime


class Waiting(msgspec.Struct, frozen=True):
    """Unpaid bills for the first page."""

    patient_id: UUID
    bills: int
    amount_fen: int
    department: str
    department_en: str
    as_of: datetime
