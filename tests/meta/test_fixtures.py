"""The fixtures everything else stands on, and that what one test leaves behind is seen and gone for the next."""

import asyncio
import threading
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from jiuyi.kit.db import Db
from tests.support.clock import AppClock
from tests.support.databases import Postgres
from tests.support.listener import Heard, listening
from tests.support.ports import _marked, free_port
from tests.support.sandbox import Sandbox
from tests.support.waiting import until


async def test_the_clock_moves_for_sql(time: AppClock) -> None:
    before = await time.now()
    assert timedelta(minutes=16) <= await time.forward(minutes=16) - before < timedelta(minutes=20)


async def test_each_test_has_its_own_database(db: Db) -> None:
    async with db.tx() as tx:
        assert await tx.value("SELECT offset_seconds FROM kit.clock") == 0


def test_what_one_test_writes_no_other_reads(postgres: Postgres, template: str) -> None:
    offsets = []
    for _ in range(2):
        name = postgres.clone(template)
        with psycopg.connect(postgres.dsn_for(name)) as mine:
            offsets.append(mine.execute("SELECT offset_seconds FROM kit.clock").fetchone())
            mine.execute("UPDATE kit.clock SET offset_seconds = 60")
        postgres.drop(name)
    assert offsets == [(0,), (0,)]


async def left_behind(sandbox: Sandbox) -> set[str]:
    """What somebody has done to the sandbox since it was new."""

    async def read(path: str) -> Any:
        return (await sandbox.http.get(path)).raise_for_status().json()

    found = {
        "faults": (await read("/_control/faults"))["faults"],
        "clock": (await read("/_control/clock"))["offset_seconds"],
        "journal": await sandbox.journal(),
        "counters": await sandbox.counters(),
        "texts": await sandbox.sms(),
        "bookings": (await read("/_control/hospital/bookings"))["bookings"],
        "payments": (await read("/_control/payments"))["payments"],
        "switches": (await read("/_control/wechat_pay"))["next_payment"],
    }
    return {name for name, value in found.items() if value}


async def test_a_reset_waits_for_what_is_on_its_way(sandbox: Sandbox) -> None:
    answered = threading.Event()

    def slow(_: Heard) -> tuple[int, str]:
        answered.wait(1)
        answered.set()
        return 204, ""

    with listening(sandbox.product_port) as product:
        product.answer = slow
        asked = {"person": "p2", "event": "CLICK", "key": "CONTACT"}
        event = asyncio.create_task(sandbox.http.post("/_control/wechat_oa/events", json=asked))
        await product.wait(1)
        await sandbox.reset()
        assert answered.is_set()
        await event


async def test_the_sandbox_starts_as_new(sandbox: Sandbox) -> None:
    assert sandbox.keys["base_url"] == sandbox.base_url
    assert await left_behind(sandbox) == set()


async def test_what_a_test_leaves_in_the_sandbox_is_seen_and_goes(sandbox: Sandbox) -> None:
    await sandbox.fault("his", "latency", "registrations.lock", value=5)
    await sandbox.move_clock(60, only_sandbox=True)
    (await sandbox.http.put("/_control/wechat_pay", json={"next_payment": "notify_lost"})).raise_for_status()
    await sandbox.http.post("/his-esb/his/v1/patients.get", content=b"{}")
    assert await left_behind(sandbox) == {"faults", "clock", "journal", "counters", "switches"}
    await sandbox.reset()
    assert await left_behind(sandbox) == set()


def test_a_port_is_given_once() -> None:
    given = [free_port() for _ in range(3)]
    assert len(set(given)) == 3
    # As another test process asks for it.
    assert [_marked(port) for port in given] == [None] * 3


async def test_waiting_ends_with_what_was_seen_last() -> None:
    looks = iter(range(100))

    async def look() -> int:
        return next(looks)

    assert await until(look, lambda seen: seen == 3) == 3
    with pytest.raises(AssertionError, match="still 4"):
        await until(look, lambda _: False, seconds=0)
