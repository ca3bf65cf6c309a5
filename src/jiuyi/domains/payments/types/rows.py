"""Rows as the program reads them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from jiuyi.domains.payments.types.statuses import AttemptState, Cause, LegState, OrderState, RefundState, Verdict


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
    All count every payer; `leg` is the state of the insurance's part where there is one that counts.
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
    leg: LegState | None = None

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
        settling = self.leg in {LegState.AGREED, LegState.PAID}
        return Shown.PAYING if self.paying or self.frozen or settling else Shown.UNPAID

    def _shown_paid(self) -> Shown:
        if self.asked_fen > self.refunded_fen:
            return Shown.REFUNDING
        if self.refunded_fen == 0:
            return Shown.PAID
        return Shown.REFUNDED if self.refunded_fen >= self.paid_fen else Shown.PARTLY_REFUNDED


class Attempt(msgspec.Struct, frozen=True):
    """One try to pay. `due`: its time is over, or its order is not open any more, so it has to end.

    `seconds_claimed` is the age of the last call about it: an old claim is a crash. `seconds_over` is how long its
    time has been over (negative before).

    Of a desk's code: from `reversal_at` on a reversal may have been made, and nobody's "paid" is believed without more;
    `reversals` counts the turns to make one, `reversing` says that one of them is under way.
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
    created_at: datetime
    expires_at: datetime
    due: bool
    seconds_claimed: float
    seconds_over: float
    reversals: int = 0
    reversal_at: datetime | None = None
    reversing: bool = False
    seconds_reversed: float | None = None


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


class FailedRefund(msgspec.Struct, frozen=True):
    """A refund that did not go through, for whoever has to see to it. `fault` is the channel's word for why."""

    id: UUID
    no: str
    out_refund_no: str
    order_no: str
    channel: str
    amount_fen: int
    fault: str | None
    tries: int
    requested_at: datetime


class Leg(msgspec.Struct, frozen=True):
    """One side of a posting: an account and a signed amount (plus: the account holds more, minus: it owes more)."""

    account: str
    amount_fen: int
    payer: str = "own"


class Shares(msgspec.Struct, frozen=True):
    """What an insurance pays of an order, in fen: out of the pool, the personal account, and other funds."""

    pooled_fen: int
    personal_account_fen: int
    other_fen: int = 0

    @property
    def total_fen(self) -> int:
        return self.pooled_fen + self.personal_account_fen + self.other_fen

    def parts(self) -> list[tuple[str, int]]:
        """Payer of the ledger and amount; what pays nothing is left out."""
        named = (
            ("pooled", self.pooled_fen),
            ("personal_account", self.personal_account_fen),
            ("other", self.other_fen),
        )
        return [(payer, fen) for payer, fen in named if fen]


class InsuranceLeg(msgspec.Struct, frozen=True):
    """What an insurance pays of one order. Its id is the settlement's; `settle_no` is the insurance's own number."""

    id: UUID
    order_id: UUID
    payer: str
    pooled_fen: int
    personal_account_fen: int
    other_fen: int
    amount_fen: int
    state: LegState
    cause: Cause | None
    settle_no: str | None
    paid_at: datetime | None
    returned_at: datetime | None

    @property
    def shares(self) -> Shares:
        return Shares(self.pooled_fen, self.personal_account_fen, self.other_fen)


class Proof(msgspec.Struct, frozen=True):
    """What the HIS is told about the money of a paid order: all of it, and where it can be looked up.

    `channel` is the ledger's word (`wechat`, `alipay`), or `insurance` where the patient had nothing left to pay.
    """

    order_no: str
    channel: str
    transaction_id: str
    amount_fen: int
    paid_at: datetime
