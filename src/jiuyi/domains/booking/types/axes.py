"""The status axes: what may follow what. Written only through `kit.moves`."""

from enum import StrEnum

from jiuyi.kit.states import Transitions


class AppointmentState(StrEnum):
    """Where the patient stands. `held`: a place is kept, nothing is promised yet."""

    HELD = "held"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    CALLED = "called"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"
    STOPPED = "stopped"
    NO_SHOW = "no_show"
    PASSED = "passed"


class Placement(StrEnum):
    """Where the HIS stands, as far as we know. Each `…ing` is a claim: a call is under way or its caller died."""

    NONE = "none"
    PLACING = "placing"
    PLACED = "placed"
    CONFIRMING = "confirming"
    CONFIRMED = "confirmed"
    CANCELLING = "cancelling"
    GONE = "gone"
    UNKNOWN = "unknown"


class MdtState(StrEnum):
    """An application. `draft`: stored here, not yet sent; `sending`, `withdrawing`: claims."""

    DRAFT = "draft"
    SENDING = "sending"
    SUBMITTED = "submitted"
    MORE_WANTED = "more_wanted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    BOOKED = "booked"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"


_A, _P, _M = AppointmentState, Placement, MdtState

ACTIVE = (_A.HELD, _A.BOOKED, _A.CHECKED_IN, _A.CALLED, _A.DONE, _A.PASSED)
"""States that count towards the limits of docs/rules.md, booking"""
ENDED = frozenset({_A.CANCELLED, _A.EXPIRED, _A.REFUSED, _A.STOPPED})
"""States of one that came to nothing: its money is promised back in the same moment"""

appointment_state: Transitions[AppointmentState] = Transitions(
    "appointment",
    AppointmentState,
    _A.HELD,
    {
        _A.HELD: (_A.BOOKED, _A.CANCELLED, _A.EXPIRED, _A.REFUSED, _A.STOPPED),
        _A.BOOKED: (_A.CHECKED_IN, _A.DONE, _A.CANCELLED, _A.STOPPED, _A.NO_SHOW, _A.PASSED),
        _A.CHECKED_IN: (_A.CALLED, _A.DONE, _A.CANCELLED, _A.STOPPED, _A.PASSED, _A.NO_SHOW),
        _A.CALLED: (_A.DONE, _A.PASSED, _A.NO_SHOW),
        _A.PASSED: (_A.CHECKED_IN, _A.CALLED, _A.DONE, _A.NO_SHOW),
        _A.DONE: (),
        _A.CANCELLED: (),
        _A.EXPIRED: (),
        _A.REFUSED: (),
        _A.STOPPED: (),
        _A.NO_SHOW: (),
    },
)

appointment_placement: Transitions[Placement] = Transitions(
    "placement in the HIS",
    Placement,
    _P.NONE,
    {
        # none → gone: it left before anything was asked of the HIS.
        _P.NONE: (_P.PLACING, _P.GONE),
        # placing → none: the HIS did nothing and may be asked again.
        _P.PLACING: (_P.PLACED, _P.NONE, _P.GONE, _P.UNKNOWN),
        _P.PLACED: (_P.CONFIRMING, _P.CANCELLING, _P.GONE),
        _P.CONFIRMING: (_P.CONFIRMED, _P.PLACED, _P.GONE, _P.UNKNOWN),
        _P.CONFIRMED: (_P.CANCELLING, _P.GONE),
        _P.CANCELLING: (_P.GONE, _P.PLACED, _P.CONFIRMED, _P.UNKNOWN),
        # unknown → none: `find` says that the lock never arrived; unknown → cancelling: let go without knowing.
        _P.UNKNOWN: (_P.NONE, _P.PLACED, _P.CONFIRMED, _P.CANCELLING, _P.GONE),
        _P.GONE: (),
    },
)

application_state: Transitions[MdtState] = Transitions(
    "MDT application",
    MdtState,
    _M.DRAFT,
    {
        _M.DRAFT: (_M.SENDING, _M.WITHDRAWN),
        # The review may overtake the answer to our last document.
        _M.SENDING: (_M.SUBMITTED, _M.DRAFT, _M.DECLINED, _M.ACCEPTED, _M.MORE_WANTED),
        _M.SUBMITTED: (_M.MORE_WANTED, _M.ACCEPTED, _M.DECLINED, _M.WITHDRAWING),
        _M.MORE_WANTED: (_M.DRAFT, _M.ACCEPTED, _M.DECLINED, _M.WITHDRAWING),
        _M.ACCEPTED: (_M.BOOKED, _M.DECLINED, _M.WITHDRAWING),
        _M.BOOKED: (_M.ACCEPTED,),
        _M.WITHDRAWING: (_M.WITHDRAWN, _M.SUBMITTED),
        _M.DECLINED: (),
        _M.WITHDRAWN: (),
    },
)
