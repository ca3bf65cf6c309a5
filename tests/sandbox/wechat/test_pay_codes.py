"""Payment codes and faces: the sandbox's v2 under PyPI `wechatpy`, an independent reading of that protocol."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
import requests
from wechatpayv3 import WeChatPay as WeChatPayV3
from wechatpayv3 import WeChatPayType
from wechatpayv3.type import RequestType
from wechatpy.exceptions import WeChatPayException
from wechatpy.pay import WeChatPay

from jiuyi_sandbox.wechat_pay_v2 import message
from tests.sandbox.vendor import request_no
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

pytestmark = pytest.mark.feature("I06")


class Till:
    """A counter whose calls are made by `wechatpy`; every answer's signature is checked by it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.keys = sandbox, sandbox.keys["wechat_pay"]
        self.sdk = WeChatPay(self.keys["app_id"], self.keys["v2_key"], self.keys["mch_id"], timeout=20)
        self.sdk.API_BASE_URL = self.keys["base_url"] + "/"
        self.sdk._http.trust_env = False

    async def call(self, run: Callable[..., Any], *args: Any, **named: Any) -> dict[str, Any]:
        try:
            found: dict[str, Any] = await asyncio.to_thread(run, *args, **named)
        except WeChatPayException as wrong:
            return {"err_code": wrong.errcode, "return_msg": wrong.errmsg}
        assert self.sdk.check_signature(dict(found))
        return found

    async def pay(self, code: str, number: str | None = None, total: int = 2500) -> dict[str, Any]:
        return await self.call(
            self.sdk.micropay.create, "门诊缴费", total, code, client_ip="127.0.0.1",
            out_trade_no=number or request_no("JY"),
        )  # fmt: skip

    async def ask(self, number: str) -> dict[str, Any]:
        return await self.call(self.sdk.order.query, out_trade_no=number)

    async def reverse(self, number: str) -> dict[str, Any]:
        return await self.call(self.sdk.order.reverse, out_trade_no=number)

    async def shown(self, person: str = "p1", kind: str = "code", **more: Any) -> str:
        body = {"person": person, "kind": kind, **more}
        answer = await self.sandbox.http.post("/_control/wechat_pay/codes", json=body)
        return str(answer.raise_for_status().json()["code"])


@pytest.fixture
def till(sandbox: Sandbox) -> Till:
    return Till(sandbox)


async def test_a_code_pays_once_and_for_a_minute(till: Till, sandbox: Sandbox) -> None:
    code, number = await till.shown(), request_no("JY")
    openid = await till.call(till.sdk.tools.auto_code_to_openid, code)
    paid = await till.pay(code, number)
    assert (paid["trade_type"], paid["total_fee"], paid["openid"]) == ("MICROPAY", "2500", openid["openid"])
    assert (await till.pay(code, number))["err_code"] == "ORDERPAID"
    assert (await till.pay(code))["err_code"] == "AUTHCODEEXPIRE"
    found = await till.ask(number)
    assert (found["trade_state"], found["transaction_id"]) == ("SUCCESS", paid["transaction_id"])
    late = await till.shown()
    await sandbox.move_clock(61, only_sandbox=True)
    assert (await till.pay(late))["err_code"] == "AUTHCODEEXPIRE"
    assert (await till.pay("134567890123456789"))["err_code"] == "AUTH_CODE_INVALID"
    assert (await till.pay("28" + "0" * 16))["err_code"] == "AUTH_CODE_INVALID"
    assert (await till.ask("NOBODY0001"))["err_code"] == "ORDERNOTEXIST"


@pytest.mark.parametrize(
    ("name", "said", "later"),
    [
        ("userpaying_then_paid", "USERPAYING", "SUCCESS"),
        ("userpaying_never", "USERPAYING", "USERPAYING"),
        ("userpaying_then_refused", "USERPAYING", "PAYERROR"),
        ("system_error_paid", "SYSTEMERROR", "SUCCESS"),
        ("system_error_unpaid", "SYSTEMERROR", "NOTPAY"),
        ("bank_error_then_paid", "BANKERROR", "SUCCESS"),
        ("not_enough", "NOTENOUGH", None),
        ("card_unsupported", "NOTSUPORTCARD", None),
    ],
)
async def test_what_is_not_simply_paid(till: Till, sandbox: Sandbox, name: str, said: str, later: str | None) -> None:
    number = request_no("JY")
    assert (await till.pay(await till.shown(behaviour=name), number))["err_code"] == said
    await sandbox.move_clock(11, only_sandbox=True)
    found = await till.ask(number)
    assert found.get("trade_state") == later
    if later is None:
        assert found["err_code"] == "ORDERNOTEXIST"
        return
    assert (await till.reverse(number))["recall"] == "N"
    assert (await till.ask(number))["trade_state"] == "REVOKED"
    refunds = await till.call(till.sdk.refund.query, out_trade_no=number)
    assert refunds.get("refund_fee_0") == ("2500" if later == "SUCCESS" else None)


