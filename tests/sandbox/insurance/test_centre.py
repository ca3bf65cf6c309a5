"""The mobile centre: the door, the life of an order, refunds, notices, the daily file; asked by a gmssl client."""

from __future__ import annotations

import base64
import csv
import io
import json
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Desk
from tests.sandbox.insurance.conftest import CANCER, CHILD, FATHER, MOTHER, RETIRED, Counter
from tests.sandbox.vendor import Caller, request_no
from tests.support.listener import Listener
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

pytestmark = [pytest.mark.feature("F04", "F25", "F26", "I02")]
ECG, DRUG, CREAM = ("003107010010000-310701001", "65.00"), ("XC08CAA117A001010100361", "30.00"), ("", "98.00")


def fen(text: str) -> int:
    return round(float(text) * 100)


async def test_the_door_refuses_what_is_not_sealed_well(counter: Counter) -> None:
    data = {"orgCodg": counter.keys["org_code"], "billDate": "2026-01-01"}
    good = counter.centre.seal(data)
    assert (await counter.centre.post("bill", good))["code"] == 0
    for change in (
        {"signData": base64.b64encode(b"x" * 64).decode()},
        {"signData": ""},
        {"encData": good["encData"][:-32]},
        {"encData": ""},
        {"appId": "F" * 32},
        {"timestamp": "20200101000000"},
        {"timestamp": "tomorrow"},
        {"version": "9.9.9"},
        {"signType": "RSA"},
        {"data": data},
    ):
        answer = await counter.centre.post("bill", {**good, **change})
        assert (answer["code"], answer["success"]) == (401, False), change
        assert "signData" not in answer
    forged = counter.centre.seal(data)
    forged["encData"] = counter.centre.seal({**data, "billDate": "2026-01-02"})["encData"]
    assert (await counter.centre.post("bill", forged))["code"] == 401
    milliseconds = counter.centre.seal(data, timestamp=str(int(datetime.now().timestamp() * 1000)))  # noqa: DTZ005, TID251
    assert (await counter.centre.post("bill", milliseconds))["code"] == 0


@pytest.mark.parametrize(
    ("patient", "lines", "med_type", "disease", "fund", "account", "own"),
    [
        pytest.param(MOTHER, [ECG, DRUG, CREAM], "11", None, 5225, 4275, 9800, id="employee"),
        pytest.param(CHILD, [ECG, DRUG], "11", None, 4275, 0, 5225, id="resident"),
        pytest.param(FATHER, [DRUG], "14", "M03900", 2400, 600, 0, id="chronic"),
        pytest.param(CANCER, [DRUG, ECG], "14", "M00500", 8075, 1425, 0, id="special"),
        pytest.param(RETIRED, [ECG], "11", None, 4875, 1625, 0, id="province direct"),
        pytest.param("P0000006", [ECG], "11", None, 4550, 1950, 0, id="city direct"),
        pytest.param("P0000009", [ECG], "11", None, 2750, 3750, 0, id="cross-city"),
        pytest.param("P0000011", [ECG], "11", None, 2250, 4250, 0, id="out of province"),
        pytest.param(MOTHER, [("", "12.00")], "12", None, 0, 0, 1200, id="registration outside the scope"),
    ],
)
async def test_each_kind_of_insured_person_has_a_split(
    counter: Counter, patient: str, lines: list[tuple[str, str]], med_type: str, disease: str | None, fund: int,
    account: int, own: int,
) -> None:  # fmt: skip
    placed = await counter.placed(patient, lines, med_type, disease)
    found = tuple(fen(placed[name]) for name in ("fundPay", "psnAcctPay", "ownPayAmt"))
    assert found == (fund, account, own)
    assert fen(placed["feeSumamt"]) == sum(found)
    assert placed["ordStas"] == "1"


