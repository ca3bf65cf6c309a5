"""The sandbox's clock: the machine's clock plus an offset that a person or a test may move."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jiuyi_sandbox.store import Store

HOSPITAL_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has had one offset and no summer time since 1991."""
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def moment(microseconds: int) -> str:
    """RFC 3339 in hospital time, microseconds kept only where there are any."""
    return (_EPOCH + timedelta(microseconds=microseconds)).astimezone(HOSPITAL_TIME).isoformat()


def microseconds(text: str) -> int:
    """Microseconds since 1970 of an RFC 3339 text with offset."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)


class Clock:
    """Hospital time. The offset survives a restart (it lives in the store)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._offset = float(store.meta("clock_offset") or 0)

    @property
    def offset_seconds(self) -> float:
        """Seconds by which the sandbox is ahead of the machine (negative: behind)."""
        return self._offset

    def move(self, offset_seconds: float) -> None:
        """Set the offset (absolute, not added to the present one)."""
        self._offset = float(offset_seconds)
        self._store.set_meta("clock_offset", repr(self._offset))

    def time(self) -> float:
        """Unix seconds on the sandbox's clock."""
        return time.time() + self._offset

    def now_us(self) -> int:
        """Microseconds since 1970 on the sandbox's clock."""
        return int(self.time() * 1_000_000)

    def now(self) -> datetime:
        """Aware, in hospital time."""
        return datetime.fromtimestamp(self.time(), HOSPITAL_TIME)

    def near(self, unix_seconds: float, within: float) -> bool:
        """Whether a caller's timestamp is close to this clock.

        While the clock is moved, the machine's own time is accepted as well: a vendor's SDK signs with that one.
        """
        return abs(unix_seconds - self.time()) <= within or abs(unix_seconds - time.time()) <= within
