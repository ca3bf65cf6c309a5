"""SQL of codes."""

from typing import Any
from uuid import UUID

from jiuyi.domains.codes.types import CodeRow, Counts
from jiuyi.kit.db import Tx

LOCK_ACCOUNT = "SELECT pg_advisory_xact_lock(hashtextextended(%(account_id)s::uuid::text, 72))"
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(encode(%(phone_index)s, 'hex'), 71))"
COUNTS = """
SELECT
  (SELECT extract(epoch FROM app_now() - max(created_at))::float8 FROM codes.code
    WHERE phone_index = %(phone_index)s) AS seconds_since_last,
  (SELECT count(*) FROM codes.code
    WHERE phone_index = %(phone_index)s AND created_at > app_now() - interval '1 hour') AS last_hour,
  (SELECT count(*) FROM codes.code
    WHERE phone_index = %(phone_index)s AND created_at > app_now() - interval '1 day') AS last_day,
  (SELECT count(*) FROM codes.code
    WHERE ip_index = %(ip_index)s AND created_at > app_now() - interval '1 day') AS ip_last_day,
  (SELECT count(*) FROM codes.code
    WHERE account_id = ANY(%(accounts)s) AND created_at > app_now() - interval '1 day') AS account_last_day
"""
INSERT = """
INSERT INTO codes.code (id, purpose, subject, phone_sealed, phone_index, code_digest, account_id, ip_index, state,
                        created_at, expires_at)
VALUES (%(id)s, %(purpose)s, %(subject)s, %(phone_sealed)s, %(phone_index)s, %(code_digest)s, %(account_id)s,
        %(ip_index)s, 'waiting', app_now(), app_now() + make_interval(mins => %(minutes)s))
"""
READ = """
SELECT id, purpose, subject, phone_sealed, phone_index, code_digest, account_id, tries, state, expires_at,
       expires_at <= app_now() AS expired
FROM codes.code WHERE id = %(id)s FOR UPDATE
"""
MARK = "UPDATE codes.code SET state = %(state)s WHERE id = %(id)s"
TRIED = "UPDATE codes.code SET tries = tries + 1 WHERE id = %(id)s"
PRUNE = "DELETE FROM codes.code WHERE created_at < app_now() - interval '30 days'"
STATEMENTS = (LOCK_ACCOUNT, LOCK, COUNTS, INSERT, READ, MARK, TRIED, PRUNE)


async def counts(tx: Tx, keys: dict[str, Any]) -> Counts:
    """Lock account and number (in this order) for this transaction; count what they and the network had lately.

    `keys`: `account_id`, `accounts` (all of the same person), `phone_index`, `ip_index`.
    """
    await tx.run(LOCK_ACCOUNT, keys)
    await tx.run(LOCK, keys)
    return await tx.must(Counts, COUNTS, keys)


async def insert(tx: Tx, row: dict[str, Any]) -> None:
    """Store a new code."""
    await tx.run(INSERT, row)


async def read_locked(tx: Tx, code_id: UUID) -> CodeRow | None:
    """The code, locked."""
    return await tx.one(CodeRow, READ, {"id": code_id})


async def mark(tx: Tx, code_id: UUID, state: str) -> None:
    """Set the state."""
    await tx.run(MARK, {"id": code_id, "state": state})


async def tried(tx: Tx, code_id: UUID) -> None:
    """Count one wrong try."""
    await tx.run(TRIED, {"id": code_id})


async def prune(tx: Tx) -> int:
    """Forget codes older than 30 days."""
    return await tx.run(PRUNE)
