"""WeChat's mixed orders under the vendor's own request signing, with the insurance centre behind them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from wechatpayv3 import SignType, WeChatPay, WeChatPayType
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType

from tests.sandbox.insurance.conftest import CHILD, FATHER, MOTHER, Counter
from tests.sandbox.insurance.test_centre import CREAM, ECG, fen
from tests.sandbox.vendor import request_no
from tests.support.listener import Listener
from tests.support.sandbox import Sandbox

pytestmark = [pytest.mark.feature("F04", "F25", "F26")]


class Phone:
    """Somebody in WeChat, and the hospital's calls to WeChat made with `wechatpayv3`."""

    def __init__(self, sandbox: Sandbox, counter: Counter, sdk: WeChatPay, openid: str) -> None:
        self.sandbox, self.counter, self.sdk, self.openid = sandbox, counter, sdk, openid
        self.keys = sandbox.keys

    async def consent(self, patient_id: str, **change: str) -> dict[str, Any]:
        """Through the page to `payAuthNo`, with the signed question."""
        keys = self.keys["wecity"]
        query = {
            "authType": "2", "isDepart": "2", "appid": self.keys["wechat_pay"]["app_id"], "cityCode": "440100",
            "channel": keys["channel"], "orgChnlCrtfCodg": keys["org_chnl_crtf_codg"],
            "orgCodg": self.keys["insurance"]["org_code"], "bizType": "04107",
            "orgAppId": self.keys["insurance"]["app_id"], "redirectUrl": "http://p1.localhost:8000/w/?a=1#/pay",
        } | change  # fmt: skip
        page = await self.sandbox.http.get("/wecity/oauth/code", params=query)
        assert page.status_code == 200, page.text
        person = await self.counter.person(patient_id)
        assert person["name"] in page.text
        back = await self.sandbox.http.get("/wecity/oauth/code", params={**query, "psn_no": person["psn_no"]})
        where = urlsplit(back.headers["location"])
        assert (where.path, where.fragment) == ("/w/", "/pay")
        return await self.ask(parse_qs(where.query)["authCode"][0])

    async def ask(self, code: str, **change: str) -> dict[str, Any]:
        keys = self.keys["wecity"]
        stamp = str(int(time.time() * 1000))
        text = f"{keys['partner_id']}{stamp}".encode()
        headers = {
            "god-portal-timestamp": stamp, "god-portal-request-id": secrets.token_hex(16),
            "god-portal-signature": hmac.new(keys["partner_secret"].encode(), text, hashlib.sha256).hexdigest(),
        } | change  # fmt: skip
        path = f"/wecity/api/mipuserquery/userQuery/{keys['partner_id']}"
        answer = await self.sandbox.http.post(path, json={"qrcode": code, "openid": self.openid}, headers=headers)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def call(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """A call with the vendor's signature; the answer's signature is checked by it too."""
        method = RequestType.GET if body is None else RequestType.POST
        code, text = await asyncio.to_thread(self.sdk._core.request, path, method, body, cipher_data=body is not None)
        return code, json.loads(text) if text else None

    async def prepaid(self, number: str, total: int) -> str:
        code, text = await asyncio.to_thread(
            self.sdk.pay, description="门诊缴费", out_trade_no=number, amount={"total": total},
            payer={"openid": self.openid},
        )  # fmt: skip
        assert code == 200, text
        return str(json.loads(text)["prepay_id"])

    async def order(self, patient_id: str, lines: list[tuple[str, str]], **change: Any) -> dict[str, Any]:
        """Everything up to the body of POST /v3/med-ins/orders."""
        told = await self.consent(patient_id)
        token = told.get("pay_auth_no") or told["family_pay_auth_no"]
        number = request_no("JY")
        placed = await self.counter.placed(patient_id, lines, payAuthNo=token, medOrgOrd=number[-20:])
        fund, account, own, total = (fen(placed[n]) for n in ("fundPay", "psnAcctPay", "ownPayAmt", "feeSumamt"))
        sealed = {
            "name": self.sdk._core.encrypt(told["user_name"]),
            "id_digest": self.sdk._core.encrypt(hashlib.md5(told["user_card_no"].encode()).hexdigest()),  # noqa: S324
            "card_type": "ID_CARD",
        }
        body = {
            "mix_pay_type": "CASH_AND_INSURANCE" if own else "INSURANCE_ONLY", "order_type": "DIAG_PAY",
            "appid": self.keys["wechat_pay"]["app_id"], "openid": self.openid, "payer": sealed,
            "out_trade_no": number, "serial_no": number[-20:], "pay_order_id": placed["payOrdId"],
            "pay_auth_no": token, "geo_location": "113.26,23.12", "city_id": "440100",
            "med_inst_name": "岭南大学附属医院", "med_inst_no": self.keys["insurance"]["org_code"],
            "med_ins_order_create_time": "2026-11-23T10:00:00+08:00", "total_fee": total, "med_ins_gov_fee": fund,
            "med_ins_self_fee": account, "med_ins_other_fee": 0, "med_ins_cash_fee": own,
            "callback_url": f"{self.sandbox.product_url}/callbacks/wechat_medins",
        }  # fmt: skip
        if "family_pay_auth_no" in told:
            body |= {"pay_for_relatives": True, "relative": sealed}
        if own:
            body |= {"wechat_pay_cash_fee": own, "prepay_id": await self.prepaid(number, own)}
        return {**body, **change}


@pytest_asyncio.fixture
async def phone(sandbox: Sandbox, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Phone]:
    keys = sandbox.keys["wechat_pay"]
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    monkeypatch.setattr(Core, "_init_certificates", lambda _self: None)
    sdk = WeChatPay(
        WeChatPayType.JSAPI, mchid=keys["mch_id"], private_key=keys["merchant_private_key_pem"],
        cert_serial_no=keys["merchant_serial_no"], appid=keys["app_id"], apiv3_key=keys["api_v3_key"],
        notify_url=f"{sandbox.product_url}/callbacks/wechat_pay", timeout=(5, 10),
        public_key=keys["public_key_pem"], public_key_id=keys["public_key_id"],
    )  # fmt: skip
    sdk._core._gate_way = keys["base_url"]
    answer = await sandbox.http.post("/_control/wecity/authorise", json={"person": "p1"})
    yield Phone(sandbox, counter, sdk, answer.json()["openid"])


async def confirmed(phone: Phone, mix: str, **body: Any) -> str:
    answer = await phone.sandbox.http.post(f"/_control/medins/{mix}/confirm", json=body)
    return str(answer.raise_for_status().json()["result"])


async def test_insurance_and_patient_pay_together(phone: Phone, product: Listener) -> None:
    body = await phone.order(MOTHER, [ECG, CREAM])
    code, made = await phone.call("/v3/med-ins/orders", body)
    assert (code, made["mix_pay_status"], made["self_pay_status"]) == (200, "MIX_PAY_CREATED", "SELF_PAY_CREATED")
    assert "payer" not in made
    mix = made["mix_trade_no"]
    code, again = await phone.call("/v3/med-ins/orders", body)
    assert (code, again["code"]) == (400, "ALREADY_EXISTS")
    assert await confirmed(phone, mix) == "ok"
    events = {}
    for one in await product.wait(3):
        if one.path.endswith("insurance"):
            events["6302"] = phone.counter.centre.opened(json.loads(one.body))["ordStas"]
        else:
            told = await asyncio.to_thread(phone.sdk.callback, one.headers, one.body)
            events[told["event_type"]] = told["resource"]
    assert events["6302"] == "6"
    assert events["TRANSACTION.SUCCESS"]["amount"]["total"] == body["med_ins_cash_fee"]
    assert events["MEDICAL_INSURANCE.SUCCESS"]["total_fee"] == body["total_fee"]
    for path in (f"mix-trade-no/{mix}", f"out-trade-no/{body['out_trade_no']}"):
        code, found = await phone.call(f"/v3/med-ins/orders/{path}")
        assert (code, found) == (200, events["MEDICAL_INSURANCE.SUCCESS"])
    refund = {
        "med_refund_total_fee": body["total_fee"], "med_refund_gov_fee": body["med_ins_gov_fee"],
        "med_refund_self_fee": body["med_ins_self_fee"], "med_refund_other_fee": 0,
        "refund_time": "2026-11-23T11:00:00+08:00", "out_refund_no": f"{body['out_trade_no']}R",
    }  # fmt: skip
    code, _ = await phone.call(f"/v3/med-ins/refunds/notify?mix_trade_no={mix}", refund)
    assert code == 204
    assert (await phone.call(f"/v3/med-ins/orders/mix-trade-no/{mix}"))[1]["mix_pay_status"] == "MIX_PAY_REFUND"


async def test_a_father_is_paid_for_with_his_own_insurance(phone: Phone, product: Listener) -> None:
    body = await phone.order(FATHER, [ECG])
    assert body["mix_pay_type"] == "INSURANCE_ONLY"
    code, made = await phone.call("/v3/med-ins/orders", body)
    assert (code, made["self_pay_status"]) == (200, "NO_SELF_PAY")
    assert await confirmed(phone, made["mix_trade_no"]) == "ok"
    assert len(await product.wait(2)) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"total_fee": 1}, "RULE_LIMIT"), ({"med_ins_gov_fee": 0}, "RULE_LIMIT"),
        ({"pay_auth_no": "AUTHX"}, "INVALID_REQUEST"),
        ({"pay_order_id": "ORDX"}, "INVALID_REQUEST"), ({"med_inst_no": "H1"}, "PARAM_ERROR"),
        ({"order_type": "X"}, "PARAM_ERROR"), ({"appid": "wx0"}, "APPID_MCHID_NOT_MATCH"),
        ({"payer": {"card_type": "ID_CARD", "name": "AAAA", "id_digest": "AAAA"}}, "PARAM_ERROR"),
        ({"prepay_id": "wx0"}, "INVALID_REQUEST"), ({"callback_url": "http://localhost/?a=1"}, "PARAM_ERROR"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
)  # fmt: skip
async def test_what_does_not_fit_is_refused(phone: Phone, change: dict[str, Any], code: str) -> None:
    status, answer = await phone.call("/v3/med-ins/orders", await phone.order(MOTHER, [ECG, CREAM], **change))
    assert status in (400, 403)
    assert answer["code"] == code