async def test_the_life_of_an_order(counter: Counter, product: Listener) -> None:
    before = (await counter.person(MOTHER))["account_fen"]
    placed = await counter.placed(MOTHER, [ECG, DRUG, CREAM])
    assert (await counter.ask(placed))["ordStas"] == "1"
    assert await counter.confirm(placed) == "ok"
    heard = await product.wait(1)
    assert heard[0].path == "/callbacks/insurance"
    told = counter.centre.opened(json.loads(heard[0].body))
    asked = await counter.ask(placed)
    assert told["ordStas"] == asked["ordStas"] == "6"
    assert {"hiDocSn", "hiRgstSn", "hiChrgTime", "revsToken", "setlType"} <= told.keys()
    assert told["medOrgOrd"] == placed["sent"]["medOrgOrd"]
    assert (await counter.person(MOTHER))["account_fen"] == before - 4275
    assert await counter.confirm(placed) == "state"
    assert await counter.centre.refused("6401", **counter.named(placed)) == 50301
    number = request_no("R")
    refund = {
        "payOrdId": placed["payOrdId"], "appRefdSn": number, "appRefdTime": "20261123100000", "totlRefdAmt": "193.00",
        "psnAcctRefdAmt": "42.75", "fundRefdAmt": "52.25", "cashRefdAmt": "98.00", "refdType": "ALL",
        "payAuthNo": placed["payAuthNo"],
    }  # fmt: skip
    assert await counter.centre.refused("6203", **{**refund, "fundRefdAmt": "52.00", "totlRefdAmt": "192.75"}) == 50406
    for _ in range(2):
        assert (await counter.centre.ok("6203", **refund))["refStatus"] == "SUCC"
    assert await counter.centre.refused("6203", **{**refund, "cashRefdAmt": "97.00", "totlRefdAmt": "192.00"}) == 50402
    assert (await counter.ask(placed))["ordStas"] == "7"
    assert (await counter.person(MOTHER))["account_fen"] == before


async def test_upload_and_order_are_idempotent_and_a_withdrawn_order_may_be_sent_again(counter: Counter) -> None:
    sent = await counter.bill(MOTHER, [ECG])
    first, second = await counter.centre.ok("6201", **sent), await counter.centre.ok("6201", **sent)
    assert first == second
    assert await counter.centre.refused("6201", **{**sent, "drName": "别人"}) == 50102
    order = counter.order(sent, first)
    once = await counter.centre.ok("6202", **order, orgBizSer="S1AAAA")
    assert await counter.centre.ok("6202", **order, orgBizSer="S2AAAA") == once
    named = counter.named({**first, "sent": sent})
    for _ in range(2):
        assert (await counter.centre.ok("6401", **named))["success"] == "true"
    assert await counter.centre.refused("6202", **order, orgBizSer="S3AAAA") == 50203
    again = await counter.centre.ok("6201", **sent)
    assert again["payOrdId"] != first["payOrdId"]


async def test_an_authorisation_serves_one_order_and_five_minutes(counter: Counter, sandbox: Sandbox) -> None:
    sent = await counter.bill(MOTHER, [ECG])
    other = await counter.bill(MOTHER, [DRUG])
    await counter.centre.ok("6201", **sent)
    assert await counter.centre.refused("6201", **{**other, "payAuthNo": sent["payAuthNo"]}) == 50113
    fathers = await counter.consent(FATHER)
    assert await counter.centre.refused("6201", **{**other, "payAuthNo": fathers}) == 50111
    assert await counter.centre.refused("6201", **{**other, "payAuthNo": "AUTH440100NOBODY"}) == 50110
    assert await counter.centre.refused("6201", **{**other, "ecToken": fathers}) == 50003
    await sandbox.move_clock(301, only_sandbox=True)
    assert await counter.centre.refused("6201", **other) == 50112


