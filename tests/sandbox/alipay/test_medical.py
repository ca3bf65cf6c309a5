"""Paying with the insurance inside Alipay; the national centre is spoken to by an independent client."""

from typing import Any

import pytest

from tests.sandbox.alipay.conftest import Hospital, hospital
from tests.sandbox.insurance.centre_client import bill
from tests.sandbox.insurance.conftest import MOTHER, Counter
from tests.sandbox.vendor import Caller, request_no
from tests.support.listener import Listener
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("I02")
BASE = "alipay.commerce.medical"


class Desk:
    """A hospital that has a bill pre-settled at the centre and pays it in Alipay."""

    def __init__(self, sandbox: Sandbox, his: Caller) -> None:
        self.sandbox, self.counter = sandbox, Counter(sandbox, his)
        self.alipay: Hospital = hospital(sandbox)

    async def consent(self, number: str, agree: str = "yes") -> dict[str, Any]:
        person = await self.counter.person(MOTHER)
        body = {
            "open_id": await self.alipay.open_id(), "req_biz_no": number, "ol_biz_type_code": "04107",
            "call_url": f"{self.sandbox.product_url}/l/", "ins_code": "440100", "org_code": "H44010000001",
            "org_app_id": self.sandbox.keys["insurance"]["app_id"],
            "extend_params": {"patient_name": person["name"], "patient_cert_no": person["document_number"]},
        }  # fmt: skip
        first = (await self.alipay.ask(f"{BASE}.authinfo.auth.query", body))["data"]
        assert first["auth_stas"] == "0"
        asked = await self.sandbox.http.get(first["auth_url"])
        assert "陈*华" in asked.text
        sent = await self.sandbox.http.post(f"{first['auth_url']}&agree={agree}")
        assert (sent.status_code, sent.headers["location"]) == (303, body["call_url"])
        found: dict[str, Any] = (await self.alipay.ask(f"{BASE}.authinfo.auth.query", body))["data"]
        return found

    async def presettled(self, pay_auth_no: str, account: str = "0") -> dict[str, Any]:
        """6201 and 6202 of a bill of ¥200 under that authorisation."""
        person = await self.counter.person(MOTHER)
        sent = bill(
            self.counter.keys,
            person,
            await self.counter.visit(MOTHER),
            pay_auth_no,
            [("XA02BCA001", "200.00")],
            acctUsedFlag=account,
        )
        uploaded = await self.counter.centre.ok("6201", **sent)
        order = self.counter.order(sent, uploaded)
        split = await self.counter.centre.ok("6202", **order, orgBizSer=request_no("S"))
        return {**split, "sent": sent}

    def trade(self, number: str, open_id: str, split: dict[str, Any], pay_auth_no: str) -> dict[str, Any]:
        return {
            "out_trade_no": number, "subject": "门诊缴费", "total_amount": str(split["feeSumamt"]),
            "real_amount": str(split["ownPayAmt"]), "gov_amount": str(split["fundPay"]),
            "account_amount": str(split["psnAcctPay"]), "other_amount": "0.00", "pay_auth_no": pay_auth_no,
            "pay_order_id": split["payOrdId"], "med_org_ord": split["sent"]["medOrgOrd"],
            "chrg_bch_no": split["sent"]["chrgBchno"], "org_no": "H44010000001", "open_id": open_id,
            "callback_url": f"{self.sandbox.product_url}/l/#paid",
            "result_notify_url": f"{self.sandbox.product_url}/callbacks/alipay_medical",
        }  # fmt: skip

    async def ready(self, number: str, account: str = "0") -> tuple[dict[str, Any], dict[str, Any]]:
        auth = (await self.consent(number))["pay_auth_no"]
        split = await self.presettled(auth, account)
        return split, self.trade(number, await self.alipay.open_id(), split, auth)


@pytest.fixture
def desk(sandbox: Sandbox, his: Caller) -> Desk:
    return Desk(sandbox, his)


async def test_both_legs_are_paid_and_given_back(desk: Desk, product: Listener) -> None:
    split, asked = await desk.ready("MED1")
    made = await desk.alipay.ask(f"{BASE}.trade.createandpay", asked)
    assert made["code"] == "10000", made
    again = await desk.alipay.ask(f"{BASE}.trade.createandpay", asked)
    assert again["trade_no"] == made["trade_no"]
    page = await desk.sandbox.http.get(made["pay_url"])
    assert f"¥{float(split['ownPayAmt']):.2f}" in page.text
    waiting = await desk.alipay.ask(f"{BASE}.trade.query", {"out_trade_no": "MED1"})
    assert (waiting["trade_status"], waiting["own_pay_status"]) == ("WAIT_BUYER_PAY", "WAIT")
    sent = await desk.sandbox.http.post(f"{made['pay_url']}&act=pay")
    assert (sent.status_code, sent.headers["location"]) == (303, asked["callback_url"])
    heard = await product.wait(2)  # the centre's 6302 and Alipay's, in either order
    told = desk.alipay.believes(next(one.body for one in heard if one.path == "/callbacks/alipay_medical"))
    assert told is not None
    assert (told["own_pay_status"], told["medical_pay_status"], told["trade_status"]) == (
        "SUCCESS", "SUCCESS", "TRADE_SUCCESS",
    )  # fmt: skip
    done = await desk.alipay.ask(f"{BASE}.trade.query", {"trade_no": made["trade_no"]})
    assert (done["trade_status"], done["pay_order_id"]) == ("TRADE_SUCCESS", split["payOrdId"])
    assert (await desk.counter.ask(split))["ordStas"] == "6"
    own = await desk.alipay.ask("alipay.trade.query", {"out_trade_no": "MED1"})
    assert float(own["total_amount"]) == float(split["ownPayAmt"])
    body = {"out_trade_no": "MED1", "refund_request_no": "MEDR1", "refund_amount": str(split["ownPayAmt"])}
    for _ in range(2):
        back = await desk.alipay.ask(f"{BASE}.trade.refund", body)
        assert back["refund_status"] == "REFUND_SUCCESS"
    seen = await desk.alipay.ask(f"{BASE}.trade.refund.query", body)
    assert float(seen["refund_amount"]) == float(split["ownPayAmt"])
    assert (await desk.alipay.ask(f"{BASE}.trade.cancel", body))["sub_code"] == "ACQ.TRADE_STATUS_ERROR"


