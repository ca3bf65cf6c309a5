"""What every outside system shares at its door: faults are played and calls are written into the journal."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from jiuyi_sandbox.faults import TRANSPORT_KINDS, Fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from jiuyi_sandbox.world import World

MOUNTS = {
    "/his-esb": "his",
    "/wechat-api": "wechat_api",
    "/wechat-open": "wechat_api",
    "/wechat-pay": "wechat_pay",
    "/alipay": "alipay",
    "/alipay-open": "alipay",
    "/sms": "sms",
    "/insurance": "insurance",
    "/wecity": "wecity",
    "/unionpay": "unionpay",
}
_JOURNALLED_BODY = 65536
_BUSY = 503


def system_of(path: str) -> str | None:
    """The system a path belongs to, or None for pages and controls."""
    return MOUNTS.get("/" + path.split("/", 2)[1]) if path.count("/") >= 1 else None


class FrontDoor:
    """Pure ASGI middleware. A handler may add journal fields by filling the dict ``scope["journal"]``."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass pages through; play faults and journal for systems."""
        system = system_of(scope["path"]) if scope["type"] == "http" else None
        if system is None:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        body = await _read(receive)
        path = scope["path"]
        notes: dict[str, Any] = {}
        scope["journal"] = notes
        answer = _Answer()
        kinds: tuple[str, ...] = TRANSPORT_KINDS
        aim = f"{path} {_method(scope, body)}" if system == "alipay" else path
        fault = self._world.faults.take(system, aim, *kinds)
        while fault is not None and fault.kind == "latency":
            await asyncio.sleep(float(fault.value))
            kinds = tuple(k for k in kinds if k != "latency")
            fault = self._world.faults.take(system, aim, *kinds)
        if fault is None or fault.kind not in ("cut_before", "status"):
            await self._app(scope, _replay(body), answer.send)
        if fault is None and "fault" in notes:  # a magic input asks for it
            fault = Fault(system, notes["fault"])
        if fault is not None:
            notes["fault"] = fault.kind
            if fault.kind == "late_answer":
                await asyncio.sleep(float(fault.value))
            _spoil(answer, fault)
        fields: dict[str, Any] = {
            "method": scope["method"],
            "status": answer.status,
            "ms": round((time.perf_counter() - started) * 1000, 1),
        }
        if "request" not in notes:
            fields["request"] = _readable(body)
        what = notes.pop("what", path.rpartition("/")[2] if system == "his" else path)
        self._world.journal.add(system, what, **fields, **notes)
        await answer.deliver(send)


def _method(scope: Scope, body: bytes) -> str:
    """The operation of a call to a gateway that has one address for all of them."""
    text = f"{scope['query_string'].decode('latin-1')}&{body.decode('latin-1')}"
    return next((value for name, value in parse_qsl(text) if name == "method"), "")


def _spoil(answer: _Answer, fault: Fault) -> None:
    if fault.kind == "status":
        status = fault.value if isinstance(fault.value, int) else 500
        busy = b'{"code": "busy", "message": "system busy", "data": null}'
        answer.replace(
            status, b"application/json", busy if status == _BUSY else b'{"code": "error", "message": "fault"}'
        )
    elif fault.kind == "garbled":
        answer.body = answer.body[: max(len(answer.body) // 2, 1)] + b'"\x00garbled'
        answer.headers = [(k, v) for k, v in answer.headers if k.lower() != b"content-length"]
        # The signature headers stay, so that a caller who checks them sees that they no longer fit.
    elif fault.kind in ("cut_before", "cut_after"):
        answer.cut = True


class _Answer:
    """An answer held back until it is known whether it may leave."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.cut = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    def replace(self, status: int, content_type: bytes, body: bytes) -> None:
        self.status, self.headers, self.body = status, [(b"content-type", content_type)], body

    async def deliver(self, send: Send) -> None:
        if self.cut:
            # A length that is never reached makes the server drop the connection: the caller sees a broken answer.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1048576")]})
            await send({"type": "http.response.body", "body": b"", "more_body": True})
            return
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _readable(body: bytes) -> Any:
    if not body or len(body) > _JOURNALLED_BODY:
        return f"{len(body)} bytes" if body else None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
