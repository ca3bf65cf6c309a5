"""The flood shield: cheap per-process counters in front of everything.

It protects the machine, never money, identity or SMS cost: those are counted in PostgreSQL (`codes`, `accounts`).
"""

import time

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from jiuyi.kit.problems import TooMany


class Shield:
    """Moving-window counters by name and key."""

    def __init__(self) -> None:
        self._strategy = MovingWindowRateLimiter(MemoryStorage())

    def look(self, name: str, key: str, *, times: int, seconds: int) -> None:
        """Raise `TooMany` when `key` has had `times` hits in `seconds`; nothing is counted."""
        item = RateLimitItemPerSecond(times, seconds)
        if not self._strategy.test(item, name, key):
            raise TooMany(retry_after=self._seconds_left(item, name, key))

    def hit(self, name: str, key: str, *, times: int, seconds: int) -> None:
        """Count one hit; raise `TooMany` when `key` had more than `times` in `seconds`."""
        item = RateLimitItemPerSecond(times, seconds)
        if not self._strategy.hit(item, name, key):
            raise TooMany(retry_after=self._seconds_left(item, name, key))

    def _seconds_left(self, item: RateLimitItemPerSecond, name: str, key: str) -> int:
        reset = self._strategy.get_window_stats(item, name, key).reset_time
        return max(1, int(reset - time.time()) + 1)
