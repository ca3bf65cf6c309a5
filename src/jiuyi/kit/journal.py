"""The journal of outside calls: what was asked of whom, how it ended and how long it took. No personal data.

Entries are gathered in memory and written every second, so that a call never waits for its own diary.
"""

import asyncio
from datetime import datetime
from uuid import UUID

import msgspec
import psycopg
import structlog

from jiuyi.kit.db import Db, Tx
from jiuyi.kit.ids import new_id

_log = structlog.get_logger("jiuyi.journal")
_INSERT = """
INSERT INTO kit.call
  (id, system, operation, trace_id, outcome, status, detail, milliseconds, request_bytes, answer_bytes, at)
VALUES (%(id)s, %(system)s, %(operation)s, %(trace_id)s, %(outcome)s, %(status)s, %(detail)s, %(milliseconds)s,
        %(request_bytes)s, %(answer_bytes)s, %(at)s)
"""
_PRUNE = "DELETE FROM kit.call WHERE at < app_now() - make_interval(days => %s)"
STATEMENTS = (_INSERT, _PRUNE)
FLUSH_SECONDS = 1.0
MOST = 20_000


class Call(msgspec.Struct, frozen=True):
    """One outside call. `outcome`: done, refused, unreachable, unanswered, garbled."""

    system: str
    operation: str
    trace_id: str
    outcome: str
    status: int | None
    detail: str
    milliseconds: int
    request_bytes: int
    answer_bytes: int
    at: datetime
    id: UUID = msgspec.field(default_factory=new_id)


class Journal:
    """Gathers calls; `run` writes them. A full buffer drops the oldest and says so."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self.dropped = 0

    def note(self, call: Call) -> None:
        """Remember one call."""
        self._calls.append(call)
        if len(self._calls) > MOST:
            del self._calls[: len(self._calls) - MOST]
            self.dropped += 1

    async def flush(self, db: Db) -> int:
        """Write what was gathered; return how many."""
        calls, self._calls = self._calls, []
        if calls:
            async with db.tx() as tx:
                await tx.many(_INSERT, [msgspec.structs.asdict(call) for call in calls])
        return len(calls)

    async def run(self, db: Db) -> None:
        """Flush every second until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                try:
                    await self.flush(db)
                except psycopg.Error:
                    _log.exception("the call journal could not be written")
        finally:
            await self.flush(db)


async def prune(tx: Tx, days: int) -> int:
    """Delete calls older than `days`; return how many."""
    return await tx.run(_PRUNE, (days,))
