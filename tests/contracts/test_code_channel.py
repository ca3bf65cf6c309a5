"""The contract of `payments.ports.CodeChannel`, on every implementation: what the desk's flows rely on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import pytest
import pytest_asyncio

from jiuyi.app import settings as app_settings
from jiuyi.app.wiring import build
from jiuyi.domains.payments.ports import Channels, CodeChannel, CodeRefused, NoBillYet, TooSoon
from jiuyi.domains.payments.types import (
    CNY,
    BillKind,
    CloseOutcome,
    CodeAsk,
    CodeKind,
    GivenBack,
    GivenBackState,
    RefundAsk,
    Trade,
    TradeState,
)
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.outcomes import Refused, Unanswered
from tests.support.live import environment
from tests.support.memory_codes import MemoryCodes
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

pytestmark = pytest.mark.feature("I06", "I07")

WECHAT = {
    "pays": "139900000000000001",
    "later": "139900000000000101",
    "never": "139900000000000201",
    "refused": "139900000000000401",
    "unknown": "139900000000000801",
}
CODES: dict[str, tuple[CodeKind, dict[str, str]]] = {
    "memory": (
        CodeKind.WECHAT_CODE,
        {"pays": "1300", "later": "1301", "never": "1302", "refused": "1304", "unknown": "1308"},
    ),
    "wechat": (CodeKind.WECHAT_CODE, WECHAT),
    "wechat-md5": (CodeKind.WECHAT_CODE, WECHAT),
    "wechat-v3": (CodeKind.WECHAT_CODE, WECHAT),
    "wechat-face": (
        CodeKind.WECHAT_FACE,
        {role: f"FACE99000000000000000000{code[14:]}" for role, code in WECHAT.items()},
    ),
    "alipay": (
        CodeKind.ALIPAY_CODE,
        {
            role: f"2800000000000{number}010"
            for role, number in {"pays": "00", "later": "21", "never": "23", "refused": "01", "unknown": "02"}.items()
        },
    ),
    "unionpay": (
        CodeKind.UNIONPAY_CODE,
        {
            "pays": "6299000000000000001",
            "later": "6299000000000000011",
            "never": "6299000000000000021",
            "refused": "6299000000000000041",
            "unknown": "6299000000000000061",
        },
    ),
}


@dataclass
class World:
    """One channel, its clock, and the codes that people hold out."""

    channel: CodeChannel
    clock: Clock
    kind: CodeKind
    codes: dict[str, str]
    sandbox: Sandbox | None

    def ask(self, number: str, role: str, fen: int = 1500) -> CodeAsk:
        now = local(self.clock.now()).replace(microsecond=0)
        ends = now + timedelta(seconds=30)
        return CodeAsk(number, self.kind, self.codes[role], fen, "挂号费 心血管内科", now, ends, "window-3")

    async def forward(self, seconds: float) -> None:
        self.clock.offset += timedelta(seconds=seconds)
        if self.sandbox is not None:
            await self.sandbox.move_clock(self.clock.offset.total_seconds(), only_sandbox=True)

    async def paid(self, number: str) -> tuple[CodeAsk, Trade]:
        asked = self.ask(number, "pays")
        return asked, await self.channel.pay_code(asked)

    async def known(self, number: str, begun_at: datetime) -> Trade:
        """What a query says, once it says anything."""
        for _ in range(3):
            try:
                return await self.channel.query(number, begun_at)
            except Unanswered:
                await asyncio.sleep(0.05)
        return await self.channel.query(number, begun_at)

    async def given_back(self, ask: RefundAsk, asked_at: datetime) -> GivenBack:
        """The refund, once it is done."""
        return await until(
            lambda: self.channel.query_refund(ask.out_refund_no, ask.out_trade_no, asked_at),
            lambda found: found.state is not GivenBackState.PROCESSING,
        )


@pytest_asyncio.fixture(params=sorted(CODES))
async def world(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[World]:
    kind, codes = CODES[request.param]
    if request.param == "memory":
        clock = Clock()
        yield World(MemoryCodes(clock), clock, kind, codes, None)
        return
    for system in ("wechat_pay", "alipay", "unionpay"):
        (await sandbox.http.put(f"/_control/{system}", json={"refund_seconds": 0.2})).raise_for_status()
    settings = app_settings.load(environment("postgresql://nowhere/none", sandbox))
    changes = {"wechat-md5": {"v2_sign_type": "MD5"}, "wechat-v3": {"codepay": "v3"}}.get(request.param, {})
    pay = msgspec.structs.replace(settings.wechat_pay, **changes)
    parts = build(msgspec.structs.replace(settings, wechat_pay=pay), pool=1)
    channels: Channels = parts.ports["channels"]
    found = channels.by_code(kind)
    assert found is not None
    yield World(found, parts.clock, kind, codes, sandbox)
    for caller in parts.callers:
        await caller.close()


async def test_who_it_is(world: World) -> None:
    channel = world.channel
    assert channel.name in {"wechat", "alipay", "unionpay"}
    assert channel.merchant_id
    assert channel.app_id
    assert world.kind in channel.kinds


async def test_an_unknown_number_is_absent(world: World) -> None:
    assert (await world.channel.query("PD0000000000", local(world.clock.now()))).state is TradeState.ABSENT


async def test_a_code_is_paid_with_every_fact(world: World) -> None:
    asked, paid = await world.paid("PD0000000001")
    assert paid.state is TradeState.PAID
    assert (paid.out_trade_no, paid.total_fen, paid.currency) == ("PD0000000001", 1500, CNY)
    assert (paid.merchant_id, paid.app_id) == (world.channel.merchant_id, world.channel.app_id)
    assert paid.transaction_id
    assert paid.paid_at is not None
    assert abs(paid.paid_at - world.clock.now()) < timedelta(minutes=2)
    again = await world.channel.query("PD0000000001", asked.begun_at)
    assert (again.state, again.transaction_id, again.total_fen) == (TradeState.PAID, paid.transaction_id, 1500)
    assert (again.merchant_id, again.app_id) == (paid.merchant_id, paid.app_id)


async def test_who_confirms_later_waits_and_is_paid(world: World) -> None:
    asked = world.ask("PD0000000002", "later")
    assert (await world.channel.pay_code(asked)).state is TradeState.WAITING
    assert (await world.channel.query("PD0000000002", asked.begun_at)).state is TradeState.WAITING
    await world.forward(12)
    found = await until(
        lambda: world.channel.query("PD0000000002", asked.begun_at),
        lambda found: found.state is not TradeState.WAITING,
    )
    assert found.state is TradeState.PAID


async def test_a_refusal_is_final_and_says_why(world: World) -> None:
    asked = world.ask("PD0000000003", "refused")
    with pytest.raises(CodeRefused) as refused:
        await world.channel.pay_code(asked)
    assert refused.value.reason
    assert (await world.channel.query("PD0000000003", asked.begun_at)).state is not TradeState.PAID


async def test_a_doubt_is_unanswered_and_the_query_knows(world: World) -> None:
    asked = world.ask("PD0000000004", "unknown")
    with pytest.raises(Unanswered):
        await world.channel.pay_code(asked)
    assert (await world.known("PD0000000004", asked.begun_at)).state is TradeState.PAID


async def test_an_unpaid_one_is_reversed_for_good(world: World) -> None:
    asked = world.ask("PD0000000005", "never")
    assert (await world.channel.pay_code(asked)).state is TradeState.WAITING
    await world.forward(100)
    outcomes = [await world.channel.reverse("PD0000000005", asked.begun_at) for _ in range(2)]
    assert set(outcomes) <= {CloseOutcome.CLOSED, CloseOutcome.ABSENT}
    assert (await world.channel.query("PD0000000005", asked.begun_at)).state is not TradeState.PAID


async def test_a_paid_one_is_given_back_by_its_reversal(world: World) -> None:
    asked, _ = await world.paid("PD0000000006")
    await world.forward(20)
    for _ in range(2):
        assert await world.channel.reverse("PD0000000006", asked.begun_at) is CloseOutcome.CLOSED
    assert (await world.channel.query("PD0000000006", asked.begun_at)).state is TradeState.CLOSED


async def test_a_number_that_never_came_is_reversed_too(world: World) -> None:
    begun = local(world.clock.now())
    try:
        early = await world.channel.reverse("PD0000000007", begun)
    except TooSoon:
        early = CloseOutcome.ABSENT
    await world.forward(100)
    late = await world.channel.reverse("PD0000000007", begun)
    assert {early, late} <= {CloseOutcome.ABSENT, CloseOutcome.CLOSED}


async def test_a_refund_is_done_under_one_number(world: World) -> None:
    asked, paid = await world.paid("PD0000000008")
    now = local(world.clock.now()).replace(microsecond=0) + timedelta(seconds=1)
    back = RefundAsk("RD0000000008", "PD0000000008", paid.transaction_id or "", 400, 1500, "退费")
    before = await world.channel.query_refund("RD0000000008", "PD0000000008", now)
    assert before.state in {GivenBackState.ABSENT, GivenBackState.UNSEEN}
    first = await world.channel.refund(back, asked.begun_at, now)
    assert first.state in {GivenBackState.PROCESSING, GivenBackState.SUCCESS}
    done = await world.given_back(back, now)
    assert (done.state, done.refund_fen, done.out_trade_no) == (GivenBackState.SUCCESS, 400, "PD0000000008")
    assert done.done_at is not None
    too_much = RefundAsk("RD0000000009", "PD0000000008", paid.transaction_id or "", 1101, 1500, "退费")
    with pytest.raises(Refused):
        await world.channel.refund(too_much, asked.begun_at, now)


async def test_the_day_s_bill_has_what_was_paid_and_given_back(world: World) -> None:
    asked, paid = await world.paid("PD0000000010")
    now = local(world.clock.now()).replace(microsecond=0) + timedelta(seconds=1)
    back = RefundAsk("RD0000000010", "PD0000000010", paid.transaction_id or "", 300, 1500, "退费")
    await world.channel.refund(back, asked.begun_at, now)
    await world.given_back(back, now)
    day = local(world.clock.now()).date()
    with pytest.raises((NoBillYet, Refused)):
        _ = [line async for line in world.channel.bill(day)]
    await world.forward(86_400 * 1.5)
    lines = [line async for line in world.channel.bill(day)]
    assert [(line.kind, line.amount_fen) for line in lines] == [(BillKind.PAYMENT, 1500), (BillKind.REFUND, 300)]
    assert (lines[0].out_trade_no, lines[0].transaction_id) == ("PD0000000010", paid.transaction_id)
    assert lines[1].out_refund_no == "RD0000000010"
