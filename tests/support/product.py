"""The product's web application inside the test's own process, with ports that a test may replace."""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from litestar import Litestar

from jiuyi.app import settings as app_settings
from jiuyi.app.settings.unionpay import UnionPay
from jiuyi.app.web import litestar_app, wrap
from jiuyi.app.wiring import Parts, build
from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import Channel, ChannelUser, Principal
from jiuyi.kit import sm2
from jiuyi.kit.ids import new_id
from tests.support import unionpay_peer

HOST = "http://p1.localhost:8000"


_SM2 = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
"""The private key of the standard's own example."""


@cache
def _rsa_keys() -> tuple[str, str]:
    """A merchant's key that no platform knows, and its public half."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode(), key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def settings_for(dsn: str, **his: str) -> app_settings.Settings:
    """Settings of a product whose outside systems are nowhere; `his` may say where that one is."""
    key = base64.b64encode(bytes(range(32))).decode()
    return app_settings.Settings(
        database=app_settings.Database(url=dsn),
        web=app_settings.Web(public_url=HOST, hosts="*", ticket_secret="t" * 40),
        vault=app_settings.VaultKeys(masters=f"1:{key}", index=key),
        his=app_settings.His(**{"base_url": "http://127.0.0.1:9", "app_id": "jiuyi", "secret": "secret", **his}),
        wechat_oa=app_settings.WechatOa(
            app_id="wx0000000000000001", app_secret="a" * 32, token="token", encoding_aes_key="k" * 43
        ),
        wechat_pay=app_settings.WechatPay(
            mch_id="1900000001",
            merchant_serial_no="00",
            merchant_private_key_pem=_rsa_keys()[0],
            api_v3_key="k" * 32,
            public_key_id="PUB_KEY_ID_1",
            public_key_pem=_rsa_keys()[1],
        ),
        alipay=app_settings.Alipay(
            seller_id="2088000000000011",
            life_app_id="2021000000000001",
            mini_app_id="2021000000000002",
            app_private_key_pem=_rsa_keys()[0],
            alipay_public_key_pem=_rsa_keys()[1],
            gateway_url="http://127.0.0.1:9/gateway.do",
            bill_url="http://127.0.0.1:9",
        ),
        unionpay=UnionPay(
            mer_id=unionpay_peer.MER,
            sign_cert_pfx_b64=unionpay_peer.pfx(),
            sign_cert_password=unionpay_peer.PASSWORD,
            root_cert_pem=unionpay_peer.pem(unionpay_peer.house()["root"]),
            middle_cert_pem=unionpay_peer.pem(unionpay_peer.house()["middle"]),
            base_url="http://127.0.0.1:9",
            files_url="http://127.0.0.1:9",
        ),
        insurance=app_settings.Insurance(
            base_url="http://127.0.0.1:9",
            app_id="ABCDEF0123456789ABCDEF0123456789",
            app_secret="0123456789ABCDEF0123456789ABCDEF",
            private_key=_SM2,
            platform_public_key="04" + "".join(f"{one:064X}" for one in sm2.PrivateKey(_SM2).public),
            org_code="H44010100199",
        ),
        wecity=app_settings.Wecity(partner_id="50000001", partner_secret="secret"),
        sms=app_settings.Sms(secret_id="id", secret_key="key", sdk_app_id="1", sign_name="医院"),
        mode="test",
    )


class Person:
    """Somebody with a session: calls the product as their browser would."""

    def __init__(self, http: httpx.AsyncClient, principal: Principal, csrf: str) -> None:
        self.http = http
        self.principal = principal
        self._headers = {"x-csrf-token": csrf}

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.http.request(method, path, json=body, headers={**self._headers, **headers})

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.http.get(path, params=params)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.call("POST", path, body, **headers)


class Product:
    """A running application."""

    def __init__(self, parts: Parts, app: Litestar) -> None:
        self.parts = parts
        self.app = app
        self._wrapped: Any = wrap(app, parts)
        self._opened: list[httpx.AsyncClient] = []

    def visitor(self, cookies: dict[str, str] | None = None, ip: str = "203.0.113.1") -> httpx.AsyncClient:
        """A browser without a session (or with the given cookies)."""
        transport = httpx.ASGITransport(app=self._wrapped, client=(ip, 40000), raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url=HOST, cookies=cookies, trust_env=False)
        self._opened.append(http)
        return http

    async def sign_in(
        self,
        nickname: str = "Lin",
        ip: str = "203.0.113.1",
        channel: Channel = Channel.WECHAT_OA,
        subject: str | None = None,
    ) -> Person:
        """A person, signed in through a channel: a new one with a new account, unless `subject` came before."""
        parts = self.parts
        async with parts.db.tx() as tx:
            user = ChannelUser(subject=subject or str(new_id()), nickname=nickname)
            identity = await accounts.identity_for(tx, parts.vault, channel, user)
            opened = await accounts.open_session(tx, parts.knobs, identity, carrier="cookie", device="iPhone")
        http = self.visitor({"jiuyi_session": opened.token}, ip)
        return Person(http, opened.principal, opened.csrf or "")

    async def close(self) -> None:
        for http in self._opened:
            await http.aclose()


@asynccontextmanager
async def running(
    dsn: str, *, routes: Sequence[Any] = (), settings: app_settings.Settings | None = None, **ports: Any
) -> AsyncIterator[Product]:
    """The application on this database, with `ports` instead of the real adapters of those names, and more `routes`."""
    parts = build(settings or settings_for(dsn), pool=4)
    parts.ports.update(ports)
    app = litestar_app(parts)
    for route in routes:
        app.register(route)
    ready, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        # A fixture may be set up and torn down in different tasks; the lifespan must be left where it was entered.
        async with app.lifespan():
            ready.set()
            await stop.wait()

    life, waiting = asyncio.create_task(live()), asyncio.create_task(ready.wait())
    await asyncio.wait([life, waiting], return_when=asyncio.FIRST_COMPLETED)
    product = Product(parts, app)
    try:
        yield product
    finally:
        await product.close()
        waiting.cancel()
        stop.set()
        await life
