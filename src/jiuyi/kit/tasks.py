"""Ending background tasks for certain."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def end(tasks: Iterable["asyncio.Task[Any]"], *, patience: float = 1.0) -> None:
    """Cancel `tasks` and wait until they have ended; one that is still there after `patience` seconds is told again.

    Before Python 3.12 `asyncio.wait_for` may lose a cancellation that comes in the moment in which what it waits for
    is there (python/cpython#86296), and psycopg waits with it: told once, a listener sometimes went on for ever.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=patience)
