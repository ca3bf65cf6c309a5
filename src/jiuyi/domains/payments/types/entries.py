"""Paid orders on their way into the hospital's books: one road for all that is paid before it is entered."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from jiuyi.kit.states import Transitions


class EntryState(StrEnum):
    """Where something that is paid by an order is between that order and the hospital's books."""

    OPEN = "open"
    """The order may be paid."""
    PAID = "paid"
    """The money is here, the hospital is to be told."""
    CONFIRMING = "confirming"
    UNKNOWN = "unknown"
    """The hospital was told and did not answer: it is asked, never told again blindly, and nothing is refunded."""
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    """The hospital would not have it: the money goes back."""
    CLOSED = "closed"
    """Never paid."""


_E = EntryState


def entry_graph(name: str) -> Transitions[EntryState]:
    """The graph of one kind of entry, `name` in the documentation."""
    return Transitions(
        name,
        EntryState,
        EntryState.OPEN,
        {
            _E.OPEN: {_E.PAID, _E.CLOSED},
            _E.PAID: {_E.CONFIRMING, _E.REFUSED},
            # Back to paid: nothing was done there.
            _E.CONFIRMING: {_E.CONFIRMED, _E.REFUSED, _E.UNKNOWN, _E.PAID},
            _E.UNKNOWN: {_E.CONFIRMED, _E.PAID},
            _E.CONFIRMED: set(),
            _E.REFUSED: set(),
            _E.CLOSED: set(),
        },
    )


class EntryAct(StrEnum):
    """What is next for an entry."""

    REST = "rest"
    TAKE_MONEY = "take_money"
    """Its order is paid."""
    CLOSE = "close"
    """Its order ended unpaid."""
    CONFIRM = "confirm"
    FIND = "find"


class Entry(Protocol):
    """What carrying reads of a row that is paid by an order and then entered in the hospital's books.

    `told_at`: when the hospital was last told and may have heard it. `stale_claim`: a call was begun long ago and
    nothing was recorded. `now` is the database's.
    """

    id: UUID
    order_id: UUID
    state: EntryState
    told_at: datetime | None
    tries: int
    created_at: datetime
    stale_claim: bool
    now: datetime
