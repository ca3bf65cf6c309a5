"""Forged, missing and repeated things at WeChat Pay's door, and the magic inputs behind it. Own signer of the test."""

import base64
import json
import secrets
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from jiuyi_sandbox.wechat_pay import behaviours
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

JSAPI = "/v3/pay/transactions/jsapi"
REFUNDS = "/v3/refund/domestic/refunds"


class Merchant:
    """Signs by hand, so that each line and field can be got wrong."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.keys = sandbox.keys["wechat_pay"]
        self.http = sandbox.http
        self.notify_url = f"{sandbox.product_url}/callbacks/wechat_pay"
        self.key = load_pem_private_key(self.keys["merchant_private_key_pem"].encode(), None)

    def authorization(self, method: str, path: str, body: bytes, **wrong: Any) -> str:
        fields = {
            "mchid": self.keys["mch_id"],
            "nonce_str": secrets.token_hex(16),
            "timestamp": str(int(time.time())),
            "serial_no": self.keys["merchant_serial_no"],
        } | {k: v for k, v in wrong.items() if v is not None}
        text = f"{method}\n{path}\n{fields['timestamp']}\n{fields['nonce_str']}\n".encode() + body + b"\n"
        fields.setdefault("signature", base64.b64encode(self.key.sign(text, PKCS1v15(), SHA256())).decode())  # type: ignore[union-attr,call-arg,arg-type]
        shown = ",".join(f'{k}="{v}"' for k, v in fields.items() if wrong.get(k, "") is not None)
        return f"WECHATPAY2-SHA256-RSA2048 {shown}"

    async def send(self, method: str, path: str, content: Any = None, **wrong: Any) -> httpx.Response:
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        header = self.authorization(method, wrong.pop("signed_path", path), wrong.pop("signed_body", body), **wrong)
        return await self.http.request(
            method,
            f"/wechat-pay{path}",
            content=body,
            headers={b"Authorization": header.encode("latin-1"), b"Accept": b"application/json"},
        )

    def order(self, number: str = "JYDOOR00001", total: int = 1500, **more: Any) -> dict[str, Any]:
        return {
            "appid": self.keys["app_id"],
            "mchid": self.keys["mch_id"],
            "description": "挂号费",
            "out_trade_no": number,
            "notify_url": self.notify_url,
            "amount": {"total": total},
            "payer": {"openid": "oSomebody123"},
        } | more

    async def paid(self, number: str, total: int, **body: Any) -> dict[str, Any]:
        prepay = (await self.send("POST", JSAPI, self.order(number, total))).json()
        done = await self.http.post(f"/_control/payments/{prepay['prepay_id']}/confirm", json=body)
        return dict(done.json())

    async def refund(self, number: str, amount: int, total: int, out_refund_no: str = "") -> httpx.Response:
        return await self.send("POST", REFUNDS, {
            "out_trade_no": number, "out_refund_no": out_refund_no or f"{number}R", "notify_url": self.notify_url,
            "amount": {"refund": amount, "total": total, "currency": "CNY"},
        })  # fmt: skip

    def opened(self, body: bytes) -> dict[str, Any]:
        sealed = json.loads(body)["resource"]
        plain = AESGCM(self.keys["api_v3_key"].encode()).decrypt(
            sealed["nonce"].encode(), base64.b64decode(sealed["ciphertext"]), sealed["associated_data"].encode()
        )
        return dict(json.loads(plain))


@pytest.fixture
def merchant(sandbox: Sandbox) -> Merchant:
    return Merchant(sandbox)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mchid": "1900000109"},
        {"mchid": None},
        {"serial_no": "0" * 40},
        {"serial_no": None},
        {"nonce_str": ""},
        {"nonce_str": "n" * 33},
        {"nonce_str": None},
        {"timestamp": "soon"},
        {"timestamp": "9" * 400},
        {"signature": "é" * 8},
        {"timestamp": str(int(time.time()) - 86_400)},
        {"timestamp": str(int(time.time()) + 86_400)},
        {"timestamp": None},
        {"signature": base64.b64encode(b"x" * 256).decode()},
        {"signature": "not base64"},
        {"signature": None},
        {"signed_path": f"/wechat-pay{JSAPI}"},
        {"signed_path": f"{JSAPI}?a=1"},
        {"signed_body": b"{}"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_a_wrong_or_missing_signature_part_is_refused(merchant: Merchant, wrong: dict[str, Any]) -> None:
    answer = await merchant.send("POST", JSAPI, merchant.order(), **wrong)
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR"), answer.text


async def test_no_signature_at_all_is_refused(merchant: Merchant) -> None:
    for header in ({}, {"Authorization": "Basic YWE6YmI="}):
        answer = await merchant.http.post(f"/wechat-pay{JSAPI}", json=merchant.order(), headers=header)
        assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")


async def test_a_nonce_works_once(merchant: Merchant) -> None:
    nonce = secrets.token_hex(16)
    assert (await merchant.send("POST", JSAPI, merchant.order(), nonce_str=nonce)).status_code == 200
    assert (await merchant.send("POST", JSAPI, merchant.order(), nonce_str=nonce)).status_code == 401


async def test_every_answer_is_signed_errors_and_empty_ones_too(merchant: Merchant) -> None:
    order = merchant.order("JYSIGN00001")
    answers = [
        await merchant.send("POST", JSAPI, order),
        await merchant.send("POST", JSAPI, {**order, "amount": {"total": 0}}),
        await merchant.send("POST", "/v3/pay/transactions/out-trade-no/JYSIGN00001/close", {"mchid": order["mchid"]}),
        await merchant.http.get("/wechat-pay/v3/nothing"),
    ]
    assert [one.status_code for one in answers] == [200, 400, 204, 404]
    public = load_pem_public_key(merchant.keys["public_key_pem"].encode())
    for one in answers:
        headers = one.headers
        assert headers["wechatpay-serial"] == merchant.keys["public_key_id"]
        text = f"{headers['wechatpay-timestamp']}\n{headers['wechatpay-nonce']}\n{one.text}\n".encode()
        signature = base64.b64decode(headers["wechatpay-signature"])
        public.verify(signature, text, PKCS1v15(), SHA256())  # type: ignore[union-attr,call-arg,arg-type]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": {"total": 0}}, "/amount/total"),
        ({"amount": {"total": 1.5}}, "/amount/total"),
        ({"amount": {"total": True}}, "/amount/total"),
        ({"amount": {}}, "/amount/total"),
        ({"amount": {"total": 1, "currency": "USD"}}, "/amount/currency"),
        ({"out_trade_no": "short"}, "/out_trade_no"),
        ({"out_trade_no": "with space 1"}, "/out_trade_no"),
        ({"description": ""}, "/description"),
        ({"description": "长" * 128}, "/description"),
        ({"notify_url": "https://a.example/pay?x=1"}, "/notify_url"),
        ({"notify_url": "http://a.example/pay"}, "/notify_url"),
        ({"notify_url": "https://[/pay"}, "/notify_url"),
        ({"payer": {}}, "/payer/openid"),
        ({"payer": {"openid": "oMagicNotBound"}}, "/payer/openid"),
        ({"time_expire": "2020-01-01T00:00:00+08:00"}, "/time_expire"),
        ({"time_expire": "2099-01-01T00:00:00"}, "/time_expire"),
    ],
    ids=str,
)
async def test_a_wrong_order_field_is_named(merchant: Merchant, change: dict[str, Any], field: str) -> None:
    answer = await merchant.send("POST", JSAPI, merchant.order(**change))
    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR"), answer.text
    assert answer.json()["detail"]["field"] == field


async def test_the_same_order_number_again(merchant: Merchant, product: Any) -> None:
    first = (await merchant.send("POST", JSAPI, merchant.order())).json()["prepay_id"]
    again = (await merchant.send("POST", JSAPI, merchant.order())).json()["prepay_id"]
    assert first != again
    changed = await merchant.send("POST", JSAPI, merchant.order(total=1600))
    assert (changed.status_code, changed.json()["code"]) == (400, "INVALID_REQUEST")
    assert (await merchant.http.post(f"/_control/payments/{first}/confirm")).json()["result"] == "ok"
    assert (await merchant.http.post(f"/_control/payments/{again}/confirm")).json()["result"] == "fail"
    assert (await merchant.send("POST", JSAPI, merchant.order())).json()["code"] == "ORDERPAID"
    await product.wait(1)


async def test_an_order_ends_with_its_time(merchant: Merchant, sandbox: Sandbox) -> None:
    expire = "2099-01-01T00:00:00+08:00"
    prepay = (await merchant.send("POST", JSAPI, merchant.order(time_expire=expire))).json()["prepay_id"]
    await sandbox.move_clock(100 * 365 * 86400, only_sandbox=True)
    assert (await merchant.http.post(f"/_control/payments/{prepay}/confirm")).status_code == 404
    state = await merchant.send("GET", f"/v3/pay/transactions/out-trade-no/JYDOOR00001?mchid={merchant.keys['mch_id']}")
    assert state.json()["trade_state"] == "CLOSED"
    assert (await merchant.send("POST", JSAPI, merchant.order())).json()["code"] == "ORDER_CLOSED"


async def test_a_notice_is_repeated_until_it_is_taken(merchant: Merchant, sandbox: Sandbox, product: Any) -> None:
    await sandbox.http.put("/_control/wechat_pay", json={"notify_speed": 200})
    answers = iter([(500, "{}"), (404, ""), (301, ""), (204, "")])
    product.answer = lambda _: next(answers)
    await merchant.paid("JYRETRY0001", 1500)
    heard = await product.wait(4)
    assert len({json.loads(one.body)["id"] for one in heard}) == 1
    assert len({one.headers["Wechatpay-Nonce"] for one in heard}) == 4

    async def told() -> list[tuple[str, int]]:
        notices = (await sandbox.http.get("/_control/wechat_pay/notices")).json()["notices"]
        return [(one["state"], one["attempts"]) for one in notices]

    # The last answer is on its way back when the listener has given it.
    await until(told, lambda found: found == [("delivered", 4)])


MAGIC = {name: behaviours.PAYMENT_BASE + ending for ending, (name, _) in behaviours.PAYMENTS.items()}
MAGIC_REFUND = {name: behaviours.REFUND_BASE + ending for ending, (name, _) in behaviours.REFUNDS.items()}


async def test_magic_notices(merchant: Merchant, sandbox: Sandbox, product: Any) -> None:
    number = "JYMAGIC0001"
    for name, change in [
        ("notify_other_amount", ("amount", "total", MAGIC["notify_other_amount"] - 1)),
        ("notify_other_currency", ("amount", "currency", "USD")),
        ("notify_other_mchid", ("mchid", None, "1900000001")),
        ("notify_other_appid", ("appid", None, "wx0000000000000000")),
    ]:
        product.heard.clear()
        await merchant.paid(number := f"JY{MAGIC[name]:09d}", MAGIC[name])
        plain = merchant.opened((await product.wait(1))[0].body)
        field, inner, value = change
        assert (plain[field][inner] if inner else plain[field]) == value, name
    state = await merchant.send("GET", f"/v3/pay/transactions/out-trade-no/{number}?mchid={merchant.keys['mch_id']}")
    assert (state.json()["trade_state"], state.json()["appid"]) == ("SUCCESS", merchant.keys["app_id"])
    product.heard.clear()
    await merchant.paid("JYTWICE0001", MAGIC["notify_twice"])
    heard = await product.wait(2)
    assert json.loads(heard[0].body)["id"] == json.loads(heard[1].body)["id"]
    product.heard.clear()
    product.answer = lambda one: (401 if "SIGNTEST" in one.headers["Wechatpay-Signature"] else 204, "")
    await merchant.paid("JYPROBE0001", MAGIC["notify_probe"])
    heard = await product.wait(2)
    assert heard[0].headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    product.heard.clear()
    assert (await merchant.paid("JYBEFORE001", MAGIC["notify_before_response"]))["result"] == "ok"
    assert len(product.heard) == 1
    product.heard.clear()
    assert (await merchant.paid("JYREFUSED01", MAGIC["refused"])) == {
        "result": "fail", "trade_state": "NOTPAY", "reason": "BANK_REFUSED",
    }  # fmt: skip
    await merchant.paid("JYLOST00001", MAGIC["notify_lost"])
    await sandbox.fault("wechat_pay", "drop_notify", match="JYDROP")
    await merchant.paid("JYDROP00001", 1500)
    await merchant.paid("JYLAST00001", 1500)
    assert [merchant.opened(one.body)["out_trade_no"] for one in await product.wait(1)] == ["JYLAST00001"]


async def test_an_unknown_payment_shows_later(merchant: Merchant, product: Any) -> None:
    await merchant.paid("JYUNKNOWN01", MAGIC["unknown_then_paid"])
    path = f"/v3/pay/transactions/out-trade-no/JYUNKNOWN01?mchid={merchant.keys['mch_id']}"
    codes = [(await merchant.send("GET", path)).status_code for _ in range(3)]
    assert codes == [500, 500, 200]
    assert not product.heard


async def test_magic_orders(merchant: Merchant) -> None:
    first = await merchant.send("POST", JSAPI, merchant.order("JYORDER0015", MAGIC["prepay_unanswered"]))
    again = await merchant.send("POST", JSAPI, merchant.order("JYORDER0015", MAGIC["prepay_unanswered"]))
    assert (first.status_code, again.status_code) == (500, 200)
    refused = await merchant.send("POST", JSAPI, merchant.order("JYORDER0016", MAGIC["prepay_refused"]))
    busy = await merchant.send("POST", JSAPI, merchant.order("JYORDER0017", MAGIC["prepay_busy"]))
    blocked = await merchant.send("POST", JSAPI, merchant.order("JYORDER0018", payer={"openid": "oMagicBlocked"}))
    assert [one.json()["code"] for one in (refused, busy, blocked)] == [
        "NO_AUTH",
        "RATELIMIT_EXCEEDED",
        "ACCOUNT_ERROR",
    ]


async def test_refunds(merchant: Merchant, sandbox: Sandbox, product: Any) -> None:
    await sandbox.http.put("/_control/wechat_pay", json={"refund_seconds": 0.1})
    await merchant.paid("JYREFUND001", 1500)
    unknown = await merchant.refund("JYNOBODY001", 1, 1500)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")
    first = await merchant.refund("JYREFUND001", 1000, 1500)
    again = await merchant.refund("JYREFUND001", 1000, 1500)
    assert first.json()["refund_id"] == again.json()["refund_id"]
    for change in [(999, 1500, ""), (600, 1500, "MORE"), (500, 1499, "OTHER")]:
        answer = await merchant.refund("JYREFUND001", *change)
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST"), change
    await product.wait(2)
    for name, states in {
        "abnormal": "ABNORMAL",
        "closed": "CLOSED",
        "at_once": "SUCCESS",
        "notify_before_response": "SUCCESS",
    }.items():
        product.heard.clear()
        await merchant.paid(f"JYR{MAGIC_REFUND[name]:07d}", 100000)
        answer = await merchant.refund(f"JYR{MAGIC_REFUND[name]:07d}", MAGIC_REFUND[name], 100000)
        assert answer.json()["status"] == ("SUCCESS" if name == "at_once" else "PROCESSING")
        heard = [merchant.opened(one.body) for one in await product.wait(2)]
        assert [one["refund_status"] for one in heard if "refund_status" in one] == [states], name
    await merchant.paid("JYRSHORT001", 100000)
    tries = [await merchant.refund("JYRSHORT001", MAGIC_REFUND["not_enough_twice"], 100000) for _ in range(3)]
    assert [one.status_code for one in tries] == [403, 403, 200]
    lost = [await merchant.refund("JYRSHORT001", MAGIC_REFUND["unanswered"], 100000, "JYLOSTR") for _ in range(1)]
    assert lost[0].status_code == 400  # more than what is left
    await merchant.paid("JYRLOST0001", 100000)
    tries = [await merchant.refund("JYRLOST0001", MAGIC_REFUND["unanswered"], 100000) for _ in range(2)]
    assert [one.status_code for one in tries] == [500, 200]


def test_every_magic_input_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sandbox-wechat.md").read_text("utf-8")
    for base, table in ((behaviours.PAYMENT_BASE, behaviours.PAYMENTS), (behaviours.REFUND_BASE, behaviours.REFUNDS)):
        for ending, (name, what) in table.items():
            fen = base + ending
            assert f"| ¥{fen // 100}.{fen % 100:02d} | `{name}` | {what} |" in page
    for openid, what in behaviours.MAGIC_OPENIDS.items():
        assert f"| `{openid}` | {what} |" in page
