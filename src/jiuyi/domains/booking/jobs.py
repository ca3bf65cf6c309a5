"""Jobs and rounds of booking: thin."""

from uuid import UUID

from jiuyi.domains.booking.flows.mirror import Mirror
from jiuyi.domains.booking.ports import Schedules
from jiuyi.domains.catalog.service import Directory
from jiuyi.kit import inbox
from jiuyi.kit.db import Db
from jiuyi.kit.jobs import Jobs
from jiuyi.kit.knobs import Knobs

SCHEDULE_CHANGED = "booking.schedule_changed"
"""The job for the HIS's event `schedule.changed` (argument: `notice_id`)."""
_LOOK_EVERY_SECONDS = 5


def register(jobs: Jobs, *, db: Db, knobs: Knobs, directory: Directory, schedules: Schedules) -> None:
    """Add the rounds and the jobs of events and notices."""
    mirror = Mirror(db, knobs, schedules, directory)

    async def schedule_changed(notice_id: str) -> None:
        async with db.tx() as tx:
            notice = await inbox.read(tx, UUID(notice_id))
        if notice.handled:
            return
        await mirror.refresh_now()
        async with db.tx() as tx:
            await inbox.mark_handled(tx, notice.id)

    jobs.every("booking.mirror", _LOOK_EVERY_SECONDS, mirror.refresh_when_due)
    jobs.add(SCHEDULE_CHANGED, schedule_changed)
