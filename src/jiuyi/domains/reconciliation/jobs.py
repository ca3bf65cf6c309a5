"""Rounds of reconciliation: the nightly comparison, and acting on what was found."""

import structlog

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.reconciliation import flows, service
from jiuyi.domains.reconciliation.errors import AlreadyRunning
from jiuyi.kit.jobs import Jobs

COMPARE_SECONDS = 60.0
MEND_SECONDS = 15.0
_log = structlog.get_logger("jiuyi.reconciliation")


def register(jobs: Jobs, *, mender: flows.Mender) -> None:
    """Add the two rounds. Days that are due are compared oldest first, so that what is carried over finds its day."""
    books = mender.books

    async def compare() -> None:
        async with books.db.tx() as tx:
            days = await service.days_due(tx, books.knobs)
        for day in days:
            try:
                run = await flows.reconcile(books, day, actor=Actor.system("reconciliation"))
            except AlreadyRunning:
                return
            _log.info("compared", day=day.isoformat(), state=run.state.value, matched=run.matched, why=run.why)

    async def mend() -> None:
        await mender.sweep()

    jobs.every("reconciliation.compare", COMPARE_SECONDS, compare)
    jobs.every("reconciliation.mend", MEND_SECONDS, mend)
