"""Schedules (contracts/his.md §2.2)."""

from datetime import date

import msgspec

from jiuyi.domains.booking.ports import SchedulePage
from jiuyi.kit.outcomes import Garbled
from jiuyi.wire.hospital import Door

PAGE = 500


class HisSchedules:
    """`booking.ports.Schedules` over the hospital's door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def page(self, first: date, last: date, changed_since: str | None, cursor: str | None) -> SchedulePage:
        """One page of schedules."""
        data = await self._door.call(
            "schedules.list",
            {
                "from": first.isoformat(),
                "to": last.isoformat(),
                "changed_since": changed_since,
                "cursor": cursor,
                "limit": PAGE,
            },
            timeout=20.0,
        )
        try:
            return msgspec.convert(data, SchedulePage)
        except msgspec.ValidationError as error:
            raise Garbled("his", "schedules.list", str(error)) from error
