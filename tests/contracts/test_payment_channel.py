"""The contract of `payments.ports.Channel`, on every implementation: what the flows rely on."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest
import pytest_asyncio

from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.adapters.wechat.pay_keys import MerchantKey, PlatformKeys
from jiuyi.app.alipay import connect
from jiuyi.app.settings.alipay import Alipay
from jiuyi.domains.payments.ports import PAYMENT_NOTICE, REFUND_NOTICE, BalanceShort, NoBillYet, NoticeRefused
from jiuyi.domains.payments.types import (
    CNY,
    BillKind,
    CloseOutcome,
    GivenBackState,
    PrepareAsk,
    RefundAsk,
    TradeState,
)
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.journal import Journal
from jiuyi.kit.outcomes import Refused
from jiuyi.wire.http import Caller
from tests.contracts.channel_worlds import InAlipay, InMemory, InSandbox, World
from tests.support.listener import Listener, listening
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("I06")


@pytest.fixture
def product(sandbox: Sandbox) -> Iterator[Listener]:
    with listening(sandbox.product_port) as listener:
        yield listener


@pytest_asyncio.fixture(params=["memory", "wechat", "alipay", "alipay-certificate"])
async def world(request: pytest.FixtureRequest, sandbox: Sandbox, product: Listener) -> AsyncIterator[World]:
    if request.param == "memory":
        yield InMemory()
        return
    if str(request.param).startswith("alipay"):
        async with _alipay(sandbox, product, certificate="certificate" in request.param) as found:
            yield found
        return
    clock = Clock()
    keys = sandbox.keys["wechat_pay"]
    caller = Caller("wechat_pay", keys["base_url"], Journal(), clock, timeout=5)
    channel = WechatPay(
        caller,
        clock,
        merchant=MerchantKey(keys["mch_id"], keys["merchant_serial_no"], keys["merchant_private_key_pem"]),
        platform=PlatformKeys(
            public_key_id=keys["public_key_id"], public_key_pem=keys["public_key_pem"], api_v3_key=keys["api_v3_key"]
        ),
        app_ids={"wechat_oa": keys["app_id"]},
        notify_url=f"{sandbox.product_url}/callbacks/wechat_pay",
    )
    (await sandbox.http.put("/_control/wechat_pay", json={"refund_seconds": 0.2})).raise_for_status()
    yield InSandbox(sandbox, channel, clock, product)
    await caller.close()


@asynccontextmanager
async def _alipay(sandbox: Sandbox, product: Listener, *, certificate: bool) -> AsyncIterator[InAlipay]:
    clock, keys = Clock(), sandbox.keys["alipay"]
    mode = "certificate" if certificate else "key"
    (await sandbox.http.put("/_control/alipay", json={"mode": mode, "refund_seconds": 0.2})).raise_for_status()
    known = {field.name for field in msgspec.structs.fields(Alipay)}
    texts = {name: value for name, value in keys.items() if name in known and isinstance(value, str)}
    connected = connect(Alipay(mode=mode, **texts), Journal(), clock, sandbox.product_url)
    people = (await sandbox.http.get("/_control/alipay/people")).raise_for_status().json()["people"]
    assert connected.pay is not None
    yield InAlipay(sandbox, connected.pay, clock, product, people[0]["life_open_id"])
    for caller in connected.callers:
        await caller.close()


def ask_for(world: World, number: str, fen: int = 1500) -> PrepareAsk:
    channel = world.channel
    ends = world.now().replace(microsecond=0) + timedelta(minutes=15)
    return PrepareAsk(number, channel.app_id(world.account_channel), world.payer, fen, "挂号费 心血管内科", ends)


async def paid(world: World, number: str, fen: int = 1500) -> str:
    await world.pays(number, await world.channel.prepare(ask_for(world, number, fen)))
    return (await world.channel.query(number)).transaction_id or ""


def back(number: str, transaction: str, fen: int, of: int = 1500) -> RefundAsk:
    return RefundAsk(f"{number}R{fen}", number, transaction, fen, of, "取消预约")


async def test_who_it_is(world: World) -> None:
    channel = world.channel
    assert (channel.name, channel.system) in {("wechat", "wechat_pay"), ("alipay", "alipay_pay")}
    assert channel.merchant_id
    with pytest.raises(KeyError):
        channel.app_id("nowhere")


async def test_a_number_from_unknown_to_paid(world: World) -> None:
    channel = world.channel
    assert (await channel.query("PC0000000001")).state is TradeState.ABSENT
    token = await channel.prepare(ask_for(world, "PC0000000001"))
    call = channel.invoke(channel.app_id(world.account_channel), token)
    assert call
    assert all(call.values())
    assert (await channel.query("PC0000000001")).state is TradeState.WAITING
    await world.pays("PC0000000001", token)
    found = await channel.query("PC0000000001")
    assert found.state is TradeState.PAID
    assert (found.total_fen, found.currency) == (1500, CNY)
    assert (found.merchant_id, found.app_id) == (channel.merchant_id, channel.app_id(world.account_channel))
    assert found.transaction_id
    assert found.paid_at is not None
    assert found.paid_at.tzinfo is not None


async def test_announced_again_unchanged_it_works_and_changed_it_is_refused(world: World) -> None:
    channel, asked = world.channel, ask_for(world, "PC0000000002")
    await channel.prepare(asked)
    await world.pays("PC0000000002", await channel.prepare(asked))
    with pytest.raises(Refused):
        await channel.prepare(asked)
    await channel.prepare(ask_for(world, "PC0000000003"))
    with pytest.raises(Refused):
        await channel.prepare(ask_for(world, "PC0000000003", 1600))


async def test_closing_is_final_and_repeatable(world: World) -> None:
    channel = world.channel
    assert await channel.close("PC0000000004") is CloseOutcome.ABSENT
    asked = ask_for(world, "PC0000000004")
    await channel.prepare(asked)
    assert [await channel.close("PC0000000004") for _ in range(2)] == [CloseOutcome.CLOSED] * 2
    assert (await channel.query("PC0000000004")).state is TradeState.CLOSED
    with pytest.raises(Refused):
        await channel.prepare(asked)
    await paid(world, "PC0000000005")
    assert await channel.close("PC0000000005") is CloseOutcome.PAID


async def test_a_refund_is_accepted_then_done_under_one_number(world: World) -> None:
    channel = world.channel
    transaction = await paid(world, "PC0000000006")
    assert (await channel.query_refund("PC0000000006R1500", "PC0000000006")).state in {
        GivenBackState.ABSENT,
        GivenBackState.UNSEEN,
    }
    asked = back("PC0000000006", transaction, 1500)
    first, again = await channel.refund(asked), await channel.refund(asked)
    assert first.state in {GivenBackState.PROCESSING, GivenBackState.SUCCESS}
    assert (first.refund_id, first.refund_fen, first.total_fen) == (again.refund_id, 1500, 1500)
    await world.settles(asked.out_refund_no)
    done = await channel.query_refund(asked.out_refund_no, asked.out_trade_no)
    assert (done.state, done.out_trade_no, done.transaction_id) == (
        GivenBackState.SUCCESS,
        "PC0000000006",
        transaction,
    )
    assert done.done_at is not None
    # Paid stays paid, whatever went back.
    assert (await channel.query("PC0000000006")).state is TradeState.PAID


async def test_no_more_goes_back_than_came(world: World) -> None:
    channel = world.channel
    transaction = await paid(world, "PC0000000007")
    await channel.refund(back("PC0000000007", transaction, 1000))
    with pytest.raises(Refused):
        await channel.refund(back("PC0000000007", transaction, 501))
    await channel.prepare(ask_for(world, "PC0000000008"))
    with pytest.raises(Refused):
        await channel.refund(back("PC0000000008", "4200000000000000000000000000", 1))


async def test_a_low_balance_is_told_apart(world: World) -> None:
    transaction = await paid(world, "PC0000000009")
    fen = await world.short_of_money()
    with pytest.raises(BalanceShort):
        await world.channel.refund(back("PC0000000009", transaction, fen))


async def test_notices_say_what_queries_say(world: World) -> None:
    channel = world.channel
    transaction = await paid(world, "PC0000000010")
    asked = back("PC0000000010", transaction, 400)
    await channel.refund(asked)
    await world.settles(asked.out_refund_no)
    # In whichever order they came: a notice that has to be sent again is overtaken.
    read = {one.kind: one for one in (channel.read_notice(*sent) for sent in await world.notices(2))}
    payment, refund = read[PAYMENT_NOTICE], read[REFUND_NOTICE]
    assert payment.system == channel.system
    assert payment.key != refund.key
    assert payment.data["out_trade_no"] == "PC0000000010"
    assert payment.data["transaction_id"] == transaction
    assert (payment.data["total_fen"], payment.data["currency"]) == (1500, CNY)
    assert (payment.data["merchant_id"], payment.data["app_id"]) == (
        channel.merchant_id,
        channel.app_id(world.account_channel),
    )
    assert refund.data["out_refund_no"] == asked.out_refund_no
    # None: its notices tell sums, so that the domain asks.
    assert refund.data["refund_fen"] in {400, None}
    assert (refund.data["state"], refund.data["merchant_id"]) == ("success", channel.merchant_id)


async def test_a_notice_that_was_touched_is_refused(world: World) -> None:
    await paid(world, "PC0000000011")
    headers, body = (await world.notices(1))[0]
    assert world.channel.read_notice(headers, body).key == world.channel.read_notice(headers, body).key
    for touched in (body.replace(b"1", b"2", 1), body + b" ", b"", b"{}"):
        with pytest.raises(NoticeRefused):
            world.channel.read_notice(headers, touched)
    for name in headers:
        if "signature" in name and "type" not in name:
            with pytest.raises(NoticeRefused):
                world.channel.read_notice(headers | {name: "AAAA"}, body)
            with pytest.raises(NoticeRefused):
                world.channel.read_notice({key: value for key, value in headers.items() if key != name}, body)


async def test_the_day_s_bill_has_both_directions(world: World) -> None:
    channel = world.channel
    transaction = await paid(world, "PC0000000012")
    asked = back("PC0000000012", transaction, 300)
    await channel.refund(asked)
    await world.settles(asked.out_refund_no)
    day = local(world.now()).date()
    with pytest.raises((NoBillYet, Refused)):
        _ = [line async for line in channel.bill(day)]
    await world.tomorrow()
    lines = [line async for line in channel.bill(day)]
    assert [(line.kind, line.out_trade_no, line.amount_fen, line.transaction_id) for line in lines] == [
        (BillKind.PAYMENT, "PC0000000012", 1500, transaction),
        (BillKind.REFUND, "PC0000000012", 300, transaction),
    ]
    assert lines[1].out_refund_no == asked.out_refund_no
    assert [line async for line in channel.bill(day - timedelta(days=40))] == []
