"""Insurances that the HIS settles (contract §2.9): identify, register, pre-settle, settle, find, reverse."""

from __future__ import annotations

import base64
import csv
import io
from typing import Any

import httpx
import pytest

from jiuyi_sandbox.his.checking import fault_in
from jiuyi_sandbox.his.contract import OPERATIONS
from tests.sandbox.insurance.conftest import CANCER, FATHER, MOTHER, Counter
from tests.sandbox.vendor import Caller, request_no
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("I02", "I08")
AWAY, PAUSED, UNKNOWN_PLACE, FOREIGNER = "P0000011", "P0000013", "P0000010", "P0000007"


def line(fen: int, code: str = "003107010010000-310701001") -> dict[str, Any]:
    return {
        "line_no": "1", "code": "E0101", "name": "十二导联心电图", "med_list_code": code, "quantity": "1",
        "price": f"{fen / 100:.2f}", "amount_fen": fen,
    }  # fmt: skip


async def bill(counter: Counter, patient_id: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "mdtrt_id": await counter.visit(patient_id), "psn_no": (await counter.person(patient_id))["psn_no"],
        "order_no": request_no("JY"), "use_account": True, "lines": list(lines) or [line(6500)], **more,
    }  # fmt: skip


async def test_everybody_is_identified_as_they_are(counter: Counter, his: Caller) -> None:
    for patient_id, place, state, kinds in (
        (MOTHER, "440106", "normal", []),
        (FATHER, "440105", "normal", ["chronic", "chronic"]),
        (CANCER, "440115", "normal", ["special", "chronic"]),
        (AWAY, "430100", "normal", []),
        (UNKNOWN_PLACE, "990100", "normal", []),
        (PAUSED, "440100", "paused", []),
    ):
        row = await counter.person(patient_id)
        asked = {"document_number": row["document_number"], "name": row["name"]}
        found = await his.ok("insurance.identify", **asked)
        assert fault_in(OPERATIONS["insurance.identify"].data, found) is None
        scheme = found["person"]["schemes"][0]
        assert (scheme["insured_place"], scheme["state"]) == (place, state)
        assert [one["kind"] for one in found["person"]["entitlements"]] == kinds
        wrong = await his.answer("insurance.identify", **asked | {"name": "别人"})
        assert wrong["code"] == "person_not_insured"
    foreign = await his.answer("insurance.identify", document_number="B50123457", name="Daniel Okafor")
    assert foreign["code"] == "person_not_insured"
    token = await counter.consent(AWAY, "ec_token")
    assert (await his.ok("insurance.identify", token=token))["person"]["ec_token"] == token
    assert (await his.answer("insurance.identify", token="EC0"))["code"] == "voucher_invalid"
    await counter.sandbox.move_clock(301, only_sandbox=True)
    assert (await his.answer("insurance.identify", token=token))["code"] == "voucher_invalid"


async def test_a_visit_is_registered_once_and_for_whom_it_fits(counter: Counter, his: Caller) -> None:
    row = await counter.person(FATHER)
    asked = {
        "patient_id": FATHER, "psn_no": row["psn_no"], "insutype": "310", "med_type": "14", "disease_code": "M03900",
        "certificate": "id_card", "visit_no": "MZ1", "department_code": "D0301", "doctor_code": None,
        "began_at": "2026-11-23T09:05:00+08:00",
    }  # fmt: skip
    first = await his.ok("insurance.visit", request_no=request_no("V"), **asked)
    assert await his.ok("insurance.visit", request_no=request_no("V"), **asked) == first
    for change, code in (
        ({"disease_code": "M00500"}, "no_entitlement"), ({"patient_id": MOTHER}, "person_not_insured"),
        ({"insutype": "390"}, "person_not_insured"), ({"psn_no": "0"}, "person_not_insured"),
        ({"med_type": "52"}, "invalid_request"),
    ):  # fmt: skip
        said = await his.answer("insurance.visit", request_no=request_no("V"), **asked | change)
        assert said["code"] == code, change
    paused = (await counter.person(PAUSED))["psn_no"]
    said = await his.answer("insurance.visit", request_no=request_no("V"), **asked | {"psn_no": paused})
    assert said["code"] == "insurance_paused"


