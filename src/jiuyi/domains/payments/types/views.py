"""What patients see."""

from datetime import datetime
from uuid import UUID

import msgspec

from jiuyi.domains.payments.types.rows import Shown
from jiuyi.domains.payments.types.statuses import AttemptState, RefundState


class SubjectView(msgspec.Struct):
    kind: str
    id: UUID


class PayerOfView(msgspec.Struct):
    """The patient an order is for; the name is masked."""

    id: UUID
    name: str


class RefundView(msgspec.Struct):
    """One refund. `state`: pending, done, failed."""

    no: str
    amount_fen: int
    state: str
    reason: str
    requested_at: datetime
    completed_at: datetime | None


class DeskRefundView(msgspec.Struct):
    """A refund that a cashier asked for; without id where the patient had paid nothing beside the insurance.

    `left_fen`: what can still be asked back of the order.
    """

    order_id: UUID
    order_no: str
    refund_id: UUID | None
    amount_fen: int
    left_fen: int
    state: RefundState | None


class WithdrawnView(msgspec.Struct):
    """What became of something that a cashier asked the hospital to take back, in words.

    `state`: asking, refunding, refunded, failed, refused. `settled`: nothing more is to be waited for at the desk.
    """

    id: UUID
    no: str
    order_no: str
    amount_fen: int
    left_fen: int
    state: str
    tone: str
    title: str
    advice: str
    settled: bool


class OrderView(msgspec.Struct):
    """An order, for its owner."""

    id: UUID
    no: str
    kind: str
    title: str
    title_en: str
    total_fen: int
    insurance_fen: int
    own_fen: int
    paid_fen: int
    refunded_fen: int
    state: Shown
    expires_at: datetime | None
    subject: SubjectView
    patient: PayerOfView
    paid_at: datetime | None
    channel_name: str | None
    refunds: list[RefundView]


class PaymentView(msgspec.Struct):
    """An attempt that was asked for. `invoke` opens the cashier; None when there is nothing (more) to open."""

    payment_id: UUID
    state: AttemptState
    invoke: dict[str, str] | None


class PaymentRecord(msgspec.Struct):
    """One line of the patient's payment records."""

    order_id: UUID
    no: str
    title: str
    title_en: str
    patient: PayerOfView
    amount_fen: int
    refunded_fen: int
    method: str
    state: Shown
    at: datetime
