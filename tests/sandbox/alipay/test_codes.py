"""Payment codes and faces at the desk, through the independent client."""

import asyncio
from typing import Any

import pytest

from tests.sandbox.alipay.conftest import Hospital
from tests.support.listener import Listener
from tests.support.waiting import until

pytestmark = pytest.mark.feature("I06")


async def _pay(
    life: Hospital, number: str, code: str, amount: str = "12.00", scene: str = "bar_code"
) -> dict[str, Any]:
    body = {
        "out_trade_no": number, "auth_code": code, "scene": scene, "subject": "检查费", "total_amount": amount,
        "product_code": "FACE_TO_FACE_PAYMENT",
    }  # fmt: skip
    url = f"{life.sandbox.product_url}/callbacks/alipay_pay"
    return await life.ask("alipay.trade.pay", body, notify_url=url)


async def _state(life: Hospital, number: str) -> str:
    found = await life.ask("alipay.trade.query", {"out_trade_no": number})
    return str(found.get("trade_status") or found["sub_code"])


@pytest.mark.parametrize(("kind", "scene"), [("bar_code", "bar_code"), ("face", "security_code")])
async def test_a_code_pays_once(life: Hospital, product: Listener, kind: str, scene: str) -> None:
    code = (await life.control("codes", person="p2", kind=kind))["code"]
    paid = await _pay(life, "CODE1", code, scene=scene)
    assert (paid["code"], paid["buyer_pay_amount"], paid["buyer_logon_id"]) == ("10000", "12.00", "138****3074")
    assert paid["buyer_open_id"] == await life.open_id("p2")
    assert life.believes((await product.wait(1))[0].body) is not None
    assert (await _pay(life, "CODE1", code, scene=scene))["sub_code"] == "ACQ.TRADE_HAS_SUCCESS"
    assert (await _pay(life, "CODE2", code, scene=scene))["sub_code"] == "ACQ.PAYMENT_AUTH_CODE_INVALID"
    assert await _state(life, "CODE2") == "ACQ.TRADE_NOT_EXIST"


async def test_codes_that_are_none(life: Hospital) -> None:
    for code in ("1234567890123456", "28123", "280000000000000009", "31" + "0" * 16):
        assert (await _pay(life, "NONE1", code))["sub_code"] == "ACQ.PAYMENT_AUTH_CODE_INVALID", code
    fresh = (await life.control("codes", person="p1"))["code"]
    await life.switch(skew_seconds=7200)
    await life.sandbox.move_clock(90, only_sandbox=True)
    assert (await _pay(life, "NONE2", fresh))["sub_code"] == "ACQ.PAYMENT_AUTH_CODE_INVALID"
    face = (await life.control("codes", person="p1", kind="face"))["code"]
    assert (await _pay(life, "NONE3", face))["sub_code"] == "ACQ.PAYMENT_AUTH_CODE_INVALID"
    assert (await _pay(life, "NONE4", face, scene="nothing"))["sub_code"] == "ACQ.INVALID_PARAMETER"


MAGIC = [
    (0, "10000", "TRADE_SUCCESS"), (1, "40004", "WAIT_BUYER_PAY"), (21, "10003", "TRADE_SUCCESS"),
    (22, "10003", "TRADE_CLOSED"), (23, "10003", "WAIT_BUYER_PAY"), (24, "20000", "ACQ.TRADE_NOT_EXIST"),
    (25, "40004", "ACQ.TRADE_NOT_EXIST"), (26, "40004", "ACQ.TRADE_NOT_EXIST"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "code", "end"), MAGIC, ids=[f"number {one[0]}" for one in MAGIC])
async def test_magic_codes(life: Hospital, number: int, code: str, end: str) -> None:
    await life.switch(payer_seconds=30)
    found = await _pay(life, "MAGIC1", f"2800000000000{number:02d}010")
    assert found["code"] == code
    if code == "10003":
        assert await _state(life, "MAGIC1") == "WAIT_BUYER_PAY"
        assert (await _pay(life, "MAGIC1", f"2800000000000{number:02d}010"))["code"] in ("10003", "40004")
        await life.sandbox.move_clock(31, only_sandbox=True)
    if (code, end) == ("10003", "WAIT_BUYER_PAY"):
        await asyncio.sleep(0.5)  # somebody else's answer would come in this time
    await until(lambda: _state(life, "MAGIC1"), lambda state: state == end)
    if end == "WAIT_BUYER_PAY":
        assert (await life.ask("alipay.trade.cancel", {"out_trade_no": "MAGIC1"}))["action"] == "close"
        assert await _state(life, "MAGIC1") == "TRADE_CLOSED"


async def test_paid_but_unknown_and_then_reversed(life: Hospital) -> None:
    assert (await _pay(life, "DOUBT1", "280000000000002010"))["code"] == "20000"
    done = await life.ask("alipay.trade.cancel", {"out_trade_no": "DOUBT1"})
    assert (done["code"], done["action"]) == ("10000", "refund")
    found = await life.ask(
        "alipay.trade.precreate", {"out_trade_no": "SCAN1", "total_amount": "3", "subject": "复印费"}
    )
    assert found["qr_code"].startswith("https://qr.alipay.com/")
