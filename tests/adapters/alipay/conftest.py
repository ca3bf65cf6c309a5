"""The product's Alipay adapters, pointed at a peer inside the test."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from jiuyi.adapters.alipay.bill import BillStore
from jiuyi.adapters.alipay.gateway import Gateway
from jiuyi.adapters.alipay.keys import AppKeys
from jiuyi.adapters.alipay.pay import AlipayPay
from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.wire.http import Caller
from tests.adapters.alipay import peer
from tests.support.listener import Listener, listening
from tests.support.ports import free_port
from tests.support.waiting import MOST_SECONDS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def alipay(port: int) -> Iterator[Listener]:
    """The gateway; `answer` says what it answers."""
    with listening(port) as listener:
        yield listener


@asynccontextmanager
async def gateways_at(port: int, clock: Clock, timeout: float = MOST_SECONDS) -> AsyncIterator[dict[str, Gateway]]:
    """Both apps' gateways; `timeout` is how many seconds an answer may take."""
    caller = Caller("alipay", f"http://127.0.0.1:{port}/gateway.do", Journal(), clock, timeout=timeout)
    yield {
        channel: Gateway(caller, clock, AppKeys(app_id, peer.private_pem("app"), peer.public_pem("alipay")))
        for channel, app_id in (("alipay_life", peer.LIFE_APP), ("alipay_mini", peer.MINI_APP))
    }
    await caller.close()


@pytest_asyncio.fixture
async def gateways(port: int, clock: Clock) -> AsyncIterator[dict[str, Gateway]]:
    async with gateways_at(port, clock) as opened:
        yield opened


@pytest_asyncio.fixture
async def pay(gateways: dict[str, Gateway], clock: Clock, port: int) -> AsyncIterator[AlipayPay]:
    bills = BillStore("alipay", Journal(), clock, [f"http://127.0.0.1:{port}"])
    yield AlipayPay(
        gateways, clock, bills, seller_id=peer.SELLER, notify_url="http://localhost:8000/callbacks/alipay_pay"
    )
    for caller in bills.callers:
        await caller.close()
