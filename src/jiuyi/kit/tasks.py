"""Ending background tasks for certain, and working through many things though one of them fails."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import structlog

T = TypeVar("T")
_log = structlog.get_logger("jiuyi.tasks")


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


async def each(things: Iterable[T], work: Callable[[T], Awaitable[Any]], *, at_once: int = 8) -> None:
    """Work on each of `things`, a few at a time.

    One that fails does not stop the others; the first failure is raised when all are done, so that whoever called
    knows of it. Further ones are logged.
    """
    gate = asyncio.Semaphore(at_once)

    async def one(thing: T) -> None:
        async with gate:
            await work(thing)

    results = await asyncio.gather(*(one(thing) for thing in things), return_exceptions=True)
    failed = [result for result in results if isinstance(result, BaseException)]
    for further in failed[1:]:
        _log.error("another of them failed", exc_info=further)
    if failed:
        raise failed[0]
