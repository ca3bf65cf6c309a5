from uuid import UUID

from jiuyi.domains.catalog import flows
from jiuyi.domains.catalog.ports import HospitalCatalog
from jiuyi.kit import inbox
from jiuyi.kit.db import Db
from jiuyi.kit.jobs import Jobs
from jiuyi.kit.knobs import Knobs

CHANGED_NOTICE = "catalog.changed_notice"
"""The job for the HIS's event `catalog.changed` (argument: `notice_id`)."""
_LOOK_EVERY_SECONDS = 5


def register(jobs: Jobs, *, db: Db, knobs: Knobs, hospital_catalog: HospitalCatalog) -> None:
    """Add the round that refreshes when due, and the job for the HIS's event."""

    async def refresh_when_due() -> None:
        await flows.refresh_when_due(db, knobs, hospital_catalog)

    async def changed_notice(notice_id: str) -> None:
        async with db.tx() as tx:
            notice = await inbox.read(tx, UUID(notice_id))
        if notice.handled:
            return
        await flows.refresh(db, knobs, hospital_catalog)
        async with db.tx() as tx:
            await inbox.mark_handled(tx, notice.id)

    jobs.every("catalog.refresh", _LOOK_EVERY_SECONDS, refresh_when_due)
    jobs.add(CHANGED_NOTICE, changed_notice)
