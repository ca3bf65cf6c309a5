"""Statuses with their graphs."""

from enum import StrEnum

from jiuyi.domains.payments.types import entry_graph
from jiuyi.kit.states import Transitions

CHECKOUT_GRAPH = entry_graph("outpatient.checkout")


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
