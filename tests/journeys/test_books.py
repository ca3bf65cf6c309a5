"""The books of a real day: booked and paid over HTTP; then WeChat's bill, the HIS's statement and the ledger agree."""

from datetime import timedelta
from typing import Any

import pytest

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.insurance.types import InsuranceClass
from jiuyi.domains.reconciliation import flows, service
from jiuyi.domains.reconciliation.types import DayReport
from jiuyi.kit.clock import local
from tests.journeys.test_fees import Payer, desk
from tests.journeys.test_insured_visits import confirm, person, presettled
from tests.support.clock import AppClock
from tests.support.live import Live, Phone
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


@pytest.mark.feature("I08", "F04")
async def test_an_insured_day_agrees_with_the_centre_and_its_lies_are_found(live: Live, sandbox: Sandbox) -> None:
    # At noon: what is settled within minutes of midnight may stand in the next day's file, and is not missing yet.
    now = local(await AppClock(live.parts.db).now())
    await sandbox.move_clock((now.replace(hour=12, minute=0) + timedelta(days=1) - now).total_seconds())
    await live.idle(2)
    who = await person(live, sandbox, InsuranceClass.GZ_EMPLOYEE, Phone)
    payer = Payer(who)
    await desk(sandbox, "fees/end_consultation", patient_id="P0000001", department_code="D0301")
    checkout = await payer.chosen()
    split = await presettled(sandbox, who, checkout["order_id"], InsuranceClass.GZ_EMPLOYEE)
    await confirm(sandbox, who, split["id"])
    paid = await payer.until(checkout, "paid")
    day = local(await AppClock(live.parts.db).now()).date()
    await sandbox.forward(timedelta(hours=36).total_seconds())
    await live.parts.read_clock("")
    mender: flows.Mender = live.parts.ports["mender"]

    async def compared(**lies: Any) -> DayReport:
        (await sandbox.http.put("/_control/insurance/bill", json=lies)).raise_for_status()
        run = await flows.reconcile(mender.books, day, actor=Actor.system("test"))
        assert (run.state.value, run.why) == ("done", None)
        async with live.parts.db.tx() as tx:
            return await service.day_report(tx, day)

    report = await compared()
    [row] = [one for one in report.channels if one.channel == "insurance"]
    assert (row.billed, row.bill, row.his) == (True, row.ours, row.ours)
    assert (row.ours.count, row.ours.fen, report.items) == (1, paid["insurance_fen"], [])
    async with live.parts.db.tx() as tx:
        no = await tx.value("SELECT no FROM insurance.settlement WHERE id = %s", (split["id"],))
    assert [item.fault for item in (await compared(moved={no: 1})).items] == ["insurance_split"]
    found = await compared(drop=[no])
    assert [(item.fault, item.ours_fen, item.bill_fen) for item in found.items if item.state != "settled"] == [
        ("insurance_missing", paid["insurance_fen"], None)
    ]
    await mender.settle_due()
    [item] = [one for one in (await compared(drop=[no])).items if one.state != "settled"]
    assert (item.state, item.done_zh.split()[0]) == ("waiting", "医保中心确认，等后续账单")
