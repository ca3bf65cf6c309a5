"""Jobs: named async functions that a worker runs, with ids as arguments. Each is safe to run twice.

They are rows of the same database (procrastinate), deferred with `Tx.defer` in the transaction of their cause.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate import PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException
from psycopg import AsyncConnection

from jiuyi.kit import failed_jobs
from jiuyi.kit.db import Db

JobFunction = Callable[..., Awaitable[None]]
Round = Callable[[], Awaitable[None]]
_log = structlog.get_logger("jiuyi.jobs")

RETRY = RetryStrategy(max_attempts=20, exponential_wait=2)
"""After 2, 4, 8 … seconds: for a quarter of an hour until the tenth try, for three weeks and a half until the last."""
STALLED_AFTER_SECONDS = 20
HEARTBEAT_SECONDS = 5


@dataclass(frozen=True)
class Every:
    """Work that is done every `seconds`, by one worker of all at a time (advisory lock on `name`)."""

    name: str
    seconds: float
    work: Round


class Jobs:
    """The jobs and rounds of this program, and the worker that runs them. Filled once, in `app.wiring`."""

    def __init__(self) -> None:
        self.functions: dict[str, JobFunction] = {}
        self.rounds: list[Every] = []

    def add(self, name: str, function: JobFunction) -> None:
        """Register `function` as job `name` (`domain.verb`). Names are unique."""
        if name in self.functions:
            msg = f"two jobs are named {name}"
            raise ValueError(msg)
        self.functions[name] = function

    def every(self, name: str, seconds: float, work: Round) -> None:
        """Register a round."""
        self.rounds.append(Every(name, seconds, work))

    def app(self, dsn: str, size: int = 6, *, faults: Db | None = None) -> procrastinate.App:
        """The procrastinate app with all jobs on it, for a worker process. `faults`: where failed tries are noted."""
        connector = PsycopgConnector(conninfo=dsn, min_size=1, max_size=size)
        app = procrastinate.App(connector=connector)
        for name, function in self.functions.items():
            app.task(name=name, retry=RETRY, pass_context=True)(_logged(name, function, faults))
        return app

    async def work(self, db: Db, *, concurrency: int = 8) -> None:
        """Run jobs and rounds until cancelled."""
        app, gate = self.app(db.direct_dsn, faults=db), _Gate(db)
        async with app.open_async(), contextlib.aclosing(gate), asyncio.TaskGroup() as group:
            group.create_task(_rescue(app))
            for every in self.rounds:
                group.create_task(_round(gate, every))
            await app.run_worker_async(
                concurrency=concurrency,
                listen_notify=True,
                fetch_job_polling_interval=2.0,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_AFTER_SECONDS,
                delete_jobs="successful",
                install_signal_handlers=False,
            )

    async def drain(self, db: Db) -> None:
        """Run every job that is due now, then return: for tests and the demo's seed."""
        app = self.app(db.direct_dsn, faults=db)
        async with app.open_async():
            await app.run_worker_async(
                wait=False,
                concurrency=4,
                listen_notify=False,
                delete_jobs="successful",
                install_signal_handlers=False,
            )


def _logged(name: str, function: JobFunction, faults: Db | None) -> Callable[..., Awaitable[None]]:
    async def run(context: procrastinate.JobContext, **args: Any) -> None:
        number = context.job.id
        with structlog.contextvars.bound_contextvars(job=name, **args):
            try:
                await function(**args)
            except Exception as error:
                _log.exception("job failed", job_id=number, tries=context.job.attempts + 1)
                if faults is not None and number is not None:
                    await _note(faults, number, error)
                raise

    run.__name__ = name
    return run


async def _note(db: Db, number: int, error: Exception) -> None:
    """Keep what went wrong, for people. The job fails by its own error, whether or not that could be kept."""
    try:
        async with db.tx() as tx:
            await failed_jobs.note(tx, number, error)
    except psycopg.Error:
        _log.warning("what went wrong was not kept", job_id=number)


async def rescue_once(app: procrastinate.App) -> int:
    """Give the jobs of dead workers back to the queue; return how many.

    procrastinate leaves such a job `doing` for ever: nobody else would ever run it.
    """
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS))
    for job in stalled:
        await app.job_manager.retry_job(job)
        _log.warning("rescued a stalled job", job_id=job.id, task=job.task_name)
    return len(stalled)


async def _rescue(app: procrastinate.App) -> None:
    while True:
        try:
            await rescue_once(app)
        except ConnectorException:
            _log.exception("rescue failed")
        await asyncio.sleep(HEARTBEAT_SECONDS)


class _Gate:
    """One connection of this worker on which its rounds hold their locks; opened anew when it broke."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._connection: AsyncConnection[Any] | None = None
        self._opening = asyncio.Lock()

    async def enter(self, name: str) -> bool:
        """Take the lock of a round; False when another worker has it."""
        connection = await self._opened()
        cursor = await connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (name,))
        row = await cursor.fetchone()
        return row is not None and bool(row[0])

    async def _opened(self) -> AsyncConnection[Any]:
        # All rounds begin at once: each would open one of its own, and lose its lock with it.
        async with self._opening:
            if self._connection is None or self._connection.closed:
                self._connection = await self._db.dedicated()
            return self._connection

    async def leave(self, name: str) -> None:
        """Give the lock back. A connection that broke has given back all of them."""
        if self._connection is not None and not self._connection.closed:
            await self._connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (name,))

    async def aclose(self) -> None:
        """Give back everything."""
        if self._connection is not None:
            await self._connection.close()


async def _round(gate: _Gate, every: Every) -> None:
    while True:
        try:
            await _enter_and_work(gate, every)
        except Exception:  # noqa: BLE001 - one round's fault must not stop the others
            _log.exception("round failed", round=every.name)
            await asyncio.sleep(min(30.0, every.seconds * 5))
        await asyncio.sleep(every.seconds)


async def _enter_and_work(gate: _Gate, every: Every) -> bool:
    if not await gate.enter(every.name):
        return False
    try:
        await every.work()
    finally:
        await gate.leave(every.name)
    return True


async def run_round(db: Db, every: Every) -> bool:
    """Do one round unless another worker is doing it; return whether it was done here."""
    return await run_rounds(db, [every]) == 1


async def run_rounds(db: Db, rounds: Iterable[Every]) -> int:
    """Do these one after the other, without those that another worker is doing; return how many were done here."""
    gate = _Gate(db)
    try:
        return sum([await _enter_and_work(gate, every) for every in rounds])
    finally:
        await gate.aclose()
