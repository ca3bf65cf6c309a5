"""Outpatient fees settled with an insurance over real HTTP: the HIS hears of both parts, and all of it goes back."""

import pytest

from jiuyi.domains.insurance.types import InsuranceClass
from tests.journeys.test_fees import Payer, desk
from tests.journeys.test_insured_visits import confirm, person, presettled
from tests.support.live import AlipayPhone, Live, Phone
from tests.support.sandbox import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.feature("F04", "I08", "I02")]


@pytest.mark.parametrize("kind", [Phone, AlipayPhone])
async def test_employee_insurance_pays_its_part_of_the_bills(live: Live, sandbox: Sandbox, kind: type[Phone]) -> None:
    await live.idle(2)
    who = await person(live, sandbox, InsuranceClass.GZ_EMPLOYEE, kind)
    payer = Payer(who)
    await desk(sandbox, "fees/end_consultation", patient_id="P0000001", department_code="D0301")
    checkout = await payer.chosen()
    split = await presettled(sandbox, who, checkout["order_id"], InsuranceClass.GZ_EMPLOYEE)
    await confirm(sandbox, who, split["id"])
    shown = await payer.until(checkout, "paid", rounds=60)
    assert shown["insurance_fen"] > 0
    assert shown["insurance_fen"] + shown["own_fen"] == shown["total_fen"] == 38640
    assert shown["guide"]
    told = [entry for entry in await sandbox.journal("his") if entry["what"] == "fees.confirm"]
    request = told[-1]["request"]
    insured = request["insurance"]
    covered = sum(insured[part] for part in ("pooled_fen", "personal_account_fen", "other_fen"))
    own = request["payment"]["amount_fen"] if request["payment"] else 0
    assert (covered, own) == (shown["insurance_fen"], shown["own_fen"])
    lines = await payer.refundable(shown)
    partly = await payer.refund(shown, lines[0])
    assert partly.json()["code"] == "outpatient.whole_only"
    whole = await payer.refund(shown, *lines)
    assert whole.status_code == 200, whole.text
    back = await payer.until(checkout, "refunded", rounds=80)
    assert back["refunded_fen"] == 38640


async def test_paid_at_the_window_meanwhile_both_parts_go_back(live: Live, sandbox: Sandbox) -> None:
    await live.idle(2)
    who = await person(live, sandbox, InsuranceClass.GZ_EMPLOYEE, Phone)
    payer = Payer(who)
    await desk(sandbox, "fees/end_consultation", patient_id="P0000001", department_code="D0301")
    checkout = await payer.chosen("exam")
    split = await presettled(sandbox, who, checkout["order_id"], InsuranceClass.GZ_EMPLOYEE)
    await desk(sandbox, "fees/pay_at_window", bill_no=checkout["lines"][0]["bill_no"])
    await confirm(sandbox, who, split["id"])
    shown = await payer.until(checkout, "not_paid_refunded", rounds=80)
    assert shown["refunded_fen"] == 6500
    async with live.parts.db.autocommit() as tx:
        left = await tx.value(
            "SELECT count(*) FROM (SELECT account FROM payments.entry GROUP BY account "
            "HAVING sum(amount_fen) <> 0) AS open_accounts"
        )
    assert left == 0
