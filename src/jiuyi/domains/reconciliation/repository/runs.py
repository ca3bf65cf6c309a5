"""Comparisons, their sources and totals."""

from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from jiuyi.domains.reconciliation.types import Run, Source, Total
from jiuyi.kit.db import Tx

_RUN: LiteralString = "SELECT id, day, seq, state, who, started_at, finished_at, matched, why FROM reconciliation.run "
RUN = _RUN + "WHERE id = %(id)s"
LATEST = _RUN + "WHERE day = %(day)s ORDER BY (state = 'done') DESC, seq DESC LIMIT 1"
RUNNING = _RUN + "WHERE state = 'running' AND alive_at > app_now() - make_interval(secs => %(seconds)s)"
STALE = _RUN + "WHERE state = 'running' AND alive_at <= app_now() - make_interval(secs => %(seconds)s) FOR UPDATE"
OPEN = """
INSERT INTO reconciliation.run (id, day, seq, who, started_at, alive_at)
SELECT %(id)s, %(day)s, coalesce(max(seq), 0) + 1, %(who)s, app_now(), app_now()
FROM reconciliation.run WHERE day = %(day)s
"""
ALIVE = "UPDATE reconciliation.run SET alive_at = app_now() WHERE id = %(id)s"
ENDED = "UPDATE reconciliation.run SET why = nullif(%(why)s, '') WHERE id = %(id)s"
TODAY = "SELECT app_today()"
# Days since `first` without a finished comparison, and without an attempt in the last minutes, oldest first. What lies
# before the first comparison of all was before this program: a new hospital begins with yesterday.
DUE = """
SELECT d::date FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS d
WHERE d::date >= coalesce((SELECT min(day) FROM reconciliation.run), %(last)s::date) AND NOT EXISTS (
    SELECT 1 FROM reconciliation.run r WHERE r.day = d::date
    AND (r.state = 'done' OR r.started_at > app_now() - make_interval(mins => %(minutes)s)))
ORDER BY d
"""
IS_TIME = "SELECT (app_now() AT TIME ZONE 'Asia/Shanghai')::time >= %(at)s::time"
SET_SOURCE = """
INSERT INTO reconciliation.source (run_id, name, side, state, rows, detail, ready_at)
VALUES (%(run_id)s, %(name)s, %(side)s, %(state)s, %(rows)s, %(detail)s,
        CASE WHEN %(state)s = 'ready' THEN app_now() END)
ON CONFLICT (run_id, name) DO UPDATE SET state = excluded.state, rows = excluded.rows, detail = excluded.detail,
    ready_at = coalesce(reconciliation.source.ready_at, excluded.ready_at)
"""
SOURCES = """
SELECT name, side, state, rows, detail, ready_at FROM reconciliation.source WHERE run_id = %(run_id)s
ORDER BY (side = 'ours'), (side = 'his'), name
"""
TOTALS = """
SELECT channel, side, count, fen, told_fen FROM reconciliation.total WHERE run_id = %(run_id)s ORDER BY channel, side
"""
STATEMENTS = (RUN, LATEST, RUNNING, STALE, OPEN, ALIVE, ENDED, TODAY, DUE, IS_TIME, SET_SOURCE, SOURCES, TOTALS)


async def run(tx: Tx, run_id: UUID) -> Run:
    return await tx.must(Run, RUN, {"id": run_id})


async def latest(tx: Tx, day: date) -> Run | None:
    """The last finished comparison of a day; when there is none, the last of any state."""
    return await tx.one(Run, LATEST, {"day": day})


async def running(tx: Tx, seconds: float) -> Run | None:
    """The comparison under way that gave a sign of life in the last `seconds`."""
    return await tx.one(Run, RUNNING, {"seconds": seconds})


async def stale(tx: Tx, seconds: float) -> list[Run]:
    """Comparisons whose process died, locked."""
    return await tx.all(Run, STALE, {"seconds": seconds})


async def open_run(tx: Tx, run_id: UUID, day: date, who: str) -> None:
    """Raises `psycopg.errors.UniqueViolation` when another one is under way."""
    await tx.run(OPEN, {"id": run_id, "day": day, "who": who})


async def alive(tx: Tx, run_id: UUID) -> None:
    await tx.run(ALIVE, {"id": run_id})


async def ended(tx: Tx, run_id: UUID, why: str) -> None:
    """What there is to say about its end."""
    await tx.run(ENDED, {"id": run_id, "why": why})


async def today(tx: Tx) -> date:
    found: date = await tx.value(TODAY)
    return found


async def due(tx: Tx, first: date, last: date, minutes: int) -> list[date]:
    """Days that have no finished comparison and were not tried in the last `minutes`."""
    return await tx.values(DUE, {"first": first, "last": last, "minutes": minutes})


async def is_time(tx: Tx, at: str) -> bool:
    """Whether the hospital's clock is past `at` (HH:MM)."""
    return bool(await tx.value(IS_TIME, {"at": at}))


async def set_source(tx: Tx, row: dict[str, Any]) -> None:
    await tx.run(SET_SOURCE, row)


async def sources(tx: Tx, run_id: UUID) -> list[Source]:
    return await tx.all(Source, SOURCES, {"run_id": run_id})


async def totals(tx: Tx, run_id: UUID) -> list[Total]:
    return await tx.all(Total, TOTALS, {"run_id": run_id})
