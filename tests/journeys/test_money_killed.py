"""Web or worker killed with -9 between its two transactions: real processes, real HTTP, then somebody goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, LiteralString

import httpx
import pytest

from jiuyi.domains.payments import service
from jiuyi.kit.db import Db
from tests.journeys.test_money import open_order, pays, seen, tap
from tests.support.live import Phone, Processes
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

pytestmark = [pytest.mark.feature("I06"), pytest.mark.slow]


async def becomes(db: Db, query: LiteralString, wanted: Any) -> None:
    async def look() -> Any:
        async with db.autocommit() as tx:
            return await tx.value(query)

    await eventually(look, wanted)


async def eventually(look: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    await until(look, lambda found: found == wanted)


async def test_web_killed_while_the_channel_prepares(processes: Processes, sandbox: Sandbox, db: Db) -> None:
    phone = Phone(1, sandbox.product_url, sandbox)
    with processes.web() as web:
        await phone.sign_in()
        order = await open_order(db, phone, 1500)
        await sandbox.fault("wechat_pay", "latency", match="jsapi", value=20, times=1)
        doomed = asyncio.create_task(tap(phone, order, "killed-tap"))
        await becomes(db, "SELECT state FROM payments.attempt", "preparing")
        web.kill()
        with pytest.raises(httpx.HTTPError):
            await doomed
    await sandbox.no_faults()
    with processes.web(), processes.worker():
        await sandbox.move_clock(30)
        await becomes(db, "SELECT state IN ('failed', 'closed') FROM payments.attempt", wanted=True)
        opened = (await tap(phone, order, "another-tap")).json()
        await pays(sandbox, opened["invoke"])
        await eventually(lambda: seen(phone, order), "paid")
    await phone.http.aclose()


async def test_worker_killed_while_a_refund_is_under_way(processes: Processes, sandbox: Sandbox, db: Db) -> None:
    phone = Phone(1, sandbox.product_url, sandbox)
    with processes.web():
        await phone.sign_in()
        order = await open_order(db, phone, 1500)
        with processes.worker() as worker:
            await pays(sandbox, (await tap(phone, order)).json()["invoke"])
            await eventually(lambda: seen(phone, order), "paid")
            # The refund is made, its answer waits: long enough to kill whoever waits for it.
            await sandbox.fault("wechat_pay", "late_answer", match="refunds", value=20, times=1)
            async with db.tx() as tx:
                await service.request_refund(tx, order.id, 1500, "取消预约", "test")
            # Written here, so no worker was told: the sweeper finds it.
            await sandbox.move_clock(20)
            await becomes(db, "SELECT state FROM payments.refund", "sending")
            worker.kill()
        await sandbox.no_faults()
        with processes.worker():
            await sandbox.move_clock(150)
            await eventually(lambda: seen(phone, order), "refunded")
    given = (await sandbox.http.get("/_control/payments")).json()
    assert len([one for paid in given["payments"] for one in paid["refunds"]]) == 1
    await phone.http.aclose()
