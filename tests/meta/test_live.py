"""The product on real HTTP, as journeys use it."""

import httpx
import pytest

from jiuyi.kit.db import Db
from tests.support.live import Live, Processes
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("I01")


async def test_a_phone_signs_in_through_the_sandboxs_wechat(live: Live) -> None:
    phone = live.phone(1)
    opened = await phone.http.get("/w/sign-in")
    assert str(opened.url).startswith(f"{phone.origin}/w/")
    sessions = (await phone.get("/api/sessions")).json()
    assert len(sessions["items"]) == 1
    assert (await live.phone(2).get("/api/sessions")).status_code == 401


async def test_the_worker_brings_the_hospitals_catalog(live: Live) -> None:
    await live.idle()
    async with live.parts.db.autocommit() as tx:
        assert await tx.value("SELECT count(*) FROM catalog.doctor") > 300


@pytest.mark.slow
async def test_real_processes_answer_and_die(processes: Processes, sandbox: Sandbox, db: Db) -> None:
    with processes.web() as web, processes.worker():
        async with httpx.AsyncClient(base_url=sandbox.product_url, trust_env=False) as http:
            assert (await http.get("/readyz")).json() == {"status": "ok"}
        web.kill()
    async with db.autocommit() as tx:
        assert await tx.value("SELECT count(*) FROM procrastinate_workers") >= 0