async def test_reversals_that_need_a_second_try_or_meet_a_payment(till: Till) -> None:
    number = request_no("JY")
    assert (await till.pay(await till.shown(behaviour="recall"), number))["err_code"] == "SYSTEMERROR"
    raw = await raw_reversal(till, number)
    assert (raw["err_code"], raw["recall"]) == ("SYSTEMERROR", "Y")
    assert (await till.reverse(number))["recall"] == "N"
    number = request_no("JY")
    await till.pay(await till.shown(behaviour="paid_while_reversed"), number)
    assert (await till.reverse(number))["recall"] == "N"
    assert (await till.call(till.sdk.refund.query, out_trade_no=number))["refund_status_0"] == "SUCCESS"
    number = request_no("JY")
    await till.pay(await till.shown(behaviour="queries_fail"), number)
    told = [(await till.ask(number)) for _ in range(3)]
    assert [one.get("err_code") for one in told] == ["SYSTEMERROR", "SYSTEMERROR", None]
    assert told[2]["trade_state"] == "SUCCESS"


async def raw_reversal(till: Till, number: str) -> dict[str, str]:
    values = {"appid": till.keys["app_id"], "mch_id": till.keys["mch_id"], "nonce_str": "n", "out_trade_no": number,
              "sign_type": "HMAC-SHA256"}  # fmt: skip
    text = "&".join(f"{k}={values[k]}" for k in sorted(values)) + f"&key={till.keys['v2_key']}"
    values["sign"] = hmac.new(till.keys["v2_key"].encode(), text.encode(), hashlib.sha256).hexdigest().upper()
    body = "<xml>" + "".join(f"<{k}>{v}</{k}>" for k, v in values.items()) + "</xml>"
    answer = await till.sandbox.http.post("/wechat-pay/secapi/pay/reverse", content=body)
    return {child.tag: child.text or "" for child in ET.fromstring(answer.text)}  # noqa: S314 - the sandbox's own


async def test_connections_that_are_cut(till: Till, sandbox: Sandbox) -> None:
    for name, state in (("cut_paid", "SUCCESS"), ("cut_unpaid", None)):
        number = request_no("JY")
        with pytest.raises(requests.RequestException):
            await till.pay(await till.shown(behaviour=name), number)
        assert (await till.ask(number)).get("trade_state") == state
    await sandbox.fault("wechat_pay", "cut_before", "reverse", times=1)
    with pytest.raises(httpx.HTTPError):
        await raw_reversal(till, "JY0000000001")


async def test_a_refund_and_the_bill(till: Till, sandbox: Sandbox) -> None:
    await sandbox.http.put("/_control/wechat_pay", json={"refund_seconds": 0})
    number, reversed_number = request_no("JY"), request_no("JY")
    await till.pay(await till.shown(), number)
    await till.pay(await till.shown(), reversed_number)
    await till.reverse(reversed_number)
    refund = await till.call(
        till.sdk.refund.apply, 2500, 1000, f"{number}R", out_trade_no=number, fee_type="CNY", op_user_id="1"
    )
    assert (refund["refund_fee"], refund["out_refund_no"]) == ("1000", f"{number}R")
    found = await until(
        lambda: till.call(till.sdk.refund.query, out_refund_no=f"{number}R"),
        lambda found: found["refund_status_0"] == "SUCCESS",
    )
    assert found["refund_fee_0"] == "1000"
    over = await till.call(
        till.sdk.refund.apply, 2500, 2000, f"{number}S", out_trade_no=number, fee_type="CNY", op_user_id="1"
    )
    assert over["err_code"] == "INVALID_REQUEST"
    day = datetime.fromisoformat((await sandbox.http.get("/_control/clock")).json()["now"])
    await sandbox.move_clock(2 * 86400, only_sandbox=True)
    sheet = await asyncio.to_thread(till.sdk.tools.download_bill, f"{day:%Y%m%d}")
    assert [line.split(",")[9] for line in sheet.splitlines()[1:5]] == ["`SUCCESS", "`SUCCESS", "`REVOKED", "`REFUND"]
    assert "`MICROPAY" in sheet
    none = await till.call(till.sdk.tools.download_bill, "20200101")
    assert none["err_code"] is None


