"""Waiting for what happens on another side: as long as a busy machine may need, not longer than it takes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import chain, repeat
from typing import TypeVar

T = TypeVar("T")
MOST_SECONDS = 120.0
"""No measure of quickness: a machine with ten times the work is slow, and not wrong."""
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.3)
"""Seconds between looks; the last one goes on."""


async def until(
    look: Callable[[], Awaitable[T]],
    good: Callable[[T], object],
    work: Callable[[], Awaitable[object]] | None = None,
    *,
    seconds: float = MOST_SECONDS,
) -> T:
    """The first thing that `look` sees and `good` says yes to, while `work` (the worker) is done between looks.

    Raises AssertionError with what was seen last.
    """
    end = time.monotonic() + seconds
    pauses = chain(_PAUSES, repeat(_PAUSES[-1]))
    while not good(seen := await look()):
        assert time.monotonic() < end, f"after {seconds:.0f} s still {seen!r}"
        if work is not None:
            await work()
            if good(seen := await look()):
                break
        await asyncio.sleep(next(pauses))
    return seen
