"""The product's WeChat adapters, pointed at the running sandbox."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from jiuyi.adapters.wechat.account import OfficialAccount
from jiuyi.adapters.wechat.callback import AccountCallback
from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.adapters.wechat.pay_keys import MerchantKey, PlatformKeys
from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.wire.http import Caller
from tests.support.listener import Listener, listening
from tests.support.sandbox import Sandbox
from tests.support.waiting import MOST_SECONDS


@pytest.fixture
def product(sandbox: Sandbox) -> Iterator[Listener]:
    with listening(sandbox.product_port) as listener:
        yield listener


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def account(sandbox: Sandbox, clock: Clock) -> AsyncIterator[OfficialAccount]:
    keys = sandbox.keys["wechat_oa"]
    caller = Caller("wechat", keys["api_url"], Journal(), clock)
    yield OfficialAccount(
        caller, clock, app_id=keys["app_id"], app_secret=keys["app_secret"], open_url=keys["open_url"]
    )
    await caller.close()


@pytest.fixture
def callback(sandbox: Sandbox, clock: Clock) -> AccountCallback:
    keys = sandbox.keys["wechat_oa"]
    return AccountCallback(clock, token=keys["token"], encoding_aes_key=keys["encoding_aes_key"], app_id=keys["app_id"])


def pay_of(sandbox: Sandbox, clock: Clock, caller: Caller, **change: Any) -> WechatPay:
    keys = sandbox.keys["wechat_pay"] | change
    return WechatPay(
        caller,
        clock,
        merchant=MerchantKey(keys["mch_id"], keys["merchant_serial_no"], keys["merchant_private_key_pem"]),
        platform=PlatformKeys(
            public_key_id=keys["public_key_id"], public_key_pem=keys["public_key_pem"], api_v3_key=keys["api_v3_key"]
        ),
        app_ids={"wechat_oa": keys["app_id"]},
        notify_url=f"{sandbox.product_url}/callbacks/wechat_pay",
    )


@pytest_asyncio.fixture
async def pay(sandbox: Sandbox, clock: Clock) -> AsyncIterator[WechatPay]:
    caller = Caller("wechat_pay", sandbox.keys["wechat_pay"]["base_url"], Journal(), clock, timeout=MOST_SECONDS)
    yield pay_of(sandbox, clock, caller)
    await caller.close()