async def test_a_face_pays_too(till: Till) -> None:
    values = {"face_code": await till.shown(kind="face"), "body": "门诊缴费", "out_trade_no": request_no("JY"),
              "total_fee": 100, "spbill_create_ip": "127.0.0.1", "appid": till.keys["app_id"]}  # fmt: skip
    paid = await till.call(till.sdk.post, "pay/facepay", data=values)
    assert paid["trade_type"] == "FACEPAY"
    asked = {"appid": till.keys["app_id"], "out_trade_no": values["out_trade_no"]}
    assert (await till.call(till.sdk.post, "pay/facepayquery", data=asked))["trade_state"] == "SUCCESS"
    terminal = {"appid": till.keys["app_id"], "store_id": "1", "store_name": "1", "device_id": "1", "rawdata": "x",
                "now": 1, "version": "1"}  # fmt: skip
    assert (await till.call(till.sdk.post, "face/get_wxpayface_authinfo", data=terminal))["authinfo"]
    wrong = await till.call(till.sdk.post, "pay/facepay", data={**values, "face_code": await till.shown()})
    assert wrong["err_code"] == "ORDERPAID"


async def test_v3_takes_codes_too(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    keys, number = till.keys, request_no("JY")
    sdk = WeChatPayV3(
        WeChatPayType.JSAPI, mchid=keys["mch_id"], private_key=keys["merchant_private_key_pem"],
        cert_serial_no=keys["merchant_serial_no"], appid=keys["app_id"], apiv3_key=keys["api_v3_key"],
        public_key=keys["public_key_pem"], public_key_id=keys["public_key_id"],
    )  # fmt: skip
    sdk._core._gate_way = keys["base_url"]

    async def call(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        code, text = await asyncio.to_thread(sdk._core.request, path, RequestType.POST, body)
        return code, json.loads(text)

    who = {"appid": keys["app_id"], "mchid": keys["mch_id"]}
    body = {
        **who, "description": "门诊缴费", "out_trade_no": number, "amount": {"total": 100},
        "payer": {"auth_code": await till.shown(behaviour="userpaying_never")},
        "scene_info": {"store_info": {"out_id": "1"}},
    }  # fmt: skip
    code, said = await call("/v3/pay/transactions/codepay", body)
    assert (code, said["trade_state"]) == (200, "USERPAYING")
    assert (await call(f"/v3/pay/transactions/out-trade-no/{number}/reverse", who))[0] == 200
    assert (await till.ask(number))["trade_state"] == "REVOKED"
    body |= {"out_trade_no": request_no("JY"), "payer": {"auth_code": await till.shown(behaviour="not_enough")}}
    code, said = await call("/v3/pay/transactions/codepay", body)
    assert (code, said["code"]) == (403, "NOT_ENOUGH")


async def test_the_magic_codes_serve_any_number_of_times(till: Till) -> None:
    magic = (await till.sandbox.http.get("/_control/wechat_pay/codes")).json()["magic"]
    paid = next(m for m in magic if m["person"] == "p3" and m["behaviour"] == "normal")
    for _ in range(2):
        assert (await till.pay(paid["code"]))["trade_type"] == "MICROPAY"
    short = next(m for m in magic if m["person"] == "p1" and m["behaviour"] == "not_enough")
    assert (await till.pay(short["code"]))["err_code"] == "NOTENOUGH"


async def test_the_door_of_v2(till: Till) -> None:
    other = WeChatPay(till.keys["app_id"], "0" * 32, till.keys["mch_id"])
    other.API_BASE_URL = till.sdk.API_BASE_URL
    other._http.trust_env = False
    with pytest.raises(WeChatPayException) as wrong:
        await asyncio.to_thread(other.order.query, out_trade_no="X")
    assert (wrong.value.return_code, wrong.value.return_msg) == ("FAIL", "签名错误")
    for body in (b"", b"<xml>", b"<!DOCTYPE xml [<!ENTITY a 'b'>]><xml><a>&a;</a></xml>", b"<xml><a><b/></a></xml>"):
        answer = await till.sandbox.http.post("/wechat-pay/pay/orderquery", content=body)
        assert "XML格式错误" in answer.text
    assert message.sign({"b": "2", "a": "1", "empty": "", "sign": "x"}, "k") == (
        hashlib.md5(b"a=1&b=2&key=k", usedforsecurity=False).hexdigest().upper()
    )
