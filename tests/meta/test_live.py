"""The product on real HTTP, as journeys use it."""

import httpx
import pytest

from jiuyi.kit.db import Db
from tests.support.live import Live, Processes
from tests.support.sandbox import Sandbox
from tests.support.waiting import MOST_SECONDS, until

pytestmark = pytest.mark.feature("I01")


async def test_a_phone_signs_in_through_the_sandboxs_wechat(live: Live) -> None:
    phone = live.phone(1)
    opened = await phone.http.get("/w/sign-in")
    assert str(opened.url).startswith(f"{phone.origin}/w/")
    sessions = (await phone.get("/api/sessions")).json()
    assert len(sessions["items"]) == 1
    assert (await live.phone(2).get("/api/sessions")).status_code == 401


async def test_the_worker_brings_the_hospitals_catalog(live: Live) -> None:
    async def doctors() -> int:
        async with live.parts.db.autocommit() as tx:
            return int(await tx.value("SELECT count(*) FROM catalog.doctor") or 0)

    assert await doctors() == 0
    await live.idle()
    assert await doctors() > 300


async def test_what_goes_wrong_in_a_worker_beside_a_test_fails_the_test(live: Live) -> None:
    async def broken() -> None:
        raise RuntimeError("planted")

    async def beside() -> None:
        async with live.worked():
            live.parts.jobs.every("a.broken", 1, broken)
            await until(live.working, lambda working: not working)

    with pytest.raises(RuntimeError, match="planted"):
        await beside()


async def test_both_clocks_stand_as_they_were_moved(live: Live, sandbox: Sandbox) -> None:
    await sandbox.move_clock(7200)
    assert live.parts.clock.offset.total_seconds() == 7200
    async with live.parts.db.autocommit() as tx:
        assert await tx.value("SELECT offset_seconds FROM kit.clock") == 7200
    await sandbox.forward(60)
    assert live.parts.clock.offset.total_seconds() == 7260


@pytest.mark.slow
async def test_real_processes_answer_and_die(processes: Processes, sandbox: Sandbox, db: Db) -> None:
    async def workers() -> int:
        async with db.autocommit() as tx:
            return int(await tx.value("SELECT count(*) FROM procrastinate_workers") or 0)

    async with httpx.AsyncClient(base_url=sandbox.product_url, trust_env=False, timeout=MOST_SECONDS) as http:
        with processes.web() as web, processes.worker() as worker:
            assert (await http.get("/readyz")).json() == {"status": "ok"}
            assert await until(workers, bool) == 1
            web.kill()
            worker.kill()
            assert {web.process.returncode, worker.process.returncode} == {-9}
        with pytest.raises(httpx.ConnectError):
            await http.get("/readyz")