async def test_every_field_of_the_bill_is_wanted(counter: Counter) -> None:
    sent = await counter.bill(MOTHER, [ECG])
    for name in sent:
        if name in ("payAuthNo", "insuplcAdmdvs", "feeType", "diseCodg"):
            continue
        assert await counter.centre.refused("6201", **{k: v for k, v in sent.items() if k != name}) == 50000, name
    for name, value, code in (
        ("medfeeSumamt", "65.01", 50109), ("medfeeSumamt", "65.001", 50001), ("insutype", "390", 50103),
        ("insuplcAdmdvs", "440300", 50104), ("userName", "别人", 50101), ("mdtrtId", "M0", 50106),
        ("medType", "13", 50107), ("orgCodg", "H0", 50002),
    ):  # fmt: skip
        assert await counter.centre.refused("6201", **{**sent, name: value}) == code, name


MAGIC = ("12.00", "")


def worth(fen_total: int) -> list[tuple[str, str]]:
    return [(ECG[0], f"{fen_total / 100:.2f}")]


@pytest.mark.parametrize(("total", "state"), [(66807, "15"), (66808, "14"), (66809, "14"), (66810, "2"), (66811, "16")])
async def test_settlements_that_do_not_simply_succeed(
    counter: Counter, sandbox: Sandbox, product: Listener, total: int, state: str
) -> None:
    placed = await counter.placed(MOTHER, worth(total))
    assert await counter.confirm(placed) == "ok"
    assert (await counter.ask(placed))["ordStas"] == state
    if total in (66809, 66810):
        await sandbox.move_clock(25, only_sandbox=True)
        await product.wait(1)
        assert (await counter.ask(placed))["ordStas"] == "6"
    if state in ("15", "16"):
        told = counter.centre.opened(json.loads((await product.wait(1))[0].body))
        assert told["ordStas"] == state


async def test_refusals_and_silences(counter: Counter) -> None:
    assert await counter.centre.refused("6201", **await counter.bill(MOTHER, worth(66801))) == 50190
    sent = await counter.bill(MOTHER, worth(66802))
    with pytest.raises(httpx.HTTPError):
        await counter.centre.ok("6201", **sent)
    uploaded = await counter.centre.ok("6201", **sent)
    assert uploaded["payOrdId"].startswith("ORD440100")
    sent = await counter.bill(MOTHER, worth(66803))
    order = counter.order(sent, await counter.centre.ok("6201", **sent))
    assert await counter.centre.refused("6202", **order, orgBizSer="S9AAAA") == 50191
    sent = await counter.bill(MOTHER, worth(66805))
    order = counter.order(sent, await counter.centre.ok("6201", **sent))
    with pytest.raises(httpx.HTTPError):
        await counter.centre.ok("6202", **order, orgBizSer="S8AAAA")
    assert (await counter.centre.ok("6202", **order, orgBizSer="S8AAAA"))["ordStas"] == "1"
    placed = await counter.placed(MOTHER, worth(66806))
    assert await counter.confirm(placed) == "refused"
    assert (await counter.ask(placed))["ordStas"] == "1"


async def test_refunds_that_do_not_simply_succeed(counter: Counter, product: Listener, sandbox: Sandbox) -> None:
    for name, first, later in (
        ("exp_then_succ", "EXP", "SUCC"),
        ("exp_always", "EXP", "EXP"),
        ("fail", "FAIL", "FAIL"),
    ):
        placed = await counter.placed(CHILD, [ECG])
        await counter.confirm(placed)
        (await sandbox.http.put("/_control/insurance", json={"next_refund": name})).raise_for_status()
        refund = {
            "payOrdId": placed["payOrdId"], "appRefdSn": request_no("R"), "appRefdTime": "20261123100000",
            "totlRefdAmt": "29.25", "psnAcctRefdAmt": "0", "fundRefdAmt": "29.25", "cashRefdAmt": "0",
            "refdType": "HI", "payAuthNo": placed["payAuthNo"],
        }  # fmt: skip
        assert (await counter.centre.ok("6203", **refund))["refStatus"] == first
        assert (await counter.centre.ok("6203", **refund))["refStatus"] == later
        assert (await counter.ask(placed))["ordStas"] == ("8" if name == "exp_then_succ" else "6")
    assert product.heard


