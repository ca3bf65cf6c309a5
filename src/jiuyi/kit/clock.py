"""Time has one owner: the database's `app_now()`. `Clock` follows it inside a process, for texts and tokens.

What decides (release, expiry) is decided in SQL by `app_now()`, never by this clock.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from time import time

HOSPITAL_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has had one zone and no summer time since 1991."""


class Clock:
    """The machine's clock plus the offset of the demo and tests (zero in production)."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC) + self.offset  # noqa: TID251 - the one owner itself

    def seconds(self) -> float:
        """The present moment as Unix time."""
        return time() + self.offset.total_seconds()

    def today(self) -> date:
        """Today's date in the hospital."""
        return self.now().astimezone(HOSPITAL_ZONE).date()


def local(moment: datetime) -> datetime:
    """The same moment on the hospital's clock (+08:00), for what people read."""
    return moment.astimezone(HOSPITAL_ZONE)
