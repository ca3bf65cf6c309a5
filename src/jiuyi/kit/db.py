"""The database: pools, transactions, and rows as Structs.

A `Tx` is the only thing SQL runs on. While one is open in a task, `in_transaction()` is true and `wire.http`
refuses to call out: nobody holds a transaction while waiting for someone else.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, LiteralString, TypeVar
from uuid import UUID

import msgspec
import psycopg
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import DictRow, dict_row, tuple_row
from psycopg.sql import Composed
from psycopg_pool import AsyncConnectionPool

from jiuyi.kit.events import Event, Subscriptions

T = TypeVar("T")
Query = LiteralString | Composed
Params = Mapping[str, Any] | Sequence[Any] | None

_NATIVE = (datetime, date, time, timedelta, UUID, Decimal, bytes)
_open: ContextVar[int] = ContextVar("jiuyi_open_transactions", default=0)


def in_transaction() -> bool:
    """Whether this task holds a database transaction right now."""
    return _open.get() > 0


class Absent(LookupError):
    """A row that must be there is not."""


class Tx:
    """One open transaction. Statements use psycopg's `%s` / `%(name)s` parameters."""

    def __init__(self, connection: AsyncConnection[Any], subscriptions: Subscriptions) -> None:
        self.connection = connection
        self._subscriptions = subscriptions

    async def one(self, kind: type[T], query: Query, params: Params = None) -> T | None:
        """Return the first row as `kind` (a Struct), or None."""
        async with self._dicts() as cursor:
            await cursor.execute(query, params)
            row = await cursor.fetchone()
        return None if row is None else msgspec.convert(row, kind, builtin_types=_NATIVE)

    async def must(self, kind: type[T], query: Query, params: Params = None) -> T:
        """Return the first row as `kind`; raise `Absent` when there is none."""
        found = await self.one(kind, query, params)
        if found is None:
            raise Absent(kind.__name__)
        return found

    async def all(self, kind: type[T], query: Query, params: Params = None) -> list[T]:
        """Return every row as `kind`."""
        async with self._dicts() as cursor:
            await cursor.execute(query, params)
            rows = await cursor.fetchall()
        return [msgspec.convert(row, kind, builtin_types=_NATIVE) for row in rows]

    async def value(self, query: Query, params: Params = None) -> Any:
        """Return the first column of the first row, or None."""
        async with self.connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(query, params)
            row = await cursor.fetchone()
        return None if row is None else row[0]

    async def values(self, query: Query, params: Params = None) -> list[Any]:
        """Return the first column of every row."""
        async with self.connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(query, params)
            return [row[0] for row in await cursor.fetchall()]

    async def run(self, query: Query, params: Params = None) -> int:
        """Run a statement and return how many rows it touched."""
        async with self.connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(query, params)
            return cursor.rowcount

    async def many(self, query: Query, rows: Iterable[Params]) -> None:
        """Run one statement for many parameter sets (psycopg pipelines them)."""
        async with self.connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.executemany(query, [row for row in rows if row is not None])

    async def defer(self, job: str, *, delay_seconds: float = 0, key: str | None = None, **args: Any) -> None:
        """Enqueue job `job` with ids as `args`; the job exists if and only if this transaction commits.

        UUIDs become strings. `key` keeps jobs with the same key from running at the same time.
        """
        written = msgspec.json.encode(args).decode()
        await self.run(_DEFER, {"task": job, "lock": key, "args": written, "delay": delay_seconds})

    async def emit(self, event: Event) -> None:
        """Publish a fact: one job for each subscriber, in this transaction."""
        for job in self._subscriptions.jobs_for(type(event)):
            await self.defer(job, **msgspec.to_builtins(event))

    async def notify(self, channel: str, payload: str = "") -> None:
        """Tell every process (`LISTEN`) when this transaction commits."""
        await self.run("SELECT pg_notify(%s, %s)", (channel, payload))

    def _dicts(self) -> AsyncCursor[DictRow]:
        return self.connection.cursor(row_factory=dict_row)


# Runs are scheduled on the job queue's own clock: a delay is infrastructure, not a business time.
_DEFER: LiteralString = """
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', %(task)s, 0, %(lock)s, NULL, %(args)s::jsonb,
  CASE WHEN %(delay)s::float8 > 0 THEN clock_timestamp() + make_interval(secs => %(delay)s::float8) END
)]::procrastinate_job_to_defer_v1[])
"""


class Db:
    """A pool of connections. One per process.

    `dsn` may lead through a pooler in transaction mode; `direct` must not: LISTEN, jobs and advisory locks need a
    session of their own.
    """

    def __init__(
        self,
        dsn: str,
        *,
        direct: str = "",
        subscriptions: Subscriptions | None = None,
        size: int = 8,
        prepared: bool = True,
    ) -> None:
        self.dsn = dsn
        self.direct_dsn = direct or dsn
        self.subscriptions = subscriptions or Subscriptions()
        threshold = 2 if prepared else None

        async def configure(connection: AsyncConnection[Any]) -> None:
            await connection.set_autocommit(True)
            # Rows are stored in UTC; times come back with the hospital's offset, as pages and messages show them.
            await connection.execute("SET TIME ZONE 'Asia/Shanghai'")
            connection.prepare_threshold = threshold

        self.pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            dsn, min_size=1, max_size=size, open=False, configure=configure, timeout=10, name="jiuyi"
        )

    async def open(self) -> None:
        """Open the pool; raises `psycopg_pool.PoolTimeout` when the server does not answer."""
        await self.pool.open(wait=True, timeout=20)

    async def close(self) -> None:
        """Close the pool."""
        await self.pool.close()

    @asynccontextmanager
    async def tx(self) -> AsyncIterator[Tx]:
        """A transaction: commits when the block ends, rolls back when it raises. READ COMMITTED."""
        async with self.pool.connection() as connection:
            _open.set(_open.get() + 1)
            try:
                async with connection.transaction():
                    yield Tx(connection, self.subscriptions)
            finally:
                _open.set(_open.get() - 1)

    @asynccontextmanager
    async def piped(self) -> AsyncIterator[Tx]:
        """A transaction whose statements do not wait for each other: only what is fetched is waited for.

        A statement that fails is told by the next fetch, or when the block ends; then nothing is committed.
        """
        async with self.pool.connection() as connection:
            _open.set(_open.get() + 1)
            try:
                async with connection.pipeline(), connection.transaction():
                    yield Tx(connection, self.subscriptions)
            finally:
                _open.set(_open.get() - 1)

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[Tx]:
        """Single statements that commit by themselves (admission's one statement, reads)."""
        async with self.pool.connection() as connection:
            _open.set(_open.get() + 1)
            try:
                yield Tx(connection, self.subscriptions)
            finally:
                _open.set(_open.get() - 1)

    async def dedicated(self) -> AsyncConnection[Any]:
        """A connection of its own outside the pool (LISTEN, advisory locks); the caller closes it."""
        return await psycopg.AsyncConnection.connect(self.direct_dsn, autocommit=True)
