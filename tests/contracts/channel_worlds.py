"""The outside of a payment channel, in memory and as the sandbox's WeChat Pay and Alipay: what people do there."""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from jiuyi.adapters.alipay.pay import AlipayPay
from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.domains.payments.ports import Channel
from jiuyi.domains.payments.types import GivenBackState
from jiuyi.kit.clock import Clock
from tests.support.listener import Listener
from tests.support.memory_channel import MemoryChannel
from tests.support.sandbox import Sandbox
from tests.support.waiting import until


class World(Protocol):
    """One channel and the people behind it."""

    @property
    def channel(self) -> Channel: ...
    @property
    def account_channel(self) -> str:
        """Where the payer is signed in."""

    @property
    def payer(self) -> str:
        """How the channel names the payer."""

    def now(self) -> datetime: ...
    async def pays(self, number: str, token: str) -> None:
        """The patient confirms in the cashier; the notice goes out."""

    async def settles(self, out_refund_no: str) -> None:
        """The channel finishes a refund; the notice goes out."""

    async def short_of_money(self) -> int:
        """Make the next refund fail for want of balance; the amount to ask for."""

    async def notices(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        """The notices sent so far, in lower-case headers and bytes."""

    async def tomorrow(self) -> None:
        """It is noon of the next day."""


class InMemory:
    def __init__(self) -> None:
        self.memory = MemoryChannel()
        self.account_channel = "wechat_oa"
        self.payer = "oSomebody123"

    @property
    def channel(self) -> Channel:
        return self.memory

    def now(self) -> datetime:
        return self.memory.clock()

    async def pays(self, number: str, token: str) -> None:
        assert token
        assert self.memory.person_pays(number)

    async def settles(self, out_refund_no: str) -> None:
        self.memory.settle(out_refund_no, GivenBackState.SUCCESS)

    async def short_of_money(self) -> int:
        self.memory.faults["refund"] = ["balance_short"]
        return 700

    async def notices(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        assert len(self.memory.notices) >= count
        return [(sent.headers, sent.body) for sent in self.memory.notices]

    async def tomorrow(self) -> None:
        self.memory.ahead += _until_noon_tomorrow(self.now())


class InSandbox:
    def __init__(self, sandbox: Sandbox, channel: WechatPay, clock: Clock, product: Listener) -> None:
        self.sandbox = sandbox
        self.wechat = channel
        self.clock = clock
        self.product = product
        self.account_channel = "wechat_oa"
        self.payer = "oSomebody123"

    @property
    def channel(self) -> Channel:
        return self.wechat

    def now(self) -> datetime:
        return self.clock.now()

    async def pays(self, number: str, token: str) -> None:
        assert number
        await self._control("POST", f"payments/{token}/confirm", {})

    async def settles(self, out_refund_no: str) -> None:
        await until(
            lambda: self.wechat.query_refund(out_refund_no, "-"),
            lambda found: found.state is not GivenBackState.PROCESSING,
        )

    async def short_of_money(self) -> int:
        await self._control("PUT", "wechat_pay", {"next_refund": "not_enough"})
        return 700

    async def notices(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        heard = await self.product.wait(count)
        return [({name.lower(): value for name, value in one.headers.items()}, one.body) for one in heard]

    async def tomorrow(self) -> None:
        self.clock.offset += _until_noon_tomorrow(self.now())
        await self.sandbox.move_clock(self.clock.offset.total_seconds(), only_sandbox=True)

    async def _control(self, method: str, path: str, body: dict[str, Any]) -> None:
        (await self.sandbox.http.request(method, f"/_control/{path}", json=body)).raise_for_status()


class InAlipay:
    """The sandbox's Alipay, with phone p1 signed in to the Life Account."""

    def __init__(self, sandbox: Sandbox, channel: AlipayPay, clock: Clock, product: Listener, payer: str) -> None:
        self.sandbox = sandbox
        self.alipay = channel
        self.clock = clock
        self.product = product
        self.account_channel = "alipay_life"
        self.payer = payer
        product.answer = lambda _: (200, "success")

    @property
    def channel(self) -> Channel:
        return self.alipay

    def now(self) -> datetime:
        return self.clock.now()

    async def pays(self, number: str, token: str) -> None:
        assert number
        await self._control("POST", f"alipay/trades/{token}/confirm", {})

    async def settles(self, out_refund_no: str) -> None:
        number = out_refund_no.partition("R")[0]
        await until(
            lambda: self.alipay.query_refund(out_refund_no, number),
            lambda found: found.state is GivenBackState.SUCCESS,
        )

    async def short_of_money(self) -> int:
        await self._control("PUT", "alipay", {"next_refund": "not_enough"})
        return 700

    async def notices(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        heard = await self.product.wait(count)
        return [({name.lower(): value for name, value in one.headers.items()}, one.body) for one in heard]

    async def tomorrow(self) -> None:
        self.clock.offset += _until_noon_tomorrow(self.now())
        await self.sandbox.move_clock(self.clock.offset.total_seconds(), only_sandbox=True)

    async def _control(self, method: str, path: str, body: dict[str, Any]) -> None:
        (await self.sandbox.http.request(method, f"/_control/{path}", json=body)).raise_for_status()


def _until_noon_tomorrow(now: datetime) -> timedelta:
    hospital = (now + timedelta(hours=8)).astimezone(UTC)
    return timedelta(days=1, hours=12) - timedelta(seconds=hospital.timestamp() % 86400)