async def test_endings_that_are_not_success(phone: Phone, sandbox: Sandbox) -> None:
    _, made = await phone.call("/v3/med-ins/orders", await phone.order(MOTHER, [ECG, CREAM]))
    assert await confirmed(phone, made["mix_trade_no"], behaviour="cash_refused") == "fail"
    assert await confirmed(phone, made["mix_trade_no"], behaviour="refused") == "fail"
    path = f"/v3/med-ins/orders/mix-trade-no/{made['mix_trade_no']}"
    assert (await phone.call(path))[1]["mix_pay_status"] == "MIX_PAY_CREATED"
    await sandbox.http.put("/_control/insurance", json={"next_payment": "settle_failed"})
    _, made = await phone.call("/v3/med-ins/orders", await phone.order(MOTHER, [ECG, CREAM]))
    assert await confirmed(phone, made["mix_trade_no"]) == "fail"
    _, found = await phone.call(f"/v3/med-ins/orders/mix-trade-no/{made['mix_trade_no']}")
    assert (found["mix_pay_status"], found["self_pay_status"]) == ("MIX_PAY_FAIL", "SELF_PAY_SUCCESS")
    assert found["med_ins_pay_status"] == "MED_INS_PAY_FAIL"
    await sandbox.http.put("/_control/medins", json={"next_order": "create_unanswered"})
    body = await phone.order(CHILD, [ECG])
    assert (await phone.call("/v3/med-ins/orders", body))[0] == 500
    code, found = await phone.call(f"/v3/med-ins/orders/out-trade-no/{body['out_trade_no']}")
    assert (code, found["total_fee"]) == (200, body["total_fee"])
    assert (await phone.call("/v3/med-ins/orders/out-trade-no/NOBODY0001"))[0] == 404


