"""Statuses with their graphs."""

from enum import StrEnum

from jiuyi.kit.states import Transitions


class CheckoutState(StrEnum):
    """Where a checkout is between its order and the HIS."""

    OPEN = "open"
    """Lines fixed, the order may be paid."""
    PAID = "paid"
    """The money is here, the HIS is to be told."""
    CONFIRMING = "confirming"
    UNKNOWN = "unknown"
    """The HIS was told and did not answer: it is asked, never told again blindly, and nothing is refunded."""
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    """The HIS would not have it: the money goes back."""
    CLOSED = "closed"
    """Never paid."""


_C = CheckoutState
CHECKOUT_GRAPH: Transitions[CheckoutState] = Transitions(
    "outpatient.checkout",
    CheckoutState,
    CheckoutState.OPEN,
    {
        _C.OPEN: {_C.PAID, _C.CLOSED},
        _C.PAID: {_C.CONFIRMING, _C.REFUSED},
        # Back to paid: nothing was done there.
        _C.CONFIRMING: {_C.CONFIRMED, _C.REFUSED, _C.UNKNOWN, _C.PAID},
        _C.UNKNOWN: {_C.CONFIRMED, _C.PAID},
        _C.CONFIRMED: set(),
        _C.REFUSED: set(),
        _C.CLOSED: set(),
    },
)
LIVE = frozenset({_C.OPEN, _C.PAID, _C.CONFIRMING, _C.UNKNOWN})
"""Their bills may be in no other checkout."""


class RefundState(StrEnum):
    """Where a refund is in the HIS. The money's own way is the refund of the order."""

    ASKING = "asking"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"


_R = RefundState
REFUND_GRAPH: Transitions[RefundState] = Transitions(
    "outpatient.refund",
    RefundState,
    RefundState.ASKING,
    {
        _R.ASKING: {_R.DONE, _R.REFUSED, _R.UNKNOWN},
        _R.UNKNOWN: {_R.DONE, _R.REFUSED},
        _R.DONE: set(),
        _R.REFUSED: set(),
    },
)
