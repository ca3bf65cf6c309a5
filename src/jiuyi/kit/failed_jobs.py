"""Jobs that do not get done: what went wrong, how many were given up, and putting one back.

A job that failed for the last time (`kit.jobs.RETRY`) stays in the queue's table as `failed`; nobody tries it again.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import psycopg

from jiuyi.kit.db import Tx
from jiuyi.kit.outcomes import NotDone, Refused

MANY_TRIES = 9
"""A job that failed so often has been tried for a quarter of an hour or more."""
_MOST_ERROR = 200
_NOTE = """
INSERT INTO kit.job_fault (job_id, error, at) VALUES (%(job)s, %(error)s, app_now())
ON CONFLICT (job_id) DO UPDATE SET error = excluded.error, at = excluded.at
"""
_FAILED = """
SELECT j.id, j.task_name AS task, j.queue_name AS queue, j.attempts AS tries, f.error,
       coalesce(f.at, (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'failed')) AS at
FROM procrastinate_jobs j LEFT JOIN kit.job_fault f ON f.job_id = j.id
WHERE j.status = 'failed' ORDER BY j.id LIMIT %(most)s
"""
_COUNTS = """
SELECT task_name AS task, count(*) FILTER (WHERE status = 'failed') AS failed,
       count(*) FILTER (WHERE status IN ('todo', 'doing') AND attempts >= %(many)s::int) AS trying
FROM procrastinate_jobs WHERE status = 'failed' OR attempts >= %(many)s::int GROUP BY task_name ORDER BY task_name
"""
# Its tries are counted anew. Only a failed one: what is waiting or under way is in good hands.
_AGAIN = """
UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = NULL, abort_requested = false
WHERE id = %(job)s AND status = 'failed' RETURNING task_name
"""
STATEMENTS = (_NOTE, _FAILED, _COUNTS, _AGAIN)


class FailedJob(msgspec.Struct, frozen=True):
    """A job that was given up. `tries`: how often it was run; `error`: the last one, where it is known."""

    id: int
    task: str
    queue: str
    tries: int
    error: str | None
    at: datetime | None


class JobCount(msgspec.Struct, frozen=True):
    """Of one task: jobs that were given up, and those that have failed `MANY_TRIES` times and go on being tried."""

    task: str
    failed: int
    trying: int


async def note(tx: Tx, job_id: int, error: BaseException) -> None:
    """Keep what went wrong with a job."""
    await tx.run(_NOTE, {"job": job_id, "error": described(error)})


async def failed(tx: Tx, most: int = 500) -> list[FailedJob]:
    """What was given up, the oldest first."""
    return await tx.all(FailedJob, _FAILED, {"most": most})


async def counts(tx: Tx) -> list[JobCount]:
    """Task by task; one of which nothing fails is not there."""
    return await tx.all(JobCount, _COUNTS, {"many": MANY_TRIES})


async def again(tx: Tx, job_id: int) -> str | None:
    """Put a failed job back into the queue and return its task; None when no failed job has this number."""
    found: str | None = await tx.value(_AGAIN, {"job": job_id})
    return found


def described(error: BaseException) -> str:
    """An error in words that carry no personal data: its kind, the outside call, a code; never its text."""
    if isinstance(error, BaseExceptionGroup):
        return _first(error.exceptions)
    words = [type(error).__name__]
    if isinstance(error, NotDone):
        words += [error.system, error.operation]
    if isinstance(error, Refused):
        words.append(error.code)
    if isinstance(error, psycopg.Error) and error.sqlstate:
        words.append(error.sqlstate)
    return " ".join(words)[:_MOST_ERROR]


def _first(errors: Sequence[BaseException]) -> str:
    more = f" (+{len(errors) - 1})" if len(errors) > 1 else ""
    return described(errors[0])[: _MOST_ERROR - len(more)] + more
