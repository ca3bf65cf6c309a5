"""Statuses with their graphs."""

from enum import StrEnum

from jiuyi.kit.states import Transitions


class RunState(StrEnum):
    RUNNING = "running"
    WAITING = "waiting"
    """A bill or statement was not ready: tried again."""
    DONE = "done"
    FAILED = "failed"


RUN_GRAPH: Transitions[RunState] = Transitions(
    "reconciliation_run",
    RunState,
    RunState.RUNNING,
    {
        RunState.RUNNING: {RunState.WAITING, RunState.DONE, RunState.FAILED},
        RunState.WAITING: set(),
        RunState.DONE: set(),
        RunState.FAILED: set(),
    },
)


class ItemState(StrEnum):
    FOUND = "found"
    """The system will act on it."""
    MENDING = "mending"
    """It is acting."""
    WAITING = "waiting"
    """Something was done; its effect is awaited (a refund on its way, the next statement)."""
    CARRIED = "carried"
    """Around midnight: the next day's bill or statement is expected to have the other side."""
    OPEN = "open"
    """A maker has to propose something."""
    PROPOSED = "proposed"
    """A checker has to decide."""
    SETTLED = "settled"


_S = ItemState
ITEM_GRAPH: Transitions[ItemState] = Transitions(
    "reconciliation_item",
    ItemState,
    ItemState.FOUND,
    {
        _S.FOUND: {_S.MENDING, _S.CARRIED, _S.OPEN, _S.WAITING, _S.SETTLED},
        _S.MENDING: {_S.WAITING, _S.OPEN, _S.SETTLED, _S.FOUND},
        _S.WAITING: {_S.SETTLED, _S.OPEN, _S.FOUND},
        _S.CARRIED: {_S.SETTLED, _S.FOUND, _S.OPEN, _S.WAITING},
        _S.OPEN: {_S.PROPOSED, _S.SETTLED, _S.FOUND},
        _S.PROPOSED: {_S.OPEN, _S.MENDING, _S.SETTLED},
        _S.SETTLED: set(),
    },
)


class Decision(StrEnum):
    """What became of a proposal."""

    APPROVED = "approved"
    RETURNED = "returned"
    """The checker wants it changed."""
    WITHDRAWN = "withdrawn"
    """The maker takes it back."""


class SourceState(StrEnum):
    READING = "reading"
    READY = "ready"
    NOT_YET = "not_yet"
    SILENT = "silent"
    """It did not answer, or not in a way that can be trusted."""
    ODD = "odd"
    """It contradicts itself, or is empty although we have many movements: nothing is concluded from it."""
