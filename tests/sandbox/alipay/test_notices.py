"""Notices: believed by an independent client, repeated until acknowledged, spoiled on request; and the magic inputs."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from jiuyi_sandbox.alipay import _OPERATIONS, behaviours
from tests.sandbox.alipay.conftest import Hospital, form
from tests.support.listener import Listener
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

pytestmark = pytest.mark.feature("I06")


async def test_the_signed_text_is_the_sorted_fields_without_sign_and_sign_type(
    life: Hospital, product: Listener
) -> None:
    await life.paid("VECTOR1")
    fields = form((await product.wait(1))[0].body)
    assert all(fields.values()), "an empty field is dropped by some readers and kept by others"
    signature = base64.b64decode(fields.pop("sign"))
    assert fields.pop("sign_type") == "RSA2"
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = load_pem_public_key(life.keys["alipay_public_key_pem"].encode())
    assert isinstance(key, RSAPublicKey)
    key.verify(signature, text.encode(), PKCS1v15(), SHA256())
    wanted = {
        "notify_time", "notify_type", "notify_id", "app_id", "charset", "version", "trade_no", "out_trade_no",
        "buyer_open_id", "buyer_logon_id", "seller_id", "trade_status", "total_amount", "receipt_amount",
        "buyer_pay_amount", "subject", "gmt_create", "gmt_payment", "fund_bill_list",
    }  # fmt: skip
    assert wanted <= fields.keys()
    assert fields["notify_type"] == "trade_status_sync"
    assert json.loads(fields["fund_bill_list"]) == [{"amount": "15.00", "fundChannel": "BANKCARD"}]


@pytest.mark.parametrize(
    "answer", [(200, "SUCCESS"), (200, "success\n"), (200, ""), (500, "success"), (302, "success")]
)
async def test_only_the_word_itself_ends_a_notice(life: Hospital, product: Listener, answer: tuple[int, str]) -> None:
    product.answer = lambda _heard: answer
    await life.switch(notify_speed=2000)
    await life.paid("ACK1")
    first, second = (form(one.body) for one in (await product.wait(2))[:2])
    assert first["notify_id"] == second["notify_id"]
    product.answer = lambda _heard: (200, "success")
    shown = (await life.sandbox.http.get("/_control/alipay/notices")).json()["notices"]
    assert len(shown) == 1


LIES: list[tuple[str, str, Any]] = [
    ("notify_other_amount", "total_amount", "14.99"),
    ("notify_other_seller", "seller_id", "2088102146225135"),
    ("notify_other_app", "app_id", "2014072300007148"),
]


@pytest.mark.parametrize(("behaviour", "name", "told"), LIES, ids=[lie[0] for lie in LIES])
async def test_truly_signed_lies(life: Hospital, product: Listener, behaviour: str, name: str, told: str) -> None:
    await life.switch(next_payment=behaviour)
    await life.paid("LIE1")
    fields = life.believes((await product.wait(1))[0].body)
    assert fields is not None
    assert fields[name] == told
    assert (await life.ask("alipay.trade.query", {"out_trade_no": "LIE1"}))["total_amount"] == "15.00"


@pytest.mark.parametrize("behaviour", ["notify_forged", "notify_unsigned"])
async def test_a_stranger_comes_first(life: Hospital, product: Listener, behaviour: str) -> None:
    await life.switch(next_payment=behaviour)
    await life.paid("FORGED1")
    heard = await product.wait(2)
    assert life.believes(heard[0].body) is None
    assert life.believes(heard[1].body) is not None


async def test_twice_lost_early_and_from_faults(sandbox: Sandbox, life: Hospital, product: Listener) -> None:
    await life.switch(next_payment="notify_twice")
    await life.paid("TWICE1")
    ids = {form(one.body)["notify_id"] for one in await product.wait(2)}
    assert len(ids) == 1
    await life.switch(next_payment="notify_lost")
    await life.paid("LOST1")
    await life.switch(next_payment="notify_before_response")
    await life.paid("EARLY1")
    assert form(product.heard[-1].body)["out_trade_no"] == "EARLY1"
    await sandbox.fault("alipay", "forge_notify", "paid FAULT1", times=1)
    await life.paid("FAULT1")
    heard = await product.wait(5)
    assert [form(one.body)["out_trade_no"] for one in heard] == ["TWICE1", "TWICE1", "EARLY1", "FAULT1", "FAULT1"]
    assert sorted(life.believes(one.body) is None for one in heard[3:]) == [False, True]


async def test_one_field_at_a_time_is_missing(life: Hospital, product: Listener) -> None:
    await life.paid("FIELDS1")
    whole = form((await product.wait(1))[0].body)
    for name in ("app_id", "seller_id", "out_trade_no", "total_amount", "trade_no", "trade_status", "notify_id"):
        answer = await life.control("notices", reference="FIELDS1", trick=f"without:{name}")
        assert answer == {"answer": "success", "acknowledged": True}
        body = product.heard[-1].body
        assert form(body).keys() == whole.keys() - {name}
        assert life.believes(body) is not None
    await life.control("notices", reference="FIELDS1", trick="without:sign")
    assert "sign" not in form(product.heard[-1].body)
    assert "error" in await life.control("notices", reference="FIELDS1", trick="unheard_of")


PAGES = [("processing_then_paid", "8000"), ("network", "6002"), ("unknown_to_page", "6004"), ("refused", "4000")]


@pytest.mark.parametrize(("behaviour", "code"), PAGES)
async def test_what_a_page_hears(life: Hospital, product: Listener, behaviour: str, code: str) -> None:
    await life.switch(next_payment=behaviour, payer_seconds=0.2)
    trade_no = await life.create("PAGE1")
    assert (await life.control(f"trades/{trade_no}/refuse"))["result"] == "6001"
    assert (await life.control(f"trades/{trade_no}/confirm"))["result"] == code
    if behaviour == "refused":
        assert (await life.ask("alipay.trade.query", {"trade_no": trade_no}))["trade_status"] == "WAIT_BUYER_PAY"
    else:
        fields = life.believes((await product.wait(1))[0].body)
        assert fields is not None
        assert fields["trade_status"] == "TRADE_SUCCESS"


async def test_unknown_outcomes(life: Hospital) -> None:
    first = await life.ask("alipay.trade.create", await life.order("UNKNOWN1", "666.15"))
    assert (first["code"], first["sub_code"]) == ("20000", "isp.unknow-error")
    again = await life.ask("alipay.trade.create", await life.order("UNKNOWN1", "666.15"))
    assert again["code"] == "10000"
    await life.paid("UNKNOWN2", "666.02")
    for code in ("20000", "20000", "10000"):
        assert (await life.ask("alipay.trade.query", {"out_trade_no": "UNKNOWN2"}))["code"] == code
    for amount, code in [("666.16", "40006"), ("666.17", "40005")]:
        assert (await life.ask("alipay.trade.create", await life.order("REFUSED1", amount)))["code"] == code


async def test_magic_refunds(life: Hospital, product: Listener) -> None:
    async def refund(number: str, amount: str) -> tuple[str, str]:
        body = {"out_trade_no": number, "refund_amount": amount, "out_request_no": f"R{number}"}
        found = await life.ask("alipay.trade.refund", body)
        return found["code"], found.get("sub_code") or found["fund_change"]

    async def status(number: str) -> str | None:
        asked = {"out_trade_no": number, "out_request_no": f"R{number}"}
        return (await life.ask("alipay.trade.fastpay.refund.query", asked)).get("refund_status")

    await life.switch(refund_seconds=30)
    for cents, answers, end in [
        (1, [("10000", "N")], "later"),
        (2, [("10000", "N")], None),
        (3, [("40004", "ACQ.TRADE_NOT_ALLOW_REFUND")] * 2, None),
        (4, [("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH")] * 3, None),
        (5, [("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH")] * 2 + [("10000", "Y")], "REFUND_SUCCESS"),
        (6, [("20000", "isp.unknow-error"), ("10000", "N")], "REFUND_SUCCESS"),
        (9, [("20000", "isp.unknow-error"), ("10000", "Y")], "REFUND_SUCCESS"),
        (10, [("40004", "ACQ.REASON_TRADE_BEEN_FREEZEN")], None),
    ]:
        number = f"BACK{cents}"
        await life.paid(number, "700.00")
        for answer in answers:
            assert await refund(number, f"667.{cents:02d}") == answer, cents
        assert await status(number) == (None if end == "later" else end), cents
    await life.paid("BACK99", "20.00")
    assert await refund("BACK99", "20.01") == ("40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
    await life.create("BACK98")
    assert await refund("BACK98", "15.00") == ("40004", "ACQ.TRADE_STATUS_ERROR")
    assert await refund("BACK97", "15.00") == ("40004", "ACQ.TRADE_NOT_EXIST")
    await life.sandbox.move_clock(31, only_sandbox=True)
    await until(lambda: status("BACK1"), lambda found: found == "REFUND_SUCCESS")

    async def told() -> set[str | None]:
        return {form(one.body).get("out_biz_no") for one in product.heard}

    # Its notice is the last one: the next test listens on the same port.
    await until(told, lambda numbers: "RBACK1" in numbers)


def test_the_page_has_every_magic_input_and_operation() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sandbox-alipay.md").read_text("utf-8")
    for yuan, table in ((666, behaviours.PAYMENTS), (667, behaviours.REFUNDS)):
        for cents, (name, text) in table.items():
            assert f"| ¥{yuan}.{cents:02d} | `{name}` | {text} |" in page, name
    for shown in (behaviours.MAGIC_BUYERS, behaviours.RESULT_CODES):
        for code, text in shown.items():
            assert f"| `{code}` | {text} |" in page
    for name in _OPERATIONS:
        assert f"`{name}`" in page or f"`.{name.split('.', 2)[2].partition('.')[2]}`" in page or _tail(name, page), name


def _tail(name: str, page: str) -> bool:
    """Whether a row names the operation by what differs from its neighbour."""
    parts = name.split(".")
    return any(f"`.{'.'.join(parts[start:])}`" in page for start in range(1, len(parts)))
