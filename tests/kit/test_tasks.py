"""Background tasks end even if one of them misses that it was told to."""

import asyncio
import contextlib

import pytest

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


async def test_one_that_fails_does_not_stop_the_others() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        await asyncio.sleep(0)
        if number in {1, 3}:
            raise ValueError(number)
        done.append(number)

    with pytest.raises(ValueError, match="1"):
        await tasks.each(range(5), work, at_once=2)
    assert sorted(done) == [0, 2, 4]
    await tasks.each([], work)
