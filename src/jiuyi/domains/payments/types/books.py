"""What the books know of numbers that somebody else names."""

from datetime import datetime
from uuid import UUID

import msgspec

from jiuyi.domains.payments.types.statuses import AttemptState, RefundState, Verdict


class KnownPayment(msgspec.Struct, frozen=True):
    """An attempt with its order, found by a number of the channel, of a transaction or of an order."""

    attempt_id: UUID
    channel: str
    out_trade_no: str
    transaction_id: str | None
    state: AttemptState
    verdict: Verdict | None
    paid_fen: int | None
    paid_at: datetime | None
    order_id: UUID
    order_no: str
    order_kind: str
    subject_kind: str
    subject_id: UUID
    promised_fen: int
    returned_fen: int


class KnownRefund(msgspec.Struct, frozen=True):
    """A refund found by the number the channel was told."""

    refund_id: UUID
    out_refund_no: str
    state: RefundState
    attempt_id: UUID
    amount_fen: int
    done_at: datetime | None
