"""What to do next with an appointment: one pure decision, taken again after every step and after every crash."""

from enum import StrEnum

import msgspec

from jiuyi.domains.booking.types import AppointmentState, Placement


class Act(StrEnum):
    """The next thing to do."""

    REST = "rest"
    """Nothing, or somebody else's turn (the patient pays, a call is under way)."""
    LOCK = "lock"
    CONFIRM = "confirm"
    FIND = "find"
    """Ask the HIS what became of it."""
    LET_GO = "let_go"
    """Cancel at the HIS."""
    CLOSE_ORDER = "close_order"
    """End the order at the channel, which may say that it was paid after all."""
    EXPIRE = "expire"
    """Mark it as leaving: the time to pay is over."""
    FINISH = "finish"
    """The HIS holds nothing (any more): end it, return the place, refund what was paid."""
    REFUND = "refund"
    """It has ended and money is still here."""


class Money(msgspec.Struct, frozen=True):
    """The order as far as driving cares. `open`: it may still be paid."""

    exists: bool
    open: bool
    paid: bool
    refundable: bool


class Situation(msgspec.Struct, frozen=True):
    """All that decides."""

    state: AppointmentState
    placement: Placement
    leaving: AppointmentState | None
    fee_fen: int | None
    money: Money
    overdue: bool
    stale_claim: bool


_A, _P = AppointmentState, Placement
_CLAIMS = frozenset({_P.PLACING, _P.CONFIRMING, _P.CANCELLING})
_ENDED = frozenset({_A.CANCELLED, _A.EXPIRED, _A.REFUSED, _A.STOPPED})


def next_act(at: Situation) -> Act:
    """The next act. Every act either moves an axis or ends the driving, so driving always comes to rest."""
    if at.placement in _CLAIMS:
        return Act.FIND if at.stale_claim else Act.REST
    if at.state in _ENDED:
        if at.placement in {_P.PLACED, _P.CONFIRMED, _P.UNKNOWN}:
            return Act.LET_GO
        return Act.REFUND if at.money.paid and at.money.refundable else Act.REST
    if at.state not in {_A.HELD, _A.BOOKED}:
        return Act.REST
    if at.placement is _P.UNKNOWN:
        return Act.FIND
    if at.leaving is not None:
        return _leave(at)
    return _go_on(at) if at.state is _A.HELD else Act.REST


def _leave(at: Situation) -> Act:
    if at.money.open:
        return Act.CLOSE_ORDER
    return Act.FINISH if at.placement in {_P.NONE, _P.GONE} else Act.LET_GO


def _go_on(at: Situation) -> Act:
    if at.placement is _P.GONE:
        return Act.FINISH
    if at.placement is _P.PLACED and (at.money.paid or at.fee_fen == 0):
        return Act.CONFIRM
    if at.overdue:
        return Act.EXPIRE
    return Act.LOCK if at.placement is _P.NONE else Act.REST
