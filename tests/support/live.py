"""The whole product on real HTTP: web and worker against the sandbox, and phones that open it."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from jiuyi.app import settings as app_settings
from jiuyi.app.cli.environment import from_keys
from jiuyi.app.web import litestar_app, wrap
from jiuyi.app.wiring import Parts, build
from jiuyi.kit.jobs import run_rounds
from tests.support.plain import NO_TLS
from tests.support.processes import Child, serving
from tests.support.sandbox import Sandbox
from tests.support.sandbox import opened as sandbox_at
from tests.support.waiting import MOST_SECONDS


def environment(dsn: str, sandbox: Sandbox) -> dict[str, str]:
    """What `jiuyi demo` gives its web and worker."""
    key = base64.b64encode(bytes(range(32))).decode()
    return {
        "JIUYI_MODE": "test",
        "JIUYI_DATABASE_URL": dsn,
        "JIUYI_DATABASE_DIRECT_URL": dsn,
        "JIUYI_WEB_PUBLIC_URL": sandbox.product_url,
        "JIUYI_WEB_HOSTS": "localhost,*.localhost,127.0.0.1",
        "JIUYI_WEB_TICKET_SECRET": "t" * 48,
        "JIUYI_SANDBOX_URL": sandbox.base_url,
        "JIUYI_VAULT_MASTERS": f"1:{key}",
        "JIUYI_VAULT_INDEX": key,
        **from_keys(sandbox.keys),
    }


class ToThisMachine(httpx.AsyncHTTPTransport):
    """`pN.localhost` is this machine, as it is for a browser; the Host header stays."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host.endswith(".localhost"):
            url = request.url.copy_with(host="127.0.0.1")
            request = httpx.Request(
                request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
            )
        return await super().handle_async_request(request)


class Phone:
    """One of the sandbox's people with their WeChat."""

    channel = "wechat_oa"
    entry = "/w/"

    def __init__(self, number: int, product_url: str, sandbox: Sandbox) -> None:
        port = product_url.rpartition(":")[2]
        self.sandbox = sandbox
        self.key = f"p{number}"
        self.origin = f"http://p{number}.localhost:{port}"
        self.http = httpx.AsyncClient(
            base_url=self.origin, transport=ToThisMachine(verify=NO_TLS), follow_redirects=True, timeout=MOST_SECONDS
        )
        self._csrf = ""

    async def sign_in(self) -> dict[str, Any]:
        """Open the H5 through the channel's OAuth; answers the bootstrap."""
        opened = await self.http.get(f"{self.entry}sign-in", params={"to": self.entry})
        assert opened.url.path == self.entry, f"{opened.status_code} at {opened.url}: {opened.text[:500]}"
        bootstrap: dict[str, Any] = (await self.get("/api/bootstrap", channel=self.channel)).json()
        self._csrf = str(bootstrap.get("csrf") or bootstrap.get("csrf_token") or "")
        return bootstrap

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.http.get(path, params=params)

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.http.request(method, path, json=body, headers={"x-csrf-token": self._csrf, **headers})

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.send("POST", path, body, **headers)

    async def pay(self, order_id: str, key: str, **how: Any) -> None:
        """Open the cashier and confirm there; the notice arrives by itself. `how` goes to the sandbox."""
        body = {"method": "wechat_jsapi"}
        asked = await self.post(f"/api/orders/{order_id}/payments", body, **{"Idempotency-Key": key})
        assert asked.status_code in {200, 201}, asked.text
        prepay = asked.json()["invoke"]["package"].removeprefix("prepay_id=")
        done = await self.sandbox.http.post(f"/_control/payments/{prepay}/confirm", json=how or None)
        assert done.status_code in {200, 204}, done.text


class AlipayPhone(Phone):
    """The same people in the Life Account's H5."""

    channel = "alipay_life"
    entry = "/l/"
    method = "alipay_h5"

    async def sign_in(self) -> dict[str, Any]:
        """Open the H5 through Alipay's OAuth; they have agreed to be recognised before."""
        agreed = {"person": self.key, "consented": True}
        (await self.sandbox.http.put("/_control/alipay/people", json=agreed)).raise_for_status()
        return await super().sign_in()

    async def pay(self, order_id: str, key: str, **how: Any) -> None:
        asked = await self.post(f"/api/orders/{order_id}/payments", {"method": self.method}, **{"Idempotency-Key": key})
        assert asked.status_code == 200, asked.text
        trade = asked.json()["invoke"]["tradeNO"]
        done = await self.sandbox.http.post(f"/_control/alipay/trades/{trade}/confirm", json=how)
        assert done.status_code == 200, done.text


