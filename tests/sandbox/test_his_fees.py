"""The sandbox's hospital: what is to be paid after a visit, deposits, and what staff do about them."""

from __future__ import annotations

from typing import Any

import pytest

from jiuyi_sandbox.his.checking import fault_in
from jiuyi_sandbox.his.contract import OPERATIONS
from tests.sandbox.conftest import Desk, payment
from tests.sandbox.vendor import Caller, request_no

pytestmark = [pytest.mark.feature("F04", "F07")]
FATHER = "P0000002"


async def visit_of(his: Caller, patient_id: str = FATHER) -> dict[str, Any]:
    """The newest visit with bills that can be paid, with its lines."""
    found = await his.ok("fees.unpaid", patient_id=patient_id)
    assert fault_in(OPERATIONS["fees.unpaid"].data, found) is None
    number = next(v["visit_no"] for v in found["visits"] if v["bills"][0]["state"] == "unpaid")
    told = await his.ok("fees.detail", visit_no=number)
    assert fault_in(OPERATIONS["fees.detail"].data, told) is None
    visit: dict[str, Any] = told["visit"]
    return visit


def lines_of(visit: dict[str, Any], *kinds: str) -> list[dict[str, Any]]:
    return [
        {"bill_no": bill["bill_no"], "line_no": line["line_no"], "amount_fen": line["amount_fen"]}
        for bill in visit["bills"]
        if not kinds or bill["kind"] in kinds
        for line in bill["lines"]
    ]


