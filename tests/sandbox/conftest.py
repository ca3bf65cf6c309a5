"""Fixtures of the sandbox's own tests: a caller that follows the contract, and a product that only listens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.vendor import Caller, request_no
from tests.support.sandbox import Sandbox
from tests.support.waiting import MOST_SECONDS


@pytest_asyncio.fixture
async def his(sandbox: Sandbox) -> Caller:
    return Caller(sandbox.http, sandbox.keys["his"]["secret"])


class Desk:
    """What hospital staff do, over `/_control/hospital`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.http = sandbox.http

    async def act(self, what: str, **data: Any) -> dict[str, Any]:
        answer = (await self.http.post(f"/_control/hospital/{what}", json=data)).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    async def read(self, what: str, **query: str) -> dict[str, Any]:
        answer = (await self.http.get(f"/_control/hospital/{what}", params=query)).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


@pytest_asyncio.fixture
async def desk(sandbox: Sandbox) -> Desk:
    return Desk(sandbox)


class Timetable:
    """Every schedule of the hospital, read once."""

    def __init__(self, today: str, items: list[dict[str, Any]]) -> None:
        self.today, self.items = today, items

    def slot(self, *, quota: int = 1, kind: str = "expert", skip: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
        """An open clinic of a later day and one of its slots with that many places, none reserved."""
        fitting = (
            (clinic, slot)
            for clinic in self.items
            if clinic["date"] > self.today and clinic["state"] == "open" and clinic["clinic_kind"] == kind
            for slot in clinic["slots"]
            if slot["online_quota"] == quota and not slot["reserved"] and "D0802" not in clinic["code"]
        )
        for _ in range(skip):
            next(fitting)
        return next(fitting)


async def read_timetable(today: str, his: Caller) -> Timetable:
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await his.ok("schedules.list", **{"from": today, "to": "2099-12-31", "cursor": cursor, "limit": 500})
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return Timetable(today, items)


@pytest.fixture(scope="session")
def read_before() -> dict[str, Timetable]:
    """Day → the timetable of this process's sandbox as new: a reset makes it so again, and 48,000 places take 2 s."""
    return {}


@pytest_asyncio.fixture
async def timetable(sandbox: Sandbox, his: Caller, read_before: dict[str, Timetable]) -> Timetable:
    today = (await sandbox.http.get("/_control/clock")).json()["now"][:10]
    if today not in read_before:
        read_before[today] = await read_timetable(today, his)
    return read_before[today]


async def lock(
    his: Caller, slot: dict[str, Any], patient_id: str, number: str | None = None, **more: Any
) -> dict[str, Any]:
    """The answer to a lock, whatever it says."""
    data = {"slot_code": slot["code"], "patient_id": patient_id, "channel": "wechat_oa", "hold_seconds": 900}
    return await his.answer("registrations.lock", request_no=number or request_no("L"), **(data | more))


def payment(fen: int, order_no: str = "P1") -> dict[str, Any]:
    return {
        "order_no": order_no,
        "channel": "wechat",
        "transaction_id": f"42000{order_no}",
        "amount_fen": fen,
        "paid_at": "2026-11-24T10:02:29+08:00",
    }


class Listener:
    """Stands where the product would be: keeps what it receives, answers what it is told to."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200
        self.body = b'{"code": "ok"}'

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.received.append((lines[0].split()[1], headers, body))
        writer.write(
            b"HTTP/1.1 %d X\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % (self.status, len(self.body))
            + self.body
        )
        await writer.drain()
        writer.close()

    async def events(self, count: int, seconds: float = MOST_SECONDS) -> list[dict[str, Any]]:
        """The first `count` events, once they are there."""
        async with asyncio.timeout(seconds):
            while len(self.received) < count:
                await asyncio.sleep(0.05)
        return [json.loads(body) for _, _, body in self.received]


@pytest_asyncio.fixture
async def product(sandbox: Sandbox) -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.handle, "127.0.0.1", sandbox.product_port)
    yield listener
    server.close()
    await server.wait_closed()
