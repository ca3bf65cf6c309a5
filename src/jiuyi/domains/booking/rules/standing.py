"""Where an appointment stands, in one word a patient understands: a pure function of the three axes."""

from enum import StrEnum

from jiuyi.domains.booking.types import AppointmentState, Placement


class PayState(StrEnum):
    """The order's state as an appointment shows it."""

    NONE = "none"
    UNPAID = "unpaid"
    PAYING = "paying"
    PAID = "paid"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"


class Standing(StrEnum):
    """What the patient reads."""

    PLACING = "placing"
    AWAITING_PAYMENT = "awaiting_payment"
    CONFIRMING = "confirming"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    CALLED = "called"
    DONE = "done"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NOT_BOOKED_REFUNDING = "not_booked_refunding"
    NOT_BOOKED_REFUNDED = "not_booked_refunded"
    NOT_BOOKED = "not_booked"
    STOPPED = "stopped"
    STOPPED_REFUNDED = "stopped_refunded"
    NO_SHOW = "no_show"
    PASSED = "passed"


_A, _P, _S = AppointmentState, Placement, Standing
_TOOK_MONEY = frozenset({PayState.PAID, PayState.REFUNDING, PayState.REFUND_FAILED})
_PLAIN = {
    _A.CHECKED_IN: _S.CHECKED_IN,
    _A.CALLED: _S.CALLED,
    _A.DONE: _S.DONE,
    _A.CANCELLED: _S.CANCELLED,
    _A.NO_SHOW: _S.NO_SHOW,
    _A.PASSED: _S.PASSED,
}


def standing(
    state: AppointmentState, placement: Placement, leaving: AppointmentState | None, pay: PayState
) -> Standing:
    """One word for the three axes. Money that was taken for a place that was not given never reads as success."""
    if state in _PLAIN:
        return _PLAIN[state]
    ending = state if state is not _A.HELD and state is not _A.BOOKED else leaving
    if ending is _A.CANCELLED:
        return _S.CANCELLING
    if ending is _A.STOPPED:
        return _S.STOPPED_REFUNDED if pay is PayState.REFUNDED else _S.STOPPED
    if ending is not None:
        return _not_booked(ending, pay)
    if state is _A.BOOKED:
        return _S.BOOKED
    if placement in {_P.CONFIRMING, _P.CONFIRMED} or pay in _TOOK_MONEY:
        return _S.CONFIRMING
    return _S.AWAITING_PAYMENT if placement is _P.PLACED and pay is not PayState.NONE else _S.PLACING


def _not_booked(ending: AppointmentState, pay: PayState) -> Standing:
    if pay in _TOOK_MONEY:
        return _S.NOT_BOOKED_REFUNDING
    if pay is PayState.REFUNDED:
        return _S.NOT_BOOKED_REFUNDED
    return _S.EXPIRED if ending is _A.EXPIRED else _S.NOT_BOOKED