async def confirm(his: Caller, visit: dict[str, Any], lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    fen = sum(line["amount_fen"] for line in lines)
    body = {
        "request_no": request_no("C"),
        "patient_id": visit["patient_id"],
        "visit_no": visit["visit_no"],
        "order_no": "P1",
        "lines": lines,
        "amount_fen": fen,
        "payment": payment(fen),
        "insurance": None,
    }
    return await his.answer("fees.confirm", **(body | more))


async def test_bills_add_up_and_never_mix_what_insurance_settles(his: Caller) -> None:
    for patient_id in ("P0000002", "P0000005", "P0000007", "P0000009", "P0000012"):
        visit = await visit_of(his, patient_id)
        for bill in visit["bills"]:
            assert sum(line["amount_fen"] for line in bill["lines"]) == bill["amount_fen"]
            if bill["kind"] == "western":
                assert bill["insurance"] == ("C" not in {line["insurance_class"] for line in bill["lines"]})
    father = await visit_of(his)
    assert [bill["amount_fen"] for bill in father["bills"]] == [16860, 15280, 6500]


async def test_paid_found_and_entered_in_the_statement(his: Caller) -> None:
    visit = await visit_of(his)
    number = request_no("C")
    paid = await confirm(his, visit, lines_of(visit), request_no=number)
    assert paid["code"] == "ok"
    assert fault_in(OPERATIONS["fees.confirm"].data, paid["data"]) is None
    assert [step["kind"] for step in paid["data"]["guide"]] == ["lab", "exam", "pharmacy"]
    assert await his.ok("fees.find", confirm_request_no=number) == paid["data"]
    again = await confirm(his, visit, lines_of(visit), request_no=request_no("C"))
    assert again["data"]["receipt_no"] == paid["data"]["receipt_no"]
    day = paid["data"]["confirmed_at"][:10]
    entries = (await his.ok("statements.daily", date=day))["items"]
    assert [(e["subject"], e["amount_fen"], e["receipt_no"]) for e in entries] == [
        ("outpatient_fee", 38640, paid["data"]["receipt_no"])
    ]
    assert (await confirm(his, visit, lines_of(visit), order_no="P2"))["code"] == "fees_paid"


async def test_what_changed_meanwhile_is_refused(his: Caller, desk: Desk) -> None:
    visit = await visit_of(his)
    drugs, tests = (lines_of(visit, kind) for kind in ("western", "lab"))
    assert (await confirm(his, visit, drugs[:1]))["code"] == "fees_changed"
    assert (await confirm(his, visit, drugs, payment=payment(1)))["code"] == "amount_mismatch"
    await desk.act("fees/reprice", bill_no=drugs[0]["bill_no"], fen=100)
    assert (await confirm(his, visit, drugs))["code"] == "fees_changed"
    await desk.act("fees/lock", bill_no=tests[0]["bill_no"], reason="executed_elsewhere")
    assert (await confirm(his, visit, tests))["code"] == "fees_locked"
    await desk.act("fees/lock", bill_no=tests[0]["bill_no"])
    await desk.act("fees/pay_at_window", bill_no=tests[0]["bill_no"])
    assert (await confirm(his, visit, tests))["code"] == "fees_paid"


async def test_lines_go_back_until_they_are_carried_out(his: Caller, desk: Desk) -> None:
    visit = await visit_of(his)
    receipt_no = (await confirm(his, visit, lines_of(visit)))["data"]["receipt_no"]
    drugs, tests = (lines_of(visit, kind) for kind in ("western", "lab"))
    await desk.act("fees/execute", bill_no=drugs[0]["bill_no"])

    async def refund(line: dict[str, Any], **more: Any) -> dict[str, Any]:
        keys = [{"bill_no": line["bill_no"], "line_no": line["line_no"]}]
        body = {"request_no": request_no("T"), "receipt_no": receipt_no, "lines": keys, "reason": ""}
        return await his.answer("fees.refund", **(body | {"amount_fen": line["amount_fen"]} | more))

    assert (await refund(drugs[0]))["code"] == "not_refundable"
    assert (await refund(tests[0], amount_fen=1))["code"] == "amount_mismatch"
    number = request_no("T")
    done = await refund(tests[0], request_no=number)
    assert fault_in(OPERATIONS["fees.refund"].data, done["data"]) is None
    assert await his.ok("fees.refund_find", refund_request_no=number) == done["data"]
    assert (await refund(tests[0]))["code"] == "not_refundable"
    told = await his.ok("fees.refundable", receipt_no=receipt_no)
    assert fault_in(OPERATIONS["fees.refundable"].data, told) is None
    assert [line["refundable"] for line in told["lines"]] == [False] * 4 + [True] * 3


async def test_a_consultation_s_end_brings_bills(his: Caller, desk: Desk) -> None:
    assert (await his.ok("fees.unpaid", patient_id="P0000003"))["visits"] == []
    ended = await desk.act("fees/end_consultation", patient_id="P0000003", department_code="D0601")
    visit = await visit_of(his, "P0000003")
    assert visit["visit_no"] == ended["visit_no"]
    shown = (await desk.read("fees", q="P0000003"))["bills"]
    assert {bill["bill_no"] for bill in shown} == {bill["bill_no"] for bill in visit["bills"]}
    await desk.act("fees/void", bill_no=shown[0]["bill_no"])
    assert len((await visit_of(his, "P0000003"))["bills"]) == len(shown)


async def test_deposits(his: Caller, desk: Desk) -> None:
    (own,) = (await his.ok("inpatient.find", patient_id="P0000006"))["stays"]
    assert (own["balance_fen"], own["deposit_open"]) == (78644, True)
    (told,) = (await his.ok("inpatient.find", inpatient_no=own["inpatient_no"], name=" 李秀珍 "))["stays"]
    assert told["balance_fen"] is None
    assert (await his.answer("inpatient.find", inpatient_no=own["inpatient_no"], name="李秀"))[
        "code"
    ] == "stay_not_found"
    bed = next(s["bed_code"] for s in (await desk.read("stays"))["stays"] if s["inpatient_no"] == own["inpatient_no"])
    assert (await his.ok("inpatient.find", bed_code=bed))["stays"][0]["inpatient_no"] == own["inpatient_no"]
    number = request_no("D")
    entry = {"inpatient_no": own["inpatient_no"], "payment": payment(100000)}
    paid = await his.ok("inpatient.deposit", request_no=number, **entry)
    assert await his.ok("inpatient.deposit_find", deposit_request_no=number) == paid
    await desk.act("inpatient/state", inpatient_no=own["inpatient_no"], state="settling")
    late = {"inpatient_no": own["inpatient_no"], "payment": payment(100, "P9")}
    assert (await his.answer("inpatient.deposit", request_no=request_no("D"), **late))["code"] == "deposit_closed"
    assert (await his.ok("inpatient.find", patient_id="P0000006"))["stays"][0]["balance_fen"] == 178644
