"""Notices: true ones are named, every forged or incomplete one is refused."""

import base64
import json
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.domains.payments.ports import NoticeRefused
from jiuyi.domains.payments.types import GivenBack, GivenBackState, PrepareAsk, RefundAsk, Trade, TradeState
from jiuyi.kit.clock import Clock
from jiuyi.wire.envelopes import Inbound, Rejected
from jiuyi.wire.http import Caller
from tests.adapters.wechat.conftest import pay_of
from tests.support.listener import Heard, Listener
from tests.support.sandbox import Sandbox

SCHEME = "WECHATPAY2-SHA256-RSA2048"
Change = Callable[[dict[str, Any]], Any]


class Forge:
    """A platform of the test's own: it can sign anything, truly or not."""

    def __init__(self, sandbox: Sandbox, clock: Clock, caller: Caller) -> None:
        self.key: RSAPrivateKey = generate_private_key(public_exponent=65537, key_size=2048)
        self.api_v3_key = secrets.token_hex(16)
        self.clock = clock
        public = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        self.pay = pay_of(
            sandbox, clock, caller, public_key_id="PUB_KEY_ID_1", public_key_pem=public, api_v3_key=self.api_v3_key
        )

    def trade(self) -> dict[str, Any]:
        return {
            "mchid": self.pay.merchant_id,
            "appid": self.pay.app_id("wechat_oa"),
            "out_trade_no": "JY0001",
            "transaction_id": "4200001",
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "success_time": "2026-11-22T20:00:00+08:00",
            "payer": {"openid": "oSomebody"},
            "amount": {"total": 1500, "payer_total": 1500, "currency": "CNY", "payer_currency": "CNY"},
        }

    def refund(self) -> dict[str, Any]:
        return {
            "mchid": self.pay.merchant_id,
            "out_trade_no": "JY0001",
            "transaction_id": "4200001",
            "out_refund_no": "JY0001R",
            "refund_id": "5030001",
            "refund_status": "SUCCESS",
            "success_time": "2026-11-22T20:00:00+08:00",
            "user_received_account": "招商银行借记卡8046",
            "amount": {"total": 1500, "refund": 1500, "payer_total": 1500, "payer_refund": 1500},
        }

    def sealed(self, plain: bytes, key: str | None = None) -> dict[str, str]:
        nonce = secrets.token_hex(6)
        cipher = AESGCM((key or self.api_v3_key).encode()).encrypt(nonce.encode(), plain, b"transaction")
        return {
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(cipher).decode(),
            "associated_data": "transaction",
            "nonce": nonce,
            "original_type": "transaction",
        }

    def body(self, plain: dict[str, Any], event: str = "TRANSACTION.SUCCESS", **change: Any) -> bytes:
        content = {
            "id": "EV-1",
            "create_time": "2026-11-22T20:00:01+08:00",
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": "支付成功",
            "resource": self.sealed(json.dumps(plain).encode()),
        } | change
        return json.dumps({key: value for key, value in content.items() if value is not None}).encode()

    def headers(self, body: bytes, key: RSAPrivateKey | None = None, **change: Any) -> dict[str, str]:
        timestamp, nonce = str(int(self.clock.now().timestamp())), secrets.token_hex(16)
        fields = {
            "wechatpay-timestamp": timestamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": "PUB_KEY_ID_1",
            "wechatpay-signature-type": SCHEME,
        } | {name.replace("_", "-"): value for name, value in change.items()}
        text = f"{fields['wechatpay-timestamp']}\n{fields['wechatpay-nonce']}\n".encode() + body + b"\n"
        signature = (key or self.key).sign(text, PKCS1v15(), SHA256())
        fields.setdefault("wechatpay-signature", base64.b64encode(signature).decode())
        return {name: value for name, value in fields.items() if value is not None}

    def refused(self, headers: dict[str, str], body: bytes) -> str:
        with pytest.raises(NoticeRefused) as caught:
            self.pay.read_notice(headers, body)
        return caught.value.reason


@pytest.fixture
async def forge(sandbox: Sandbox, clock: Clock, pay: WechatPay) -> Forge:
    return Forge(sandbox, clock, pay._caller)


def test_true_notices_are_named(forge: Forge) -> None:
    body = forge.body(forge.trade())
    notice = forge.pay.read_notice(forge.headers(body), body)
    assert (notice.system, notice.kind, notice.key, notice.raw) == ("wechat_pay", "payment", "EV-1", body)
    assert notice.data["out_trade_no"] == "JY0001"
    assert (notice.data["state"], notice.data["total_fen"], notice.data["currency"]) == ("paid", 1500, "CNY")
    body = forge.body(forge.refund(), "REFUND.SUCCESS")
    notice = forge.pay.read_notice(forge.headers(body), body)
    assert (notice.kind, notice.data["state"], notice.data["refund_fen"]) == ("refund", "success", 1500)


