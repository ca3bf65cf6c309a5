"""The books of a real day: booked and paid over HTTP; then WeChat's bill, the HIS's statement and the ledger agree."""

from datetime import timedelta

import pytest

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.reconciliation import flows, service
from jiuyi.kit.clock import local
from tests.support.clock import AppClock
from tests.support.live import Live
from tests.support.sandbox import Sandbox
from tests.support.visits import visitor

pytestmark = [pytest.mark.feature("I06"), pytest.mark.slow]


async def test_a_booked_and_paid_day_agrees_on_all_sides(hospital: Live, sandbox: Sandbox) -> None:
    live, lin = hospital, await visitor(hospital)
    made = await lin.book((await lin.slot())["id"])
    held = await lin.until(made["id"], "awaiting_payment")
    await lin.pay(held)
    await lin.until(made["id"], "booked")
    day = local(await AppClock(live.parts.db).now()).date()
    await sandbox.move_clock(timedelta(hours=36).total_seconds())
    await live.parts.read_clock("")
    mender: flows.Mender = live.parts.ports["mender"]
    run = await flows.reconcile(mender.books, day, actor=Actor.system("test"))
    async with live.parts.db.tx() as tx:
        report = await service.day_report(tx, day)
    assert (run.state.value, run.why, report.items) == ("done", None, [])
    assert report.total.bill == report.total.his == report.total.ours
    assert report.total.ours.count == 1
