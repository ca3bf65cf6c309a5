"""Writing, sealing and verifying the audit log."""

import contextlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from jiuyi.domains.audit import repository, rules
from jiuyi.domains.audit.types import Actor, Entry, Verdict
from jiuyi.kit.arrays import bytes_array, uuid_array, word_array
from jiuyi.kit.db import Tx
from jiuyi.kit.http import request_id
from jiuyi.kit.ids import new_bytes, new_id

SEALED_AT_ONCE = 5000


async def note(
    tx: Tx,
    *,
    actor: Actor,
    action: str,
    subject_kind: str,
    subject: str | UUID,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write one entry in the transaction of the act. `detail` holds ids, states and counts, never personal data."""
    entry = {
        "id": new_id(),
        "actor_kind": actor.kind,
        "actor": actor.name,
        "action": action,
        "subject_kind": subject_kind,
        "subject": str(subject),
        "request_id": request_id(),
        "detail": msgspec.json.encode(detail or {}).decode(),
    }
    await repository.insert(tx, entry)


async def note_many(tx: Tx, *, action: str, subject_kind: str, acts: Sequence[tuple[UUID, UUID, str]]) -> None:
    """Write one entry for each act of a batch: (account, subject, request id), in one statement."""
    entries = {
        "actor_kind": "account",
        "action": action,
        "subject_kind": subject_kind,
        "ids": bytes_array(new_bytes(len(acts))),
        "actors": uuid_array([account for account, _, _ in acts]),
        "subjects": uuid_array([subject for _, subject, _ in acts]),
        "requests": word_array(f'"{request}"' for _, _, request in acts),
    }
    await repository.insert_many(tx, entries)


async def seal_new(tx: Tx) -> int:
    """Chain every committed, unsealed entry; return how many. One sealer at a time (the caller holds the lock)."""
    entries = await repository.unsealed(tx, SEALED_AT_ONCE)
    found = await repository.last(tx)
    seq, before = found or (0, rules.GENESIS)
    rows: list[tuple[int, UUID, bytes]] = []
    for entry in entries:
        seq += 1
        before = rules.chain(before, seq, entry)
        rows.append((seq, entry.id, before))
    if rows:
        await repository.seal(tx, rows)
    return len(rows)


async def verify(tx: Tx) -> Verdict:
    """Walk the whole chain: the first place where a hash or the sequence is wrong, and entries that wait too long."""
    before, expected, broken = rules.GENESIS, 0, None
    async with contextlib.aclosing(repository.chained(tx)) as rows:
        async for row in rows:
            expected += 1
            before = rules.chain(before, expected, row.entry)
            if row.seq != expected or row.hash != before:
                broken = row.seq
                break
    return Verdict(
        sealed=expected, last_hash=before.hex(), broken_at=broken, unsealed_over_a_minute=await repository.waiting(tx)
    )


async def about(tx: Tx, kind: str, subject: str, actions: list[str], most: int = 100) -> list[Entry]:
    """The newest entries about one subject, for pages like "who looked at my data"."""
    return await repository.of_subject(tx, kind, subject, actions, most)
