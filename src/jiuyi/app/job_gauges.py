"""Jobs that do not get done, as numbers of `/metrics`: read in the database, so every web process tells the same."""

import asyncio

import psycopg
import structlog
from prometheus_client import Gauge

from jiuyi.kit import failed_jobs
from jiuyi.kit.db import Db

FAILED = Gauge("jiuyi_jobs_failed", "Jobs that were given up after the last try and wait for people", ["task"])
TRYING = Gauge("jiuyi_jobs_trying", f"Jobs that failed {failed_jobs.MANY_TRIES} times or more and go on", ["task"])
READ = Gauge("jiuyi_jobs_read", "Whether jiuyi_jobs_failed and jiuyi_jobs_trying could be read just now (1) or not (0)")
_PATIENCE_SECONDS = 2.0
_log = structlog.get_logger("jiuyi.web")


async def read(db: Db) -> None:
    """Set the gauges. A database that does not answer leaves them out, so that no old number is taken for a new one."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), db.autocommit() as tx:
            found = await failed_jobs.counts(tx)
    except (psycopg.Error, TimeoutError) as error:
        _log.warning("jobs were not counted", reason=type(error).__name__)
        found = None
    FAILED.clear()
    TRYING.clear()
    READ.set(0 if found is None else 1)
    for one in found or []:
        FAILED.labels(one.task).set(one.failed)
        TRYING.labels(one.task).set(one.trying)