def _without(path: str) -> Change:
    *outer, last = path.split(".")

    def change(content: dict[str, Any]) -> None:
        for name in outer:
            content = content[name]
        del content[last]

    return change


@pytest.mark.parametrize(
    "path",
    [
        "mchid", "appid", "out_trade_no", "transaction_id", "trade_state", "success_time", "amount",
        "amount.total", "amount.currency",
    ],
)  # fmt: skip
@pytest.mark.parametrize("how", ["missing", "null", "empty", "wrong type"])
def test_a_payment_without_a_field_is_refused(forge: Forge, path: str, how: str) -> None:
    plain = forge.trade()
    *outer, last = path.split(".")
    place = plain[outer[0]] if outer else plain
    place[last] = {"null": None, "empty": "", "wrong type": [1]}.get(how)
    if how == "missing":
        del place[last]
    body = forge.body(plain)
    forge.refused(forge.headers(body), body)


@pytest.mark.parametrize(
    "path",
    [
        "mchid", "out_trade_no", "transaction_id", "out_refund_no", "refund_id", "refund_status", "success_time",
        "amount", "amount.total", "amount.refund",
    ],
)  # fmt: skip
def test_a_refund_without_a_field_is_refused(forge: Forge, path: str) -> None:
    plain = forge.refund()
    _without(path)(plain)
    body = forge.body(plain, "REFUND.SUCCESS")
    forge.refused(forge.headers(body), body)


@pytest.mark.parametrize(
    "header",
    ["wechatpay_timestamp", "wechatpay_nonce", "wechatpay_signature", "wechatpay_serial", "wechatpay_signature_type"],
)
@pytest.mark.parametrize("value", [None, "", "x"])
def test_a_wrong_or_missing_header_is_refused(forge: Forge, header: str, value: str | None) -> None:
    body = forge.body(forge.trade())
    headers = forge.headers(body)
    name = header.replace("_", "-")
    if value is None:
        del headers[name]
    else:
        headers[name] = value
    forge.refused(headers, body)


@pytest.mark.parametrize("name", ["id", "event_type", "resource_type", "resource"])
def test_a_notice_without_a_part_is_refused(forge: Forge, name: str) -> None:
    for value in (None, "", 7):
        change: dict[str, Any] = {name: value}
        body = forge.body(forge.trade(), "TRANSACTION.SUCCESS", **{"summary": "支付成功"} | change)
        forge.refused(forge.headers(body), body)


@pytest.mark.parametrize("name", ["algorithm", "ciphertext", "nonce", "associated_data"])
def test_a_resource_without_a_part_is_refused(forge: Forge, name: str) -> None:
    for value in (None, "", "AES"):
        sealed = {**forge.sealed(json.dumps(forge.trade()).encode()), name: value}
        body = forge.body(forge.trade(), resource={key: one for key, one in sealed.items() if one is not None})
        forge.refused(forge.headers(body), body)


def test_other_lies_are_refused(forge: Forge) -> None:
    body = forge.body(forge.trade())
    stranger = generate_private_key(public_exponent=65537, key_size=2048)
    assert "signature" in forge.refused(forge.headers(body, stranger), body)
    assert "signature" in forge.refused(forge.headers(body), body + b" ")
    headers = forge.headers(body)
    headers["wechatpay-signature"] = "WECHATPAY/SIGNTEST/" + headers["wechatpay-signature"][19:]
    assert "signature" in forge.refused(headers, body)
    assert "not ours" in forge.refused(forge.headers(body, wechatpay_serial="PUB_KEY_ID_2"), body)
    assert "do not hold" in forge.refused(forge.headers(body, wechatpay_serial="5FAB"), body)
    for seconds in (-301, 302):
        stamp = str(int((forge.clock.now() + timedelta(seconds=seconds)).timestamp()))
        assert "five minutes" in forge.refused(forge.headers(body, wechatpay_timestamp=stamp), body)
    for stamp in ("1e9", "-1", "１２３", "9" * 40):
        assert "not seconds" in forge.refused(forge.headers(body, wechatpay_timestamp=stamp), body)
    for plain, event in (
        (forge.trade() | {"mchid": "1900000001"}, "TRANSACTION.SUCCESS"),
        (forge.trade() | {"appid": "wxother"}, "TRANSACTION.SUCCESS"),
        (forge.trade() | {"trade_state": "NOTPAY"}, "TRANSACTION.SUCCESS"),
        (forge.trade() | {"trade_state": "PAID"}, "TRANSACTION.SUCCESS"),
        (forge.trade() | {"success_time": "2026-11-22T20:00:00"}, "TRANSACTION.SUCCESS"),
        (forge.trade() | {"amount": {"total": 0, "currency": "CNY"}}, "TRANSACTION.SUCCESS"),
        (forge.trade() | {"amount": {"total": "1500", "currency": "CNY"}}, "TRANSACTION.SUCCESS"),
        (forge.refund() | {"mchid": "1900000001"}, "REFUND.SUCCESS"),
        (forge.refund(), "REFUND.CLOSED"),
        (forge.refund() | {"refund_status": "DONE"}, "REFUND.SUCCESS"),
        (forge.trade(), "REFUND.SUCCESS"),
        (forge.refund(), "TRANSACTION.SUCCESS"),
        (forge.trade(), "COUPON.USE"),
    ):
        body = forge.body(plain, event)
        forge.refused(forge.headers(body), body)
    body = forge.body(forge.trade(), resource=forge.sealed(json.dumps(forge.trade()).encode(), secrets.token_hex(16)))
    assert "opened" in forge.refused(forge.headers(body), body)
    for body in (b"", b"[]", b"{}", b"\xff", b"<xml/>"):
        forge.refused(forge.headers(body), body)


