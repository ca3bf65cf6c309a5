"""SQL of the audit log."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from jiuyi.domains.audit.types import Entry, SealRow
from jiuyi.kit.db import Tx

INSERT = """
INSERT INTO audit.entry (id, at, actor_kind, actor, action, subject_kind, subject, request_id, detail)
VALUES (%(id)s, app_now(), %(actor_kind)s, %(actor)s, %(action)s, %(subject_kind)s, %(subject)s, %(request_id)s,
        %(detail)s::jsonb)
"""
INSERT_MANY = """
INSERT INTO audit.entry (id, at, actor_kind, actor, action, subject_kind, subject, request_id, detail)
SELECT a.id, app_now(), %(actor_kind)s, a.actor::text, %(action)s, %(subject_kind)s, a.subject::text, a.request_id, '{}'
FROM unnest(%(ids)s::uuid[], %(actors)s::uuid[], %(subjects)s::uuid[], %(requests)s::text[])
  AS a (id, actor, subject, request_id)
"""
UNSEALED = """
SELECT e.id, e.at, e.actor_kind, e.actor, e.action, e.subject_kind, e.subject, e.request_id, e.detail
FROM audit.entry e LEFT JOIN audit.seal s ON s.entry = e.id WHERE s.entry IS NULL
ORDER BY e.id LIMIT %(most)s
"""
LAST = "SELECT seq, hash FROM audit.seal ORDER BY seq DESC LIMIT 1"
SEAL = "INSERT INTO audit.seal (seq, entry, hash, sealed_at) VALUES (%s, %s, %s, app_now())"
CHAIN = """
SELECT s.seq, s.hash, e.id, e.at, e.actor_kind, e.actor, e.action, e.subject_kind, e.subject, e.request_id, e.detail
FROM audit.seal s JOIN audit.entry e ON e.id = s.entry WHERE s.seq > %(after)s ORDER BY s.seq LIMIT %(most)s
"""
WAITING = """
SELECT count(*) FROM audit.entry e LEFT JOIN audit.seal s ON s.entry = e.id
WHERE s.entry IS NULL AND e.at < app_now() - interval '1 minute'
"""
OF_SUBJECT = """
SELECT id, at, actor_kind, actor, action, subject_kind, subject, request_id, detail FROM audit.entry
WHERE subject_kind = %(kind)s AND subject = %(subject)s AND action = ANY(%(actions)s) ORDER BY at DESC LIMIT %(most)s
"""
STATEMENTS = (INSERT, INSERT_MANY, UNSEALED, LAST, SEAL, CHAIN, WAITING, OF_SUBJECT)


class _Last(msgspec.Struct):
    seq: int
    hash: bytes


class _Chained(msgspec.Struct):
    seq: int
    hash: bytes
    id: UUID
    at: datetime
    actor_kind: str
    actor: str
    action: str
    subject_kind: str
    subject: str
    request_id: str
    detail: dict[str, Any]

    def row(self) -> SealRow:
        fields = {name: getattr(self, name) for name in Entry.__struct_fields__}
        return SealRow(self.seq, self.hash, Entry(**fields))


async def insert(tx: Tx, entry: dict[str, Any]) -> None:
    """Insert one entry."""
    await tx.run(INSERT, entry)


async def insert_many(tx: Tx, entries: dict[str, Any]) -> None:
    """Insert many entries of one action; the columns that differ are arrays."""
    await tx.run(INSERT_MANY, entries)


async def unsealed(tx: Tx, most: int) -> list[Entry]:
    """Committed entries without a seal, oldest first."""
    return await tx.all(Entry, UNSEALED, {"most": most})


async def last(tx: Tx) -> tuple[int, bytes] | None:
    """Sequence and hash of the newest seal."""
    found = await tx.one(_Last, LAST)
    return None if found is None else (found.seq, found.hash)


async def seal(tx: Tx, rows: list[tuple[int, UUID, bytes]]) -> None:
    """Store seals."""
    await tx.many(SEAL, rows)


async def chained(tx: Tx, step: int = 2000) -> AsyncGenerator[SealRow, None]:
    """Every sealed entry in the order of the chain, in steps."""
    after = 0
    while True:
        rows = await tx.all(_Chained, CHAIN, {"after": after, "most": step})
        for found in rows:
            yield found.row()
        if len(rows) < step:
            return
        after = rows[-1].seq


async def waiting(tx: Tx) -> int:
    """How many entries have been unsealed for over a minute."""
    return int(await tx.value(WAITING))


async def of_subject(tx: Tx, kind: str, subject: str, actions: list[str], most: int) -> list[Entry]:
    """The newest entries about one subject."""
    return await tx.all(Entry, OF_SUBJECT, {"kind": kind, "subject": subject, "actions": actions, "most": most})
