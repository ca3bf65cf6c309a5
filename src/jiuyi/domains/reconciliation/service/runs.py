"""Comparisons: beginning, giving signs of life, ending."""

from datetime import date, timedelta
from uuid import UUID

import psycopg

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments import service as payments
from jiuyi.domains.reconciliation import settings
from jiuyi.domains.reconciliation.errors import AlreadyRunning, DayNotOver
from jiuyi.domains.reconciliation.repository import items, lines, runs
from jiuyi.domains.reconciliation.rules import day_bounds
from jiuyi.domains.reconciliation.service.axes import RUN, SYSTEM
from jiuyi.domains.reconciliation.types import FAULTS, Fault, Run, RunState, Said, Side, Source, SourceState
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import move

DEAD_AFTER_SECONDS = 120.0
_CARRIED = [fault.value for fault, what in FAULTS.items() if what.carries or fault is Fault.CROSS_DAY]


async def begin(tx: Tx, day: date, *, actor: Actor) -> Run:
    """Begin to compare a day. A comparison whose process died is ended. Raises `DayNotOver`, `AlreadyRunning`."""
    if day >= await runs.today(tx):
        raise DayNotOver
    for dead in await runs.stale(tx, DEAD_AFTER_SECONDS):
        await end(tx, dead, RunState.FAILED, why="its process died")
    run_id = new_id()
    try:
        await runs.open_run(tx, run_id, day, actor.word)
    except psycopg.errors.UniqueViolation as error:
        raise AlreadyRunning from error
    await lines.clear(tx)
    await audit.note(
        tx, actor=actor, action="reconciliation.begun", subject_kind="day", subject=day.isoformat(),
        detail={"run": str(run_id)},
    )  # fmt: skip
    return await runs.run(tx, run_id)


async def end(tx: Tx, run: Run, state: RunState, *, why: str, matched: int = 0) -> Run:
    """End a comparison; its lines are thrown away."""
    finished = await items.now(tx)
    await move(
        tx, RUN, run.id, RunState.RUNNING, state, who=SYSTEM.word, why=why or state.value,
        finished_at=finished, matched=matched,
    )  # fmt: skip
    await runs.ended(tx, run.id, why)
    await lines.clear(tx)
    return await runs.run(tx, run.id)


async def note_source(
    tx: Tx, run_id: UUID, name: str, side: Side, state: SourceState, rows: int, detail: str | None = None
) -> None:
    """How far a source has been read; also the comparison's sign of life."""
    row = {
        "run_id": run_id,
        "name": name,
        "side": side.value,
        "state": state.value,
        "rows": rows,
        "detail": detail,
    }
    await runs.set_source(tx, row)
    await runs.alive(tx, run_id)


async def sources(tx: Tx, run_id: UUID) -> list[Source]:
    """What was read, and how far."""
    return await runs.sources(tx, run_id)


async def stage(tx: Tx, run_id: UUID, side: Side, said: list[Said]) -> None:
    """Keep what an outside source says until it is compared."""
    await lines.stage(tx, run_id, side, said)


async def stage_ours(reading: Tx, writing: Tx, run: Run) -> int:
    """Keep what the ledger says; return how many movements. Two transactions: one reads, the other writes."""
    begins, ends = day_bounds(run.day)
    return await lines.stage_ours(writing, run.id, payments.movements(reading, begins, ends))


async def carry(tx: Tx, run: Run, knobs: Knobs) -> None:
    """Add what is still open of earlier days."""
    await lines.carry(tx, run.id, run.day, knobs.get(settings.CARRY_DAYS), _CARRIED)


async def days_due(tx: Tx, knobs: Knobs) -> list[date]:
    """Past days that are to be compared now, oldest first; empty before the hour of fetching."""
    today = await runs.today(tx)
    last = today - timedelta(days=1)
    if not await runs.is_time(tx, knobs.get(settings.FETCH_AT)):
        last -= timedelta(days=1)
    first = today - timedelta(days=knobs.get(settings.LOOK_BACK_DAYS))
    return await runs.due(tx, first, last, knobs.get(settings.RETRY_MINUTES)) if first <= last else []