def _inbound(heard: Heard) -> Inbound:
    return Inbound(
        heard.method, heard.path, {}, {name.lower(): value for name, value in heard.headers.items()}, heard.body
    )


@pytest.mark.parametrize("mode", ["public_key", "certificate", "both"])
async def test_the_sandboxs_notices(
    sandbox: Sandbox, product: Listener, pay: WechatPay, clock: Clock, mode: str
) -> None:
    await sandbox.http.put("/_control/wechat_pay", json={"mode": mode, "refund_seconds": 0.1})
    until = clock.now() + timedelta(minutes=15)
    prepay = await pay.prepare(PrepareAsk("JYN00000001", pay.app_id("wechat_oa"), "oSomebody12", 1500, "挂号费", until))
    await sandbox.http.post(f"/_control/payments/{prepay}/confirm")
    (notice,), answer = await pay.read(_inbound((await product.wait(1))[0]))
    assert (answer.status, notice.kind) == (204, "payment")
    paid = await pay.query("JYN00000001")
    assert paid == Trade(
        "JYN00000001", TradeState.PAID, pay.merchant_id, pay.app_id("wechat_oa"), notice.data["transaction_id"],
        1500, "CNY", paid.paid_at,
    )  # fmt: skip
    await pay.refund(RefundAsk("JYN00000001R", "JYN00000001", paid.transaction_id or "", 1500, 1500, "取消预约"))
    (notice,), _ = await pay.read(_inbound((await product.wait(2))[1]))
    assert (notice.kind, notice.data["state"]) == ("refund", "success")
    known = await pay.query_refund("JYN00000001R", "JYN00000001")
    assert (known.state, known.refund_fen) == (GivenBackState.SUCCESS, 1500)
    assert isinstance(known, GivenBack)


@pytest.mark.parametrize("trick", ["forged", "stale", "probe", "foreign_key", "other_mchid", "other_appid"])
async def test_the_sandboxs_lies_are_refused(
    sandbox: Sandbox, product: Listener, pay: WechatPay, clock: Clock, trick: str
) -> None:
    until = clock.now() + timedelta(minutes=15)
    prepay = await pay.prepare(PrepareAsk("JYL00000001", pay.app_id("wechat_oa"), "oSomebody12", 1500, "挂号费", until))
    await sandbox.http.post(f"/_control/payments/{prepay}/confirm")
    await product.wait(1)
    await sandbox.http.post("/_control/wechat_pay/notices", json={"reference": "JYL00000001", "trick": trick})
    with pytest.raises(Rejected) as caught:
        await pay.read(_inbound((await product.wait(2))[1]))
    assert caught.value.answer.status == 401


async def test_an_unknown_serial_fetches_certificates_once(sandbox: Sandbox, forge: Forge) -> None:
    body = forge.body(forge.trade())
    inbound = Inbound("POST", "/", {}, forge.headers(body, wechatpay_serial="5FAB"), body)
    for _ in range(3):
        with pytest.raises(Rejected):
            await forge.pay.read(inbound)
    counted = {name: n for name, n in (await sandbox.counters()).items() if "/v3/certificates" in name}
    assert sum(counted.values()) == 1
    with pytest.raises(Rejected):
        await forge.pay.read(Inbound("GET", "/", {}, {}, b""))