class MiniPhone(AlipayPhone):
    """The same people in the mini program: a bearer token instead of a cookie."""

    channel = "alipay_mini"
    method = "alipay_mini"

    async def sign_in(self) -> dict[str, Any]:
        """Exchange a code of `my.getAuthCode`."""
        given = await self.sandbox.http.post("/_control/alipay/auth_code", json={"person": self.key, "app": "mini"})
        answer = await self.post("/api/sign-in/alipay-mini", {"auth_code": given.json()["auth_code"]})
        assert answer.status_code == 200, answer.text
        self.http.headers["authorization"] = f"Bearer {answer.json()['token']}"
        bootstrap: dict[str, Any] = (await self.get("/api/bootstrap", channel=self.channel)).json()
        return bootstrap


class Live:
    """The product in this process, listening for real: notices of the sandbox arrive."""

    def __init__(self, parts: Parts, sandbox: Sandbox) -> None:
        self.parts = parts
        self.sandbox = sandbox
        self._phones: list[Phone] = []
        self._worker: asyncio.Task[None] | None = None

    def phone(self, number: int = 1, kind: type[Phone] = Phone) -> Phone:
        phone = kind(number, self.sandbox.product_url, self.sandbox)
        self._phones.append(phone)
        return phone

    async def idle(self, rounds: int = 3) -> None:
        """Run due jobs and every round until nothing is due, as a worker would in the next minutes."""
        jobs = self.parts.jobs
        for _ in range(rounds):
            await jobs.drain(self.parts.db)
            await run_rounds(self.parts.db, jobs.rounds)
            async with self.parts.db.autocommit() as tx:
                due = await tx.value(
                    "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' "
                    "AND (scheduled_at IS NULL OR scheduled_at <= clock_timestamp())"
                )
            if due == 0:
                return
        await jobs.drain(self.parts.db)

    @asynccontextmanager
    async def worked(self) -> AsyncIterator[None]:
        """A worker beside the test as long as the block lasts; what goes wrong there is raised at the end."""
        await self.idle(2)

        async def work() -> None:
            while True:
                await self.idle(1)
                await asyncio.sleep(0.3)

        self._worker = asyncio.create_task(work())
        try:
            yield
        finally:
            self._worker.cancel()
            with suppress(asyncio.CancelledError):
                await self._worker

    async def working(self) -> bool:
        """Whether the worker beside the test is still at work: it ends with what goes wrong there."""
        return self._worker is not None and not self._worker.done()

    async def close(self) -> None:
        for phone in self._phones:
            await phone.http.aclose()


@asynccontextmanager
async def live(dsn: str, sandbox: Sandbox, port: int, **ports: Any) -> AsyncIterator[Live]:
    """The product on `port`, with `ports` instead of the real adapters of those names."""
    parts = build(app_settings.load(environment(dsn, sandbox)), pool=6)
    parts.ports.update(ports)
    # uvicorn, because granian cannot be started twice inside one process; `processes` runs the real thing.
    app = wrap(litestar_app(parts), parts)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, ws="none", lifespan="on"))
    serving_task = asyncio.create_task(server.serve())
    opened = Live(parts, sandbox)
    try:
        await _answers(f"http://127.0.0.1:{port}/readyz", serving_task)
        yield opened
    finally:
        await opened.close()
        server.should_exit = True
        await serving_task


async def read_hospital(dsn: str, sandbox_url: str, port: int) -> None:
    """Let a worker read the sandbox's catalog and schedules into a database, which is to be copied."""
    async with sandbox_at(sandbox_url, port) as sandbox, live(dsn, sandbox, port) as product:
        await product.idle(2)
        async with product.parts.db.autocommit() as tx:
            await tx.run("ANALYZE")


async def _answers(url: str, task: "asyncio.Task[None]") -> None:
    until = time.monotonic() + MOST_SECONDS
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as http:
        while time.monotonic() < until:
            if task.done():
                task.result()
                raise RuntimeError("the server ended")
            try:
                if (await http.get(url, timeout=5)).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                await asyncio.sleep(0.02)
    raise RuntimeError(f"{url} does not answer")


class Processes:
    """Web and worker as processes of their own, to be killed at the worst moment."""

    def __init__(self, settings: Mapping[str, str], port: int, folder: Path) -> None:
        self._settings = settings
        self._port = port
        self._folder = folder

    @contextmanager
    def web(self) -> Iterator[Child]:
        command = ["jiuyi.app.cli", "web", "--port", str(self._port)]
        healthy = f"http://127.0.0.1:{self._port}/readyz"
        with serving(command, self._folder / "web.log", healthy, self._settings) as child:
            yield child

    @contextmanager
    def worker(self) -> Iterator[Child]:
        child = Child(["jiuyi.app.cli", "worker"], self._folder / "worker.log", self._settings)
        try:
            yield child
        finally:
            child.stop()