@pytest.mark.parametrize(
    ("name", "count"), [("notify_twice", 2), ("notify_forged", 2), ("notify_other_amount", 1), ("notify_lost", 0)]
)
async def test_notices(counter: Counter, product: Listener, sandbox: Sandbox, name: str, count: int) -> None:
    placed = await counter.placed(MOTHER, [ECG])
    body = {"behaviour": name}
    await sandbox.http.post(f"/_control/insurance/orders/{placed['payOrdId']}/confirm", json=body)
    heard = await product.wait(count)
    envelopes = [json.loads(one.body) for one in heard]
    if name == "notify_forged":
        with pytest.raises(AssertionError):
            counter.centre.opened(envelopes[0])
        envelopes = envelopes[1:]
    told = [counter.centre.opened(one) for one in envelopes]
    if name == "notify_other_amount":
        assert fen(told[0]["fundPay"]) == fen((await counter.ask(placed))["fundPay"]) - 1

    async def states() -> set[str]:
        return {n["state"] for n in (await sandbox.http.get("/_control/insurance/notices")).json()["notices"]}

    # The last answer is on its way back when the listener has given it.
    ends = {"lost"} if name == "notify_lost" else {"delivered", "given_up"}
    await until(states, lambda found: found <= ends)


async def test_a_notice_that_is_not_taken_comes_again(counter: Counter, product: Listener, sandbox: Sandbox) -> None:
    answers = iter([(500, ""), (200, "no"), (200, '{"success": false}'), (200, '{"success": true}')])
    product.answer = lambda _heard: next(answers)
    (await sandbox.http.put("/_control/insurance", json={"notify_speed": 300})).raise_for_status()
    placed = await counter.placed(MOTHER, [ECG])
    await counter.confirm(placed)
    await product.wait(4)
    bodies = [counter.centre.opened(json.loads(one.body)) for one in product.heard]
    assert all(body == bodies[0] for body in bodies)


async def test_the_daily_file(counter: Counter, product: Listener, sandbox: Sandbox) -> None:
    placed = [await counter.placed(MOTHER, [ECG]), await counter.placed(CHILD, [ECG, DRUG])]
    for one in placed:
        await counter.confirm(one)
    await product.wait(2)
    day = (await sandbox.http.get("/_control/clock")).json()["now"][:10]
    wanted = {"orgCodg": counter.keys["org_code"], "billDate": day, "billType": "ALL"}
    assert await counter.centre.refused("bill", **wanted) == 50501
    await sandbox.move_clock(86400, only_sandbox=True)
    told = {"drop": [placed[0]["sent"]["medOrgOrd"]], "wrong_fund": {placed[1]["sent"]["medOrgOrd"]: 1},
            "extra": [{"med_org_ord": "MNOBODY", "fund": 7}]}  # fmt: skip

    async def rows() -> dict[str, dict[str, Any]]:
        found = await counter.centre.ok("bill", **wanted)
        sheet = base64.b64decode(found["fileContent"]).decode()
        return {row["medOrgOrd"]: row for row in csv.DictReader(io.StringIO(sheet))}

    true = await rows()
    assert {fen(row["fundPay"]) for row in true.values()} == {3575, 4275}
    await sandbox.http.put("/_control/insurance/bill", json=told)
    lied = await rows()
    assert set(lied) == {placed[1]["sent"]["medOrgOrd"], "MNOBODY"}
    assert lied[placed[1]["sent"]["medOrgOrd"]]["fundPay"] == "0.01"


async def test_a_visit_may_be_billed_for_a_disease(his: Caller, desk: Desk) -> None:
    kinds = {v["disease_code"]: v["kind"] for v in (await his.ok("fees.unpaid", patient_id=CANCER))["visits"]}
    assert kinds == {"M00500": "special_disease", "M03900": "chronic"}
    await desk.act("fees/end_consultation", patient_id=CHILD, disease_code="M01600")
    visit = (await his.ok("fees.unpaid", patient_id=CHILD))["visits"][0]
    assert (visit["kind"], visit["disease_name"]) == ("chronic", "糖尿病")