async def test_the_insurance_fails_after_the_own_part_was_paid(desk: Desk) -> None:
    (await desk.sandbox.http.put("/_control/insurance", json={"next_payment": "settle_failed"})).raise_for_status()
    _, asked = await desk.ready("MED2")
    made = await desk.alipay.ask(f"{BASE}.trade.createandpay", asked)
    await desk.alipay.control(f"trades/{made['trade_no']}/confirm")
    found = await desk.alipay.ask(f"{BASE}.trade.query", {"out_trade_no": "MED2"})
    assert (found["own_pay_status"], found["medical_pay_status"], found["trade_status"]) == (
        "SUCCESS", "FAIL", "TRADE_FAIL",
    )  # fmt: skip
    body = {"out_trade_no": "MED2", "refund_request_no": "MEDR2", "refund_amount": asked["real_amount"]}
    assert (await desk.alipay.ask(f"{BASE}.trade.refund", body))["refund_status"] == "REFUND_SUCCESS"


async def test_what_is_refused(desk: Desk) -> None:
    refused = await desk.consent("MED3", agree="no")
    assert refused["auth_stas"] == "0"
    _, asked = await desk.ready("MED4")
    for change, why in [
        ({"real_amount": "0.01"}, "AMOUNT_NOT_MATCH"),
        ({"total_amount": "1.00", "real_amount": "1.00", "gov_amount": "0", "account_amount": "0"}, "AMOUNT_NOT_MATCH"),
        ({"pay_order_id": "ORD1"}, "MEDICAL_ORDER_NOT_EXIST"),
        ({"med_org_ord": "M1"}, "MEDICAL_ORDER_NOT_EXIST"),
        ({"pay_auth_no": "AUTH1"}, "PAY_AUTH_NO_INVALID"),
        ({"open_id": "0nobody"}, "ACQ.INVALID_PARAMETER"),
    ]:
        found = await desk.alipay.ask(f"{BASE}.trade.createandpay", {**asked, **change})
        assert (found["code"], found["sub_code"]) == ("40004", why), change
    made = await desk.alipay.ask(f"{BASE}.trade.createandpay", asked)
    assert (await desk.alipay.ask(f"{BASE}.trade.cancel", {"trade_no": made["trade_no"]}))["code"] == "10000"
    assert (await desk.alipay.control(f"trades/{made['trade_no']}/confirm"))["result"] == "4000"
    closed = await desk.alipay.ask(f"{BASE}.trade.query", {"out_trade_no": "MED4"})
    assert closed["trade_status"] == "TRADE_CLOSED"
    card = await desk.alipay.ask(f"{BASE}.card.query", {"open_id": await desk.alipay.open_id()})
    assert card["bind_status"] == "BIND"
    nobody = await desk.alipay.ask(f"{BASE}.card.query", {"open_id": await desk.alipay.open_id("p3")})
    assert nobody["sub_code"] == "MEDICAL_CARD_NOT_EXIST"


async def test_the_insurance_may_pay_it_all(desk: Desk) -> None:
    split, asked = await desk.ready("MED5", account="1")
    assert float(split["ownPayAmt"]) == 0
    made = await desk.alipay.ask(f"{BASE}.trade.createandpay", asked)
    sheet = await desk.sandbox.http.get(
        "/bridge/alipay/cashier",
        params={"trade_no": made["trade_no"], "origin": "http://p1.localhost:8000", "call": "1"},
    )
    assert "<dd>¥200.00</dd>" in sheet.text
    opened = await desk.sandbox.http.post(f"{made['pay_url']}&act=leave&opened=page1")
    assert 'var call = "page1"' in opened.text
    assert (await desk.alipay.control(f"trades/{made['trade_no']}/confirm"))["result"] == "9000"
    found = await desk.alipay.ask(f"{BASE}.trade.query", {"out_trade_no": "MED5"})
    assert (found["trade_status"], found["own_pay_status"]) == ("TRADE_SUCCESS", "SUCCESS")
    assert (await desk.alipay.ask("alipay.trade.query", {"out_trade_no": "MED5"}))["sub_code"] == "ACQ.TRADE_NOT_EXIST"
