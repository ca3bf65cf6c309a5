"""The sandbox's WeChat Pay under PyPI `wechatpayv3`, an independent reading of the protocol."""

import asyncio
import gzip
import hashlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from wechatpayv3 import SignType, WeChatPay, WeChatPayType
from wechatpayv3.core import Core

from tests.support.sandbox import Sandbox
from tests.support.waiting import until

Make = Callable[..., WeChatPay]


@pytest.fixture
def sdk(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Make:
    """The vendor's client, pointed at the sandbox; in certificate mode it fetches certificates when it is made."""
    keys = sandbox.keys["wechat_pay"]
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    made = Core.__init__

    def pointed(self: Core, *args: Any, **named: Any) -> None:
        fetch, Core._init_certificates = Core._init_certificates, lambda _self: None
        try:
            made(self, *args, **named)
        finally:
            Core._init_certificates = fetch
        self._gate_way = keys["base_url"]
        if not self._public_key:
            fetch(self)

    monkeypatch.setattr(Core, "__init__", pointed)

    def make(*, public_key: bool = True) -> WeChatPay:
        more = {"public_key": keys["public_key_pem"], "public_key_id": keys["public_key_id"]} if public_key else {}
        return WeChatPay(
            WeChatPayType.JSAPI,
            mchid=keys["mch_id"],
            private_key=keys["merchant_private_key_pem"],
            cert_serial_no=keys["merchant_serial_no"],
            appid=keys["app_id"],
            apiv3_key=keys["api_v3_key"],
            notify_url=f"{sandbox.product_url}/callbacks/wechat_pay",
            timeout=(5, 10),
            **more,
        )

    return make


def _pay(sdk: WeChatPay, number: str, total: int = 1500) -> str:
    code, text = sdk.pay(
        description="心血管内科挂号费",
        out_trade_no=number,
        amount={"total": total, "currency": "CNY"},
        payer={"openid": "oSomebody123"},
        time_expire=(datetime.fromtimestamp(time.time(), UTC) + timedelta(minutes=15)).isoformat(timespec="seconds"),
    )
    assert code == 200, text
    return str(json.loads(text)["prepay_id"])


@pytest.mark.parametrize("mode", ["public_key", "certificate", "both"])
async def test_a_payment_and_its_refund(sandbox: Sandbox, product: Any, sdk: Make, mode: str) -> None:
    (await sandbox.http.put("/_control/wechat_pay", json={"mode": mode, "refund_seconds": 0.2})).raise_for_status()
    client = await asyncio.to_thread(sdk, public_key=mode != "certificate")
    number = f"JY{mode[:4].upper()}0001"
    prepay_id = await asyncio.to_thread(_pay, client, number)
    code, text = await asyncio.to_thread(client.query, out_trade_no=number)
    assert (code, json.loads(text)["trade_state"]) == (200, "NOTPAY")
    done = (await sandbox.http.post(f"/_control/payments/{prepay_id}/confirm")).json()
    assert done["result"] == "ok"
    heard = await product.wait(1)
    # In `both` the notices alternate between the two keys: this client knows only one and fetches the other.
    notice = await asyncio.to_thread(client.callback, heard[0].headers, heard[0].body)
    assert notice["event_type"] == "TRANSACTION.SUCCESS"
    assert notice["resource"]["amount"]["total"] == 1500
    code, text = await asyncio.to_thread(client.query, transaction_id=notice["resource"]["transaction_id"])
    assert (code, json.loads(text)["out_trade_no"]) == (200, number)
    code, text = await asyncio.to_thread(
        client.refund,
        out_refund_no=f"{number}R",
        out_trade_no=number,
        amount={"refund": 1500, "total": 1500, "currency": "CNY"},
        reason="取消预约",
        notify_url=f"{sandbox.product_url}/callbacks/wechat_pay",
    )
    assert (code, json.loads(text)["status"]) == (200, "PROCESSING")
    heard = await product.wait(2)
    notice = await asyncio.to_thread(client.callback, heard[1].headers, heard[1].body)
    assert (notice["event_type"], notice["resource"]["refund_status"]) == ("REFUND.SUCCESS", "SUCCESS")
    code, text = await asyncio.to_thread(client.query_refund, f"{number}R")
    assert (code, json.loads(text)["status"]) == (200, "SUCCESS")
    code, text = await asyncio.to_thread(client.close, number)
    assert (code, json.loads(text)["code"]) == (400, "ORDER_PAID")


async def test_an_unpaid_order_is_closed(sandbox: Sandbox, sdk: Make) -> None:
    client = await asyncio.to_thread(sdk)
    prepay_id = await asyncio.to_thread(_pay, client, "JYCLOSE0001")
    code, _ = await asyncio.to_thread(client.close, "JYCLOSE0001")
    assert code == 204
    assert (await sandbox.http.post(f"/_control/payments/{prepay_id}/confirm")).json()["result"] == "fail"
    code, text = await asyncio.to_thread(client.query, out_trade_no="JYCLOSE0001")
    assert (code, json.loads(text)["trade_state"]) == (200, "CLOSED")
    code, text = await asyncio.to_thread(client.query, out_trade_no="JYNOBODY001")
    assert (code, json.loads(text)["code"]) == (404, "ORDER_NOT_EXIST")


async def test_the_page_signature_opens_the_cashier(sandbox: Sandbox, sdk: Make) -> None:
    client = await asyncio.to_thread(sdk)
    prepay_id = await asyncio.to_thread(_pay, client, "JYSHEET0001")
    keys = sandbox.keys["wechat_pay"]
    stamp, nonce, package = str(int(time.time())), "n0nce", f"prepay_id={prepay_id}"
    signature = client.sign([keys["app_id"], stamp, nonce, package], sign_type=SignType.RSA_SHA256)
    query = {
        "appId": keys["app_id"],
        "timeStamp": stamp,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": signature,
        "origin": "http://localhost:8000",
        "call": "1",
    }
    page = await sandbox.http.get("/bridge/cashier", params=query)
    ancestors = page.headers["content-security-policy"].split()
    assert ancestors[:3] == ["frame-ancestors", "'self'", "http://localhost:8000"]
    assert "*" not in ancestors
    assert "15.00" in page.text
    assert "SIGN_ERROR" not in page.text.split("<script>", maxsplit=1)[0]
    for name, wrong, why in [
        ("nonceStr", "other", "SIGN_ERROR"),
        ("paySign", "AAAA", "SIGN_ERROR"),
        ("appId", "wxother", "INVALID_APPID"),
        ("signType", "MD5", "SIGN_ERROR"),
        ("origin", "http://p2.localhost:8000", "PAYER_MISMATCH"),
    ]:
        page = await sandbox.http.get("/bridge/cashier", params={**query, name: wrong})
        assert f'"reason": "{why}"' in page.text, name
    assert (
        await sandbox.http.get("/bridge/cashier", params={**query, "origin": "https://evil.example"})
    ).status_code == 400


@pytest.mark.usefixtures("product")
async def test_the_trade_bill(sandbox: Sandbox, sdk: Make) -> None:
    client = await asyncio.to_thread(sdk)
    await sandbox.http.put("/_control/wechat_pay", json={"refund_seconds": 0})
    for place in range(3):
        prepay_id = await asyncio.to_thread(_pay, client, f"JYBILL000{place}", 1000 + place)
        await sandbox.http.post(f"/_control/payments/{prepay_id}/confirm")
    amount = {"refund": 1000, "total": 1000, "currency": "CNY"}
    await asyncio.to_thread(client.refund, out_refund_no="JYBILLR", out_trade_no="JYBILL0000", amount=amount)
    day = datetime.fromisoformat((await sandbox.http.get("/_control/clock")).json()["now"]).date()
    code, text = await asyncio.to_thread(client.trade_bill, str(day))
    assert (code, json.loads(text)["code"]) == (400, "PARAM_ERROR")
    await until(
        lambda: asyncio.to_thread(client.query_refund, "JYBILLR"),
        lambda answer: json.loads(answer[1])["status"] == "SUCCESS",
    )
    await sandbox.move_clock(2 * 86400, only_sandbox=True)
    code, text = await asyncio.to_thread(client.trade_bill, str(day), tar_type="GZIP")
    assert code == 200, text
    where = json.loads(text)
    # The SDK insists on a signature, which WeChat does not give to files: fetch with its signed request instead.
    path = where["download_url"].removeprefix(sandbox.keys["wechat_pay"]["base_url"])
    code, content = await asyncio.to_thread(client._core.request, path, skip_verify=True)
    assert code == 200
    sheet = gzip.decompress(content)
    assert hashlib.sha1(sheet, usedforsecurity=False).hexdigest() == where["hash_value"]
    lines = sheet.decode().splitlines()
    assert len(lines) == 1 + 4 + 2
    assert len(lines[0].split(",")) == 27
    assert lines[-1].split(",")[0] == "`4"
    assert lines[-1].split(",")[5] == "`30.03"
    await sandbox.http.put(
        "/_control/wechat_pay/bill",
        json={
            "drop": ["JYBILL0001"],
            "wrong_amount": {"JYBILL0002": 1},
            "extra": [{"out_trade_no": "JYNEVER", "total": 9}],
        },
    )
    code, text = await asyncio.to_thread(client.trade_bill, str(day), tar_type="GZIP")
    path = json.loads(text)["download_url"].removeprefix(sandbox.keys["wechat_pay"]["base_url"])
    code, content = await asyncio.to_thread(client._core.request, path, skip_verify=True)
    told = gzip.decompress(content).decode()
    assert "JYBILL0001" not in told
    assert "`0.01" in told
    assert "JYNEVER" in told
    await sandbox.http.delete("/_control/wechat_pay/bill")
    code, text = await asyncio.to_thread(client.trade_bill, "2026-01-01")
    assert (code, json.loads(text)["code"]) == (400, "NO_STATEMENT_EXIST")
