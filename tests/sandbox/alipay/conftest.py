"""PyPI `python-alipay-sdk` pointed at the sandbox, and a product that only listens."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from alipay import AliPay, DCAliPay

from tests.support.listener import Listener, listening
from tests.support.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _beijing_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The vendor's client writes the machine's local time, which Alipay takes for Beijing's."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def product(sandbox: Sandbox) -> Iterator[Listener]:
    with listening(sandbox.product_port) as listener:
        listener.answer = lambda _heard: (200, "success")
        yield listener


def form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


class Hospital:
    """One application of the hospital, by key or by certificate, and what people do on Alipay's side."""

    def __init__(self, sandbox: Sandbox, client: AliPay, app: str) -> None:
        self.sandbox, self.client, self.app = sandbox, client, app
        self.keys = sandbox.keys["alipay"]

    async def ask(self, method: str, body: dict[str, Any] | None = None, **public: Any) -> dict[str, Any]:
        """The node of the answer, whose signature the vendor's client has verified."""
        found: dict[str, Any] = await asyncio.to_thread(self.client.server_api, method, body, **public)
        return found

    async def raw(self, method: str, **public: str) -> httpx.Response:
        """The answer as it is, signed by the vendor's client over whatever is given."""
        data = self.client.build_body(method, None) | public
        text = self.client.sign_data({name: value for name, value in data.items() if value})
        return await self.sandbox.http.post("/alipay/gateway.do", content=text, headers=FORM)

    async def control(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.sandbox.http.post(f"/_control/alipay/{path}", json=body)
        found: dict[str, Any] = answer.json()
        return found

    async def switch(self, **values: Any) -> None:
        (await self.sandbox.http.put("/_control/alipay", json=values)).raise_for_status()

    async def code(self, person: str = "p1", scope: str = "auth_base") -> str:
        return str((await self.control("auth_code", person=person, app=self.app, scope=scope))["auth_code"])

    async def token(self, person: str = "p1", scope: str = "auth_base") -> dict[str, Any]:
        code = await self.code(person, scope)
        return await self.ask("alipay.system.oauth.token", grant_type="authorization_code", code=code)

    async def open_id(self, person: str = "p1") -> str:
        people = (await self.sandbox.http.get("/_control/alipay/people")).json()["people"]
        return str(next(one[f"{self.app}_open_id"] for one in people if one["person"] == person))

    async def order(self, number: str, amount: str = "15.00", **more: Any) -> dict[str, Any]:
        """What create is asked: for p1, to be announced to the listening product."""
        return {
            "out_trade_no": number, "total_amount": amount, "subject": "心血管内科/挂号费", "product_code": "JSAPI_PAY",
            "op_app_id": self.client.appid, "buyer_open_id": await self.open_id(), **more,
        }  # fmt: skip

    async def create(self, number: str, amount: str = "15.00", **more: Any) -> str:
        url = f"{self.sandbox.product_url}/callbacks/alipay_pay"
        made = await self.ask("alipay.trade.create", await self.order(number, amount, **more), notify_url=url)
        assert made["code"] == "10000", made
        return str(made["trade_no"])

    async def paid(self, number: str, amount: str = "15.00") -> str:
        trade_no = await self.create(number, amount)
        assert (await self.control(f"trades/{trade_no}/confirm"))["result"] == "9000"
        return trade_no

    def believes(self, body: bytes) -> dict[str, str] | None:
        """The fields of a notice, or None when the vendor's client does not believe it."""
        fields = form(body)
        signature = fields.pop("sign", "")
        return fields if signature and self.client.verify(dict(fields), signature) else None


FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def hospital(sandbox: Sandbox, app: str = "life", mode: str = "key") -> Hospital:
    keys = sandbox.keys["alipay"]
    common = {
        "appid": keys[f"{app}_app_id"], "app_private_key_string": keys["app_private_key_pem"],
        "app_notify_url": None,
    }  # fmt: skip
    if mode == "key":
        client = AliPay(alipay_public_key_string=keys["alipay_public_key_pem"], **common)
    else:
        client = DCAliPay(
            app_public_key_cert_string=keys["app_cert_pem"],
            alipay_public_key_cert_string=keys["alipay_cert_pem"],
            alipay_root_cert_string=keys["alipay_root_cert_pem"],
            **common,
        )
    client._gateway = keys["gateway_url"]
    return Hospital(sandbox, client, app)


@pytest.fixture
def life(sandbox: Sandbox) -> Hospital:
    return hospital(sandbox)


@pytest.fixture
def mini(sandbox: Sandbox) -> Hospital:
    return hospital(sandbox, "mini")
