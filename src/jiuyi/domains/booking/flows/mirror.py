"""Keeping schedules and slots equal to the HIS: in full at the start and every hour, changes in between."""

from datetime import date, timedelta
from typing import Any

import msgspec
import structlog

from jiuyi.domains.booking import settings
from jiuyi.domains.booking.ports import MirroredSchedule, Schedules
from jiuyi.domains.booking.repository import clinics, mirror
from jiuyi.domains.catalog import service as catalog
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.catalog.types import Availability, SubjectKind
from jiuyi.domains.catalog.types import ClinicKind as CatalogKind
from jiuyi.domains.notifications import service as notifications
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs

POLL_SECONDS = 60.0
PLACES_CHANNEL = mirror.CHANNEL
"""NOTIFY channel for `Admission.hear` and `Faces.hear`."""
_log = structlog.get_logger("jiuyi.booking.mirror")


async def refresh(db: Db, knobs: Knobs, schedules: Schedules, *, full: bool = False) -> int:
    """Read the HIS's schedules (only what changed since the last time, unless a full read is due).

    Returns how many rows changed. Raises `NotDone` when the HIS does not answer: the mirror stays as it was.
    """
    async with db.tx() as tx:
        progress, today = await mirror.progress(tx, POLL_SECONDS), await clinics.today(tx)
    full = full or progress.wants_full or progress.read_at is None
    since = None if full else progress.read_at
    last = today + timedelta(days=most_days(knobs))
    changed, cursor, as_of, seen = 0, None, "", list[str]()
    while True:
        page = await schedules.page(today, last, since, cursor)
        # The first page's moment: what changes while later pages are read is read again next time.
        as_of = as_of or page.as_of
        changed += await _take_over(db, page.items)
        seen += [schedule.code for schedule in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    changed += await _finish(db, today, last, seen if full else None, as_of, changed)
    if changed:
        _log.info("schedules taken over", changed=changed, full=full, schedules=len(seen))
    return changed


class Mirror:
    """The round that keeps schedules and availability fresh; it remembers how much of the catalog it has told."""

    def __init__(self, db: Db, knobs: Knobs, schedules: Schedules, directory: Directory) -> None:
        self._db = db
        self._knobs = knobs
        self._schedules = schedules
        self._directory = directory
        self._told = 0

    async def refresh_when_due(self) -> None:
        """Refresh when the last look is a minute old; then, or when the catalog grew, tell it. Raises as `refresh`."""
        async with self._db.tx() as tx:
            due = (await mirror.progress(tx, POLL_SECONDS)).due
        if due:
            await refresh(self._db, self._knobs, self._schedules)
        known = len(self._directory.tree.departments) + len(self._directory.tree.doctors)
        if due or known != self._told:
            await refresh_availability(self._db, self._knobs, self._directory)
            self._told = known

    async def refresh_now(self) -> None:
        """The HIS says that something changed. Raises like `refresh`."""
        await refresh(self._db, self._knobs, self._schedules)
        await refresh_availability(self._db, self._knobs, self._directory)


def most_days(knobs: Knobs) -> int:
    """The longest booking window of any clinic kind."""
    return max(
        knobs.get(knob) for knob in (settings.WINDOW_DAYS, settings.WINDOW_DAYS_SPECIAL, settings.WINDOW_DAYS_MDT)
    )


async def _take_over(db: Db, schedules: list[MirroredSchedule]) -> int:
    if not schedules:
        return 0
    rows: list[dict[str, Any]] = []
    slots: list[dict[str, Any]] = []
    for schedule in schedules:
        row = msgspec.to_builtins(schedule)
        slots += [
            {
                **slot,
                "id": str(new_id()),
                "schedule_code": schedule.code,
                "start_time": slot["start"],
                "end_time": slot["end"],
            }
            for slot in row.pop("slots")
        ]
        rows.append({**row, "id": str(new_id())})
    async with db.tx() as tx:
        return await mirror.take_over(tx, rows, slots)


async def _finish(db: Db, first: date, last: date, seen: list[str] | None, as_of: str, changed: int) -> int:
    async with db.tx() as tx:
        dropped = await mirror.drop_unlisted(tx, first, last, seen) if seen else 0
        await mirror.mark(tx, as_of, full=seen is not None)
        await notifications.hospital_answered(tx)
        if changed or dropped:
            await mirror.tell(tx)
    return dropped


async def refresh_availability(db: Db, knobs: Knobs, directory: Directory) -> int:
    """Tell the catalog when departments, doctors and teams can be booked next; return how many changed."""
    tree = directory.tree
    by_kind = {
        SubjectKind.DEPARTMENT: {row.code: row.id for row in tree.departments.values()},
        SubjectKind.DOCTOR: {row.code: row.id for row in tree.doctors.values()},
        SubjectKind.MDT_TEAM: {row.code: row.id for row in tree.mdt_teams.values()},
    }
    async with db.tx() as tx:
        found = {(row.kind, row.code): row for row in await mirror.availability(tx, knobs.get(settings.WINDOW_DAYS))}
        rows = []
        for kind, ids in by_kind.items():
            for code, subject in ids.items():
                row = found.get((kind.value, code))
                rows.append(
                    Availability(kind, subject, None, waitlist=False, clinic_kinds=[], fee_from_fen=None)
                    if row is None
                    else Availability(
                        kind,
                        subject,
                        row.next_date,
                        waitlist=row.full_somewhere,
                        clinic_kinds=[CatalogKind(word) for word in row.clinic_kinds],
                        fee_from_fen=row.fee_from_fen,
                    )
                )
        return await catalog.set_availability(tx, rows)
