"""The fixtures everything else stands on."""

from datetime import timedelta

from jiuyi.kit.db import Db
from tests.support.clock import AppClock
from tests.support.sandbox import Sandbox


async def test_the_clock_moves_for_sql(time: AppClock) -> None:
    before = await time.now()
    assert timedelta(minutes=16) <= await time.forward(minutes=16) - before < timedelta(minutes=17)


async def test_each_test_has_its_own_database(db: Db) -> None:
    async with db.tx() as tx:
        assert await tx.value("SELECT offset_seconds FROM kit.clock") == 0


async def test_the_sandbox_starts_as_new(sandbox: Sandbox) -> None:
    assert sandbox.keys["base_url"] == sandbox.base_url
    await sandbox.fault("his", "latency", "registrations.lock", value=5)
    await sandbox.reset()
    assert (await sandbox.http.get("/_control/faults")).json()["faults"] == []
