"""Rows as the program reads them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from jiuyi.domains.payments.types.statuses import AttemptState, Cause, OrderState, RefundState, Verdict


class Shown(StrEnum):
    """An order's state in one word, as its patient sees it."""

    UNPAID = "unpaid"
    PAYING = "paying"
    PAID = "paid"
    CLOSING = "closing"
    CLOSED = "closed"
    REFUNDING = "refunding"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"


class Order(msgspec.Struct, frozen=True):
    """An order with what the ledger says about it.

    `paid_fen` counts the accepted payment, `asked_fen` what was promised back of it, `refunded_fen` what has gone
    back. `received_fen` is everything that came, `returned_fen` what went back of money that should not have come.
    """

    id: UUID
    no: str
    kind: str
    subject_kind: str
    subject_id: UUID
    account_id: UUID
    patient_id: UUID
    total_fen: int
    insurance_fen: int
    own_fen: int
    title_zh: str
    title_en: str
    state: OrderState
    frozen_why: str | None
    created_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    overdue: bool
    paying: bool
    refund_failed: bool
    paid_at: datetime | None
    channel: str | None
    method: str | None
    received_fen: int
    paid_fen: int
    asked_fen: int
    refunded_fen: int
    returned_fen: int

    @property
    def left_fen(self) -> int:
        """What can still be asked back of the accepted payment."""
        return self.paid_fen - self.asked_fen

    @property
    def frozen(self) -> bool:
        return self.frozen_why is not None

    @property
    def shown(self) -> Shown:
        """The order's state in one word."""
        if self.state is OrderState.PAID:
            return self._shown_paid()
        if self.state is OrderState.CLOSED:
            if self.received_fen == 0:
                return Shown.CLOSED
            return Shown.REFUNDED if self.returned_fen >= self.received_fen else Shown.REFUNDING
        if self.state is OrderState.CLOSING:
            return Shown.CLOSING
        return Shown.PAYING if self.paying or self.frozen else Shown.UNPAID

    def _shown_paid(self) -> Shown:
        if self.asked_fen > self.refunded_fen:
            return Shown.REFUNDING
        if self.refunded_fen == 0:
            return Shown.PAID
        return Shown.REFUNDED if self.refunded_fen >= self.paid_fen else Shown.PARTLY_REFUNDED


class Attempt(msgspec.Struct, frozen=True):
    """One try to pay. `due`: its time is over, or its order is not open any more, so it has to end.

    `seconds_claimed` is the age of the last call about it: an old claim is a crash.
    """

    id: UUID
    order_id: UUID
    seq: int
    idem_key: str
    channel: str
    method: str
    account_channel: str
    merchant_id: str
    app_id: str
    out_trade_no: str
    amount_fen: int
    state: AttemptState
    token: str | None
    transaction_id: str | None
    paid_fen: int | None
    paid_at: datetime | None
    verdict: Verdict | None
    fault: str | None
    asks: int
    claimed_at: datetime
    expires_at: datetime
    due: bool
    seconds_claimed: float


class Refund(msgspec.Struct, frozen=True):
    """Money of one attempt on its way back. `no` is what people read; `out_refund_no` what the channel was told."""

    id: UUID
    no: str
    out_refund_no: str
    order_id: UUID
    attempt_id: UUID
    cause: Cause
    amount_fen: int
    reason: str
    state: RefundState
    tries: int
    asks: int
    fault: str | None
    channel_refund_id: str | None
    requested_at: datetime
    sent_at: datetime | None
    done_at: datetime | None
    seconds_sent: float | None


class Leg(msgspec.Struct, frozen=True):
    """One side of a posting: an account and a signed amount (plus: the account holds more, minus: it owes more)."""

    account: str
    amount_fen: int
