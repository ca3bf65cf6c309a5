"""Waiting for what the product does after a call has been answered."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
WAIT_SECONDS = 60


def until(ask: Callable[[], T], what: str) -> T:
    """The first answer with something in it. Raises RuntimeError when none comes."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        found = ask()
        if found:
            return found
        time.sleep(0.5)
    raise RuntimeError(f"no {what} after {WAIT_SECONDS} seconds")
