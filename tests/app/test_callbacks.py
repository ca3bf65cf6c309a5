"""Who forges notices is not listened to for a while; who sends true ones is never refused."""

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from jiuyi.app.callbacks import MOST_FORGED, Connection, callback_route
from jiuyi.kit.db import Db
from jiuyi.kit.http import EXCEPTION_HANDLERS
from jiuyi.kit.inbox import Notice, Routes
from jiuyi.kit.limits import Shield
from jiuyi.wire.envelopes import Acknowledgement, Inbound, Rejected

pytestmark = pytest.mark.feature("I02")
TRUE = 3 * MOST_FORGED


class Reads:
    """Believes a body of `true`, and counts what it was asked to verify."""

    def __init__(self) -> None:
        self.verified = 0

    async def __call__(self, inbound: Inbound) -> tuple[list[Notice], Acknowledgement]:
        self.verified += 1
        if inbound.body != b"true":
            raise Rejected("forged", Acknowledgement(401, b"no"))
        return [], Acknowledgement(204)


def address(connection: Connection) -> str:
    return connection.headers.get("x-from", "1.1.1.1")


@pytest.fixture
def reads() -> Reads:
    return Reads()


@pytest_asyncio.fixture
async def http(db: Db, reads: Reads) -> AsyncIterator[httpx.AsyncClient]:
    route = callback_route(db, Routes({}), {"bank": reads, "other": reads}, Shield(), address)
    app = Litestar([route], exception_handlers=EXCEPTION_HANDLERS)
    transport = httpx.ASGITransport(app=cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url="http://hospital.example") as client:
        yield client


async def send(http: httpx.AsyncClient, body: str, origin: str = "1.1.1.1", system: str = "bank") -> int:
    return (await http.post(f"/callbacks/{system}", content=body, headers={"x-from": origin})).status_code


async def test_true_notices_are_never_refused(http: httpx.AsyncClient) -> None:
    assert {await send(http, "true") for _ in range(TRUE)} == {204}


async def test_forgeries_are_refused_unverified_after_a_while_and_nobody_else_is(
    http: httpx.AsyncClient, reads: Reads
) -> None:
    said = [await send(http, "forged") for _ in range(MOST_FORGED + 5)]
    assert said == [401] * MOST_FORGED + [429] * 5
    assert reads.verified == MOST_FORGED
    assert await send(http, "true", "2.2.2.2") == 204
    assert await send(http, "true", system="other") == 204
    waiting = await http.post("/callbacks/bank", content="true")
    assert waiting.status_code == 429
    assert 1 <= int(waiting.headers["retry-after"]) <= 61
