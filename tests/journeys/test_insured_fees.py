"""Outpatient fees settled with an insurance over real HTTP: the HIS hears of both parts, and all of it goes back."""

import pytest

from jiuyi.domains.insurance.types import InsuranceClass
from jiuyi.kit.ids import new_id
from tests.journeys.test_fees import Payer, desk
from tests.journeys.test_insured_visits import confirm, person, presettled
from tests.support.holders import HOLDERS
from tests.support.live import AlipayPhone, Live, MiniPhone, Phone
from tests.support.sandbox import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.feature("F04", "I08", "I02")]
C = InsuranceClass
PAIRS = [
    (kind, which)
    for which in C
    for kind in (Phone, AlipayPhone, MiniPhone)
    if which is not C.OUT_OF_PROVINCE and (kind, which) != (Phone, C.GZ_ORDINARY)
]
"""Every channel and class with a dot in docs/requirements.md, F04 and F22 to F26."""


@pytest.mark.feature("F22", "F23", "F24", "F25", "F26")
@pytest.mark.parametrize(("kind", "which"), PAIRS, ids=lambda one: getattr(one, "channel", None) or str(one))
async def test_bills_are_settled_and_everything_comes_back(
    live: Live, sandbox: Sandbox, kind: type[Phone], which: InsuranceClass
) -> None:
    await live.idle(2)
    who = await person(live, sandbox, which, kind)
    payer = Payer(who)
    holder = HOLDERS[which]
    ended = {"patient_id": holder.patient_id, "department_code": "D0301", "disease_code": holder.disease}
    made = await sandbox.http.post("/_control/hospital/fees/end_consultation", json=ended)
    visit_no = made.raise_for_status().json()["visit_no"]
    visit = next(one for one in (await payer.listed())["visits"] if one["visit_no"] == visit_no)
    bills = [bill["bill_no"] for bill in visit["bills"]]
    body = {"patient_id": who.patient_id, "visit_no": visit_no, "bill_nos": bills}
    chosen = await who.phone.post("/api/fees/checkouts", body, **{"Idempotency-Key": new_id().hex})
    assert chosen.status_code == 201, chosen.text
    checkout = chosen.json()
    split = await presettled(sandbox, who, checkout["order_id"], which)
    assert split["state"] == "presettled", split["facts"]
    parts = (split["pooled_fen"], split["personal_account_fen"], split["other_fen"], split["own_fen"])
    assert sum(parts) == split["total_fen"] == checkout["total_fen"]
    assert split["pooled_fen"] > 0
    await confirm(sandbox, who, split["id"])
    paid = await payer.until(checkout, "paid")
    assert (paid["insurance_fen"], paid["own_fen"]) == (sum(parts[:3]), split["own_fen"])
    whole = await payer.refund(paid, *(await payer.refundable(paid)))
    assert whole.status_code == 200, whole.text
    back = await payer.until(checkout, "refunded")
    assert back["refunded_fen"] == checkout["total_fen"]
    assert (await who.phone.get(f"/api/settlements/{split['id']}")).json()["state"] == "reversed"
    async with live.parts.db.tx() as tx:
        left = await tx.values("SELECT account FROM payments.entry GROUP BY account HAVING sum(amount_fen) <> 0")
    assert left == []


@pytest.mark.parametrize("kind", [Phone, AlipayPhone])
async def test_employee_insurance_pays_its_part_of_the_bills(live: Live, sandbox: Sandbox, kind: type[Phone]) -> None:
    await live.idle(2)
    who = await person(live, sandbox, InsuranceClass.GZ_EMPLOYEE, kind)
    payer = Payer(who)
    await desk(sandbox, "fees/end_consultation", patient_id="P0000001", department_code="D0301")
    checkout = await payer.chosen()
    split = await presettled(sandbox, who, checkout["order_id"], InsuranceClass.GZ_EMPLOYEE)
    await confirm(sandbox, who, split["id"])
    shown = await payer.until(checkout, "paid")
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
    back = await payer.until(checkout, "refunded")
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
    shown = await payer.until(checkout, "not_paid_refunded")
    assert shown["refunded_fen"] == 6500
    async with live.parts.db.autocommit() as tx:
        left = await tx.value(
            "SELECT count(*) FROM (SELECT account FROM payments.entry GROUP BY account "
            "HAVING sum(amount_fen) <> 0) AS open_accounts"
        )
    assert left == 0
