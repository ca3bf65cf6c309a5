"""What to do next with an appointment: one pure decision, taken again after every step and after every crash."""

from enum import StrEnum

import msgspec

from jiuyi.domains.booking.types import ENDED, AppointmentState, Placement


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
    """The time to pay is over: mark it as leaving."""
    FINISH = "finish"
    """End it: refund what was paid, tell the patient, give the place back if the HIS holds nothing."""
    GIVE_BACK = "give_back"
    """It has ended and the HIS holds nothing any more: its place may be sold again."""


class Money(msgspec.Struct, frozen=True):
    """The order as far as driving cares. `open`: it may still be paid."""

    open: bool = False
    paid: bool = False


class Situation(msgspec.Struct, frozen=True):
    """All that decides."""

    state: AppointmentState
    placement: Placement
    leaving: AppointmentState | None
    fee_fen: int | None
    money: Money
    holds_place: bool
    overdue: bool
    stale_claim: bool


_A, _P = AppointmentState, Placement
_CLAIMS = frozenset({_P.PLACING, _P.CONFIRMING, _P.CANCELLING})
_EMPTY = frozenset({_P.NONE, _P.GONE})


def next_act(at: Situation) -> Act:
    """The next act. Every act moves an axis or counts a try, so driving always comes to rest."""
    if at.placement in _CLAIMS:
        return Act.FIND if at.stale_claim else Act.REST
    if at.state in ENDED:
        return _clear_up(at)
    if at.leaving is not None:
        return _leave(at)
    if at.placement is _P.UNKNOWN:
        return Act.FIND
    return _go_on(at) if at.state is _A.HELD else Act.REST


def _clear_up(at: Situation) -> Act:
    """It has ended for the patient; see that the HIS lets go, then that the place comes back."""
    if at.placement is _P.UNKNOWN:
        return Act.FIND
    if at.placement in _EMPTY:
        return Act.GIVE_BACK if at.holds_place or at.leaving is not None else Act.REST
    return Act.LET_GO


def _leave(at: Situation) -> Act:
    """First nobody may pay any more, then the HIS lets go, then it ends.

    A stopped clinic ends at once (the hospital itself let go), and so does what was not booked although we know that
    nothing was confirmed: money is not kept waiting for a HIS that does not answer.
    """
    if at.money.open:
        return Act.CLOSE_ORDER
    if at.leaving is _A.STOPPED or at.placement in _EMPTY:
        return Act.FINISH
    if at.leaving is _A.REFUSED and (at.placement is _P.PLACED or not at.money.paid):
        return Act.FINISH
    return Act.FIND if at.placement is _P.UNKNOWN else Act.LET_GO


def _go_on(at: Situation) -> Act:
    if at.placement is _P.GONE:
        return Act.CLOSE_ORDER if at.money.open else Act.FINISH
    if at.placement is _P.PLACED and (at.money.paid or at.fee_fen == 0):
        return Act.CONFIRM
    if at.overdue:
        return Act.EXPIRE
    return Act.LOCK if at.placement is _P.NONE else Act.REST
