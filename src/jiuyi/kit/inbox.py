"""The inbox: every notice from outside is stored raw and unique before it is understood.

The adapter verifies and names it (`Notice`), `receive` stores it and defers the one job that its kind is routed to,
the platform's acknowledgement goes out after the commit. Duplicates change nothing.
"""

from typing import Any, LiteralString
from uuid import UUID

import msgspec

from jiuyi.kit.db import Db, Tx
from jiuyi.kit.ids import new_id


class Notice(msgspec.Struct, frozen=True):
    """A verified notice. `key` is unique within `system`; `data` is what the adapter understood, in JSON types."""

    system: str
    key: str
    kind: str
    data: dict[str, Any]
    raw: bytes


class Stored(msgspec.Struct, frozen=True):
    """A notice as its job reads it."""

    id: UUID
    system: str
    key: str
    kind: str
    data: dict[str, Any]
    handled: bool


class NoRoute(LookupError):
    """No job is routed for this system and kind: a fault in `app.wiring`."""


# One statement, so one round trip and one commit a notice: stored and its job deferred, or neither.
_TAKE: LiteralString = """
WITH stored AS (
    INSERT INTO kit.inbox (id, system, key, kind, data, raw, received_at)
    VALUES (%(id)s, %(system)s, %(key)s, %(kind)s, %(data)s::jsonb, %(raw)s, app_now())
    ON CONFLICT (system, key) DO NOTHING RETURNING id
)
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', %(job)s::text, 0, NULL, NULL,
    jsonb_build_object('notice_id', stored.id), NULL)]::procrastinate_job_to_defer_v1[]) FROM stored
"""
_READ = """
SELECT id, system, key, kind, data, handled_at IS NOT NULL AS handled FROM kit.inbox WHERE id = %s
"""
_HANDLED = "UPDATE kit.inbox SET handled_at = app_now() WHERE id = %s AND handled_at IS NULL"
_PRUNE = "DELETE FROM kit.inbox WHERE received_at < app_now() - make_interval(days => %s) AND handled_at IS NOT NULL"
STATEMENTS = (_TAKE, _READ, _HANDLED, _PRUNE)


class Routes:
    """(system, kind) → job. The only place that demultiplexes notices."""

    def __init__(self, table: dict[tuple[str, str], str]) -> None:
        self.table = dict(table)

    def job(self, notice: Notice) -> str:
        """The job for a notice. Raises `NoRoute`."""
        found = self.table.get((notice.system, notice.kind)) or self.table.get((notice.system, "*"))
        if found is None:
            raise NoRoute(f"{notice.system} {notice.kind}")
        return found


async def receive(db: Db, routes: Routes, notice: Notice) -> bool:
    """Store a notice and defer its job, both or neither; return False for one that was stored before."""
    params = {
        "id": new_id(),
        "system": notice.system,
        "key": notice.key,
        "kind": notice.kind,
        "data": msgspec.json.encode(notice.data).decode(),
        "raw": notice.raw,
        "job": routes.job(notice),
    }
    async with db.autocommit() as tx:
        return await tx.value(_TAKE, params) is not None


async def read(tx: Tx, notice_id: UUID) -> Stored:
    """The stored notice. Raises `Absent`."""
    return await tx.must(Stored, _READ, (notice_id,))


async def mark_handled(tx: Tx, notice_id: UUID) -> None:
    """Note that the notice's work is done (in the transaction that did it)."""
    await tx.run(_HANDLED, (notice_id,))


async def prune(tx: Tx, days: int) -> int:
    """Delete handled notices older than `days`; return how many."""
    return await tx.run(_PRUNE, (days,))
