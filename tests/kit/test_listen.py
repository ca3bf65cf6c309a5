"""Hearing what others committed: news, the regular second look, and a connection that breaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from jiuyi.kit import listen, tasks
from jiuyi.kit.db import Db
from jiuyi.kit.listen import Listener

LISTENING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN \"places\"'"


class Heard:
    """Remembers what it was told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._more = asyncio.Event()

    async def __call__(self, payload: str) -> None:
        self.told.append(payload)
        self._more.set()

    async def until(self, payload: str, times: int = 1) -> None:
        """Wait until it was told `payload` so often."""
        async with asyncio.timeout(30):
            while self.told.count(payload) < times:
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def listening(listener: Listener) -> AsyncIterator[None]:
    task = asyncio.create_task(listener.run())
    try:
        yield
    finally:
        await tasks.end([task])


async def say(db: Db, payload: str) -> None:
    async with db.tx() as tx:
        await tx.notify("places", payload)


@pytest.fixture
def listener(db: Db) -> Listener:
    return Listener(db)


async def test_news_reach_everybody_who_asked_for_them(db: Db, listener: Listener) -> None:
    first, second, other = Heard(), Heard(), Heard()
    listener.on("places", first)
    listener.on("places", second, regularly=False)
    listener.on("others", other)
    async with listening(listener):
        await second.until("")
        await say(db, "one")
        await first.until("one")
        await second.until("one")
    assert "one" not in other.told


async def test_only_who_forgets_nothing_by_itself_looks_again_regularly(
    db: Db, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "REREAD_SECONDS", 0.05)
    regular, rare = Heard(), Heard()
    listener.on("places", regular)
    listener.on("places", rare, regularly=False)
    async with listening(listener):
        await regular.until("", times=5)
        # What is said between two looks is not lost.
        for number in range(20):
            await say(db, f"{number}")
        await rare.until("19")
    assert [one for one in rare.told if one] == [f"{number}" for number in range(20)]
    assert rare.told.count("") == 1


async def test_everybody_looks_again_when_the_connection_broke(db: Db, listener: Listener) -> None:
    rare = Heard()
    listener.on("places", rare, regularly=False)
    async with listening(listener):
        await rare.until("")
        async with db.autocommit() as tx:
            pids = await tx.values(LISTENING)
            assert pids
            await tx.run("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS x (pid)", [pids])
        # It missed what was said meanwhile, so it is told to read everything again.
        await rare.until("", times=2)
        await say(db, "after")
        await rare.until("after")
