"""Words of payments: statuses with their graphs, what a channel says, rows, and what patients see."""

from datetime import datetime
from enum import StrEnum

import msgspec

from jiuyi.kit.states import Transitions

CNY = "CNY"
"""The only currency the hospital is paid in (ISO 4217)."""


class OrderState(StrEnum):
    OPEN = "open"
    CLOSING = "closing"
    PAID = "paid"
    CLOSED = "closed"


ORDER_GRAPH: Transitions[OrderState] = Transitions(
    "order",
    OrderState,
    OrderState.OPEN,
    {
        OrderState.OPEN: {OrderState.PAID, OrderState.CLOSING},
        # While closing, the channel may tell that it was paid after all.
        OrderState.CLOSING: {OrderState.CLOSED, OrderState.PAID},
        OrderState.PAID: set(),
        OrderState.CLOSED: set(),
    },
)


class AttemptState(StrEnum):
    PREPARING = "preparing"
    PREPARED = "prepared"
    PAYING = "paying"
    UNKNOWN = "unknown"
    CLOSING = "closing"
    PAID = "paid"
    CLOSED = "closed"
    FAILED = "failed"


_A = AttemptState
ATTEMPT_GRAPH: Transitions[AttemptState] = Transitions(
    "attempt",
    AttemptState,
    AttemptState.PREPARING,
    {
        _A.PREPARING: {_A.PREPARED, _A.UNKNOWN, _A.FAILED, _A.CLOSING, _A.PAID, _A.CLOSED},
        _A.PREPARED: {_A.PAYING, _A.CLOSING, _A.PAID, _A.CLOSED},
        _A.PAYING: {_A.CLOSING, _A.PAID, _A.CLOSED},
        # Unknown: the channel did not answer. It is asked, repeated with the same number, or closed.
        _A.UNKNOWN: {_A.PREPARING, _A.CLOSING, _A.PAID, _A.CLOSED, _A.FAILED},
        _A.CLOSING: {_A.CLOSED, _A.PAID, _A.FAILED},
        # A payment that turns up on an ended attempt is corrected to, off the graph (`kit.moves.correct`).
        _A.PAID: set(),
        _A.CLOSED: set(),
        _A.FAILED: set(),
    },
)
LIVE = frozenset({_A.PREPARING, _A.PREPARED, _A.PAYING, _A.UNKNOWN, _A.CLOSING})
"""Attempts that may still become paid: an order has at most one."""


class Verdict(StrEnum):
    """What a payment that arrived counts as."""

    ACCEPTED = "accepted"
    LATE = "late"
    DUPLICATE = "duplicate"
    MISMATCH = "mismatch"


class RefundState(StrEnum):
    REQUESTED = "requested"
    SENDING = "sending"
    UNKNOWN = "unknown"
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


_R = RefundState
REFUND_GRAPH: Transitions[RefundState] = Transitions(
    "refund",
    RefundState,
    RefundState.REQUESTED,
    {
        _R.REQUESTED: {_R.SENDING},
        # Back to requested: nothing was done (no connection, balance too low); sent again later, same number.
        _R.SENDING: {_R.PENDING, _R.DONE, _R.FAILED, _R.UNKNOWN, _R.REQUESTED},
        _R.UNKNOWN: {_R.SENDING, _R.PENDING, _R.DONE, _R.FAILED},
        _R.PENDING: {_R.DONE, _R.FAILED},
        # Failed is visible to patient and staff. The channel's desk may still solve it, or staff send it again.
        _R.FAILED: {_R.SENDING, _R.PENDING, _R.DONE},
        _R.DONE: set(),
    },
)


class Cause(StrEnum):
    """Why money goes back: asked for by a domain or staff, or because it should not have come."""

    ASKED = "asked"
    LATE = "late"
    DUPLICATE = "duplicate"
    MISMATCH = "mismatch"


# What a channel says -------------------------------------------------------------------------------------------------


class PrepareAsk(msgspec.Struct, frozen=True):
    """What a channel needs to prepare a payment. `payer` is the payer's identity in that channel (an openid).

    Until `expires_at` the channel may take the money; the number, amount and payer never change under one number.
    """

    out_trade_no: str
    app_id: str
    payer: str
    total_fen: int
    description: str
    expires_at: datetime


class TradeState(StrEnum):
    """A channel's word about one number of ours, in ours."""

    ABSENT = "absent"
    """It knows no such number."""
    WAITING = "waiting"
    """Not paid yet, may still be (WeChat NOTPAY, USERPAYING, ACCEPT)."""
    PAID = "paid"
    """Money was taken, whether or not some of it has been given back since (WeChat SUCCESS, REFUND)."""
    CLOSED = "closed"
    """Not paid and never will be (WeChat CLOSED, REVOKED, PAYERROR)."""


class Trade(msgspec.Struct, frozen=True):
    """The state of a payment at the channel, from a signed answer or a verified notice.

    All fields are present when `state` is PAID in a notice (the adapter refuses one that lacks any); an answer about
    an unpaid number may lack the rest. `total_fen` is the order amount, before the channel's own discounts.
    """

    out_trade_no: str
    state: TradeState
    merchant_id: str | None = None
    app_id: str | None = None
    transaction_id: str | None = None
    total_fen: int | None = None
    currency: str | None = None
    paid_at: datetime | None = None


class CloseOutcome(StrEnum):
    CLOSED = "closed"
    """It can never be paid now (also when it was closed before)."""
    PAID = "paid"
    """Too late: it is paid. Ask with `query` for the facts."""
    ABSENT = "absent"
    """The channel knows no such number."""


class RefundAsk(msgspec.Struct, frozen=True):
    """A refund to be sent. The same number with the same content is the same refund at the channel."""

    out_refund_no: str
    out_trade_no: str
    transaction_id: str
    refund_fen: int
    total_fen: int
    reason: str


class GivenBackState(StrEnum):
    ABSENT = "absent"
    PROCESSING = "processing"
    SUCCESS = "success"
    CLOSED = "closed"
    """Not refunded; only now may another number be used."""
    ABNORMAL = "abnormal"
    """The payer's account cannot take it: the hospital's finance must act."""


class GivenBack(msgspec.Struct, frozen=True):
    """The state of a refund at the channel. A notice always has every field but `done_at`."""

    out_refund_no: str
    state: GivenBackState
    out_trade_no: str | None = None
    merchant_id: str | None = None
    transaction_id: str | None = None
    refund_id: str | None = None
    total_fen: int | None = None
    refund_fen: int | None = None
    done_at: datetime | None = None


class BillKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


class BillLine(msgspec.Struct, frozen=True):
    """One line of a channel's daily bill, in fen. `amount_fen` is positive for both kinds."""

    kind: BillKind
    at: datetime
    out_trade_no: str
    transaction_id: str
    amount_fen: int
    state: str
    out_refund_no: str | None = None
    refund_id: str | None = None
    fee_fen: int = 0
