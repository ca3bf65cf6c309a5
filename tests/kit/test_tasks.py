"""Background tasks end even if one of them misses that it was told to."""

import asyncio
import contextlib

from jiuyi.kit import tasks


async def test_a_task_that_misses_a_cancellation_is_told_again() -> None:
    missed = 0

    async def deaf() -> None:
        nonlocal missed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                missed += 1
                if missed == 3:
                    raise

    async def broken() -> None:
        msg = "broken"
        raise RuntimeError(msg)

    running = [asyncio.create_task(deaf()), asyncio.create_task(broken()), asyncio.create_task(asyncio.sleep(60))]
    await asyncio.sleep(0)
    await tasks.end(running, patience=0.01)
    assert missed == 3
    assert all(task.done() for task in running)
    with contextlib.suppress(RuntimeError):
        running[1].result()
