"""Statuses with their graphs."""

from enum import StrEnum

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
        # Straight to paying: a payment code was taken and its owner is asked to confirm.
        _A.PREPARING: {_A.PREPARED, _A.PAYING, _A.UNKNOWN, _A.FAILED, _A.CLOSING, _A.PAID, _A.CLOSED},
        _A.PREPARED: {_A.PAYING, _A.CLOSING, _A.PAID, _A.CLOSED},
        _A.PAYING: {_A.CLOSING, _A.PAID, _A.CLOSED},
        # Unknown: the channel did not answer. It is asked, repeated with the same number, or closed.
        _A.UNKNOWN: {_A.PREPARING, _A.PAYING, _A.CLOSING, _A.PAID, _A.CLOSED, _A.FAILED},
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
    HALF = "half"
    """It was accepted, but the insurance's part did not come: it goes back."""


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
        # Failed at once: the channel takes no refund of it any more (too old, too many parts).
        _R.REQUESTED: {_R.SENDING, _R.FAILED},
        # Back to requested: nothing was done (no connection, balance too low); sent again later, same number.
        _R.SENDING: {_R.PENDING, _R.DONE, _R.FAILED, _R.UNKNOWN, _R.REQUESTED},
        _R.UNKNOWN: {_R.SENDING, _R.PENDING, _R.DONE, _R.FAILED},
        _R.PENDING: {_R.DONE, _R.FAILED},
        # Failed is visible to patient and staff. The channel's desk may still solve it, or staff have it sent again.
        _R.FAILED: {_R.REQUESTED, _R.PENDING, _R.DONE},
        _R.DONE: set(),
    },
)


class Cause(StrEnum):
    """Why money goes back: asked for by a domain or staff, or because it should not have come."""

    ASKED = "asked"
    LATE = "late"
    DUPLICATE = "duplicate"
    MISMATCH = "mismatch"
    HALF = "half"
    """Both legs or none: the other payer's part did not come."""


class LegState(StrEnum):
    AGREED = "agreed"
    PAID = "paid"
    RETURNING = "returning"
    RETURNED = "returned"
    DROPPED = "dropped"


_L = LegState
LEG_GRAPH: Transitions[LegState] = Transitions(
    "insurance_leg",
    LegState,
    LegState.AGREED,
    {
        _L.AGREED: {_L.PAID, _L.DROPPED},
        # Returning: promised back on the ledger; the insurance is asked to reverse it, and only then the own part goes.
        _L.PAID: {_L.RETURNING},
        _L.RETURNING: {_L.RETURNED},
        _L.RETURNED: set(),
        _L.DROPPED: set(),
    },
)
