"""What is thrown away in time, so that no table grows for ever. Domains throw away their own."""

from jiuyi.kit import blobs, inbox, journal
from jiuyi.kit.db import Db
from jiuyi.kit.jobs import Jobs

NOTICE_DAYS = 180
"""Notices that were worked on: longer than any channel sends one again or a bill is disputed over it."""
CALL_DAYS = 30
EVERY_SECONDS = 3600


def register(jobs: Jobs, *, db: Db) -> None:
    """Add the round that deletes handled notices, old calls of the journal, and files past their own retention."""

    async def prune() -> None:
        async with db.tx() as tx:
            await inbox.prune(tx, NOTICE_DAYS)
            await journal.prune(tx, CALL_DAYS)
            await blobs.prune(tx)

    jobs.every("app.prune", EVERY_SECONDS, prune)