async def test_settled_found_and_reversed(counter: Counter, his: Caller, sandbox: Sandbox) -> None:
    asked = await bill(counter, AWAY)
    before = (await counter.person(AWAY))["account_fen"]
    split = await his.ok("settlements.presettle", **asked)
    assert split == {
        "total_fen": 6500, "pooled_fen": 2250, "personal_account_fen": 4250, "own_fen": 0, "other_fen": 0,
    }  # fmt: skip
    number = request_no("S")
    changed = split | {"pooled_fen": 2251, "own_fen": 0, "personal_account_fen": 4249}
    said = await his.answer("settlements.settle", request_no=request_no("S"), split=changed, **asked)
    assert said["code"] == "split_changed"
    settled = await his.ok("settlements.settle", request_no=number, split=split, **asked)
    assert fault_in(OPERATIONS["settlements.settle"].data, settled) is None
    assert await his.ok("settlements.settle", request_no=number, split=split, **asked) == settled
    assert await his.ok("settlements.find", settlement_request_no=number) == settled
    assert (await counter.person(AWAY))["account_fen"] == before - 4250
    reversal = {"settlement_request_no": number, "reason": "自费部分未支付"}
    first = await his.ok("settlements.reverse", request_no=request_no("X"), **reversal)
    again = await his.ok("settlements.reverse", request_no=request_no("X"), **reversal)
    assert first == again
    assert first["state"] == "reversed"
    assert (await counter.person(AWAY))["account_fen"] == before
    nobody = await his.answer("settlements.find", settlement_request_no=request_no("S"))
    assert nobody["code"] == "settlement_not_found"
    day = (await sandbox.http.get("/_control/clock")).json()["now"][:10]
    await sandbox.move_clock(86400, only_sandbox=True)
    file = await counter.centre.ok("bill", orgCodg=counter.keys["org_code"], billDate=day, billType="ALL")
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(file["fileContent"]).decode())))
    assert [(row["tradeType"], row["source"], row["medOrgOrd"], row["fundPay"]) for row in rows] == [
        ("PAY", "HIS", asked["order_no"], "22.50"), ("REFUND", "HIS", asked["order_no"], "22.50"),
    ]  # fmt: skip


async def test_without_the_account_and_outside_the_scope_the_patient_pays(counter: Counter, his: Caller) -> None:
    asked = await bill(counter, AWAY, line(6500), line(9800, ""), use_account=False)
    split = await his.ok("settlements.presettle", **asked)
    assert (split["pooled_fen"], split["personal_account_fen"], split["own_fen"]) == (2250, 0, 14050)


async def test_magic_totals_refuse_and_cut(counter: Counter, his: Caller) -> None:
    refused = await his.answer("settlements.presettle", **await bill(counter, AWAY, line(66803)))
    assert refused["code"] == "insurance_refused"
    asked = await bill(counter, AWAY, line(66807))
    split = await his.ok("settlements.presettle", **asked)
    said = await his.answer("settlements.settle", request_no=request_no("S"), split=split, **asked)
    assert said["code"] == "insurance_refused"
    asked, number = await bill(counter, AWAY, line(66805)), request_no("S")
    split = await his.ok("settlements.presettle", **asked)
    with pytest.raises(httpx.HTTPError):
        await his.ok("settlements.settle", request_no=number, split=split, **asked)
    assert (await his.ok("settlements.find", settlement_request_no=number))["state"] == "settled"
    asked, number = await bill(counter, MOTHER, line(66903)), request_no("S")
    split = await his.ok("settlements.presettle", **asked)
    await his.ok("settlements.settle", request_no=number, split=split, **asked)
    reversal = {"settlement_request_no": number, "reason": "退费"}
    said = await his.answer("settlements.reverse", request_no=request_no("X"), **reversal)
    assert said["code"] == "insurance_refused"
    unknown = await his.answer("settlements.presettle", **asked | {"mdtrt_id": "M0"})
    assert unknown["code"] == "insurance_visit_unknown"


async def test_a_magic_voucher_is_good_again_and_again(his: Caller) -> None:
    for _ in range(2):
        person = (await his.ok("insurance.identify", token="EC9943010000000000000117"))["person"]
        assert (person["name"], person["schemes"][0]["insured_place"]) == ("何家俊", "430100")
    assert await his.code("insurance.identify", token="EC9900000000000000000000") == "person_not_insured"