async def test_the_code_of_the_page_serves_once_and_its_owner(phone: Phone) -> None:
    answer = await phone.sandbox.http.post("/_control/wecity/authorise", json={"person": "p1", "patient_id": CHILD})
    code = answer.json()["authCode"]
    assert (await phone.ask(code, **{"god-portal-signature": "00"}))["code"] == 40001
    assert (await phone.ask(code))["family_pay_auth_no"]
    assert (await phone.ask(code))["code"] == 40004
    assert (await phone.ask("nobody"))["code"] == 40003
    wrong = await phone.sandbox.http.get("/wecity/oauth/code", params={"authType": "2"})
    assert wrong.status_code == 400


async def test_the_sheet_shows_the_parts_and_checks_the_signature(phone: Phone) -> None:
    body = await phone.order(MOTHER, [ECG, CREAM])
    _, made = await phone.call("/v3/med-ins/orders", body)
    app_id, package, stamp = phone.keys["wechat_pay"]["app_id"], f"prepay_id={body['prepay_id']}", str(int(time.time()))
    query = {
        "appid": app_id, "mixTradeNo": made["mix_trade_no"], "timeStamp": stamp, "nonceStr": "n", "package": package,
        "signType": "RSA", "origin": "http://p1.localhost:8000", "call": "1",
        "paySign": phone.sdk.sign([app_id, stamp, "n", package], sign_type=SignType.RSA_SHA256),
    }  # fmt: skip
    page = await phone.sandbox.http.get("/bridge/medins", params=query)
    assert "¥35.75" in page.text
    assert "¥98.00" in page.text
    for name, value, why in (
        ("paySign", "AAAA", "SIGN_ERROR"), ("mixTradeNo", "1", "MIX_TRADE_NO_INVALID"),
        ("appid", "wx", "INVALID_APPID"), ("origin", "http://p2.localhost:8000", "PAYER_MISMATCH"),
    ):  # fmt: skip
        page = await phone.sandbox.http.get("/bridge/medins", params={**query, name: value})
        assert f'"reason": "{why}"' in page.text, name
