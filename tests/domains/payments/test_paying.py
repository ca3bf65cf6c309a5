import asyncio
from uuid import uuid4

import pytest

from jiuyi.domains.payments import flows, settings
from jiuyi.domains.payments.errors import (
    ChannelRefused,
    ChannelSilent,
    MethodUnknown,
    OrderEnded,
    OrderPaidAlready,
    PaymentPaused,
    StillPreparing,
    TooManyAttempts,
)
from jiuyi.domains.payments.types import AttemptState, OrderState, PaymentView, Shown, TradeState
from jiuyi.kit.problems import NotFound
from tests.domains.payments.desk import Desk
from tests.support.memory_channel import Fault, Killed

pytestmark = pytest.mark.feature("F02", "I06")


async def test_pay_notice_paid(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    view = await desk.pay(lin, order)
    assert view.state is AttemptState.PREPARED
    assert view.invoke is not None
    assert view.invoke["package"].startswith("prepay_id=")
    desk.channel.person_pays(desk.number(order))
    await desk.deliver(times=2)
    paid = await desk.read(order)
    assert (paid.state, paid.shown, paid.paid_fen) == (OrderState.PAID, Shown.PAID, 1500)
    assert desk.events() == ["order_paid"]
    assert await desk.ledger() == {"channel:wechat": 1500, "hospital:income": -1500, "patient:order": 0}


async def test_the_channel_is_told_our_amount_and_end(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin, 2500)
    await desk.pay(lin, order)
    ask = desk.channel.trades[desk.number(order)].ask
    assert (ask.total_fen, ask.expires_at, ask.description) == (2500, order.expires_at, order.title_zh)


async def test_the_same_tap_is_the_same_attempt(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    first = await desk.pay(lin, order, "tap")
    assert await desk.pay(lin, order, "tap") == first
    assert [name for name, _ in desk.channel.calls] == ["prepare"]


async def test_another_tap_ends_the_earlier_attempt_at_the_channel_first(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    first, second = await desk.pay(lin, order, "one"), await desk.pay(lin, order, "two")
    assert [name for name, _ in desk.channel.calls] == ["prepare", "close", "prepare"]
    assert desk.channel.trades[desk.number(order)].state is TradeState.CLOSED
    assert (await desk.attempt(first.payment_id)).state is AttemptState.CLOSED
    assert second.state is AttemptState.PREPARED
    again = await desk.pay(lin, order, "one")
    assert (again.state, again.invoke) == (AttemptState.CLOSED, None)


async def test_an_earlier_attempt_found_paid_is_the_answer(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order, "one")
    desk.channel.person_pays(desk.number(order), notify=False)
    view = await desk.pay(lin, order, "two")
    assert (view.state, view.invoke) == (AttemptState.PAID, None)
    assert (await desk.read(order)).state is OrderState.PAID
    assert len(await desk.attempts(order)) == 1
    with pytest.raises(OrderPaidAlready):
        await desk.pay(lin, order, "three")


@pytest.mark.parametrize("fault", ["unreachable", "lost_before", "lost_after", "garbled"])
async def test_no_new_number_while_the_earlier_one_is_in_doubt(desk: Desk, fault: Fault) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order, "one")
    desk.channel.faults["close"] = [fault]
    with pytest.raises(ChannelSilent):
        await desk.pay(lin, order, "two")
    assert [a.state for a in await desk.attempts(order)] == [AttemptState.CLOSING]
    view = await desk.pay(lin, order, "two")
    assert view.state is AttemptState.PREPARED
    assert [a.state for a in await desk.attempts(order)] == [AttemptState.CLOSED, AttemptState.PREPARED]


async def test_a_refused_preparation_fails_the_attempt(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    desk.channel.faults["prepare"] = ["refused"]
    with pytest.raises(ChannelRefused):
        await desk.pay(lin, order, "one")
    assert [(a.state, a.fault) for a in await desk.attempts(order)] == [(AttemptState.FAILED, "NO_AUTH")]
    assert (await desk.pay(lin, order, "two")).state is AttemptState.PREPARED


async def test_nothing_was_begun_when_the_channel_was_not_reached(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    desk.channel.faults["prepare"] = ["unreachable"]
    with pytest.raises(ChannelSilent):
        await desk.pay(lin, order, "one")
    assert [a.state for a in await desk.attempts(order)] == [AttemptState.FAILED]


@pytest.mark.parametrize("fault", ["lost_before", "lost_after", "garbled"])
async def test_an_unanswered_preparation_is_repeated_with_the_same_number(desk: Desk, fault: Fault) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    desk.channel.faults["prepare"] = [fault]
    with pytest.raises(ChannelSilent):
        await desk.pay(lin, order, "tap")
    assert [a.state for a in await desk.attempts(order)] == [AttemptState.UNKNOWN]
    view = await desk.pay(lin, order, "tap")
    assert view.invoke is not None
    assert desk.channel.calls == [("prepare", desk.number(order))] * 2


@pytest.mark.parametrize("fault", ["lost_before", "lost_after", "killed_before", "killed_after"])
async def test_a_preparation_nobody_came_back_for_is_ended_by_the_sweeper(desk: Desk, fault: Fault) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    desk.channel.faults["prepare"] = [fault]
    with pytest.raises((ChannelSilent, Killed)):
        await desk.pay(lin, order, "tap")
    await desk.forward(seconds=30)
    await desk.sweep()
    state = (await desk.attempts(order))[0].state
    assert state is (AttemptState.CLOSED if fault.endswith("after") else AttemptState.FAILED)
    assert (await desk.pay(lin, order, "again")).state is AttemptState.PREPARED


async def test_the_same_tap_after_a_crash_prepares_the_same_number(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    desk.channel.faults["prepare"] = ["killed_after"]
    with pytest.raises(Killed):
        await desk.pay(lin, order, "tap")
    with pytest.raises(StillPreparing):
        await desk.pay(lin, order, "tap")
    await desk.forward(seconds=30)
    assert (await desk.pay(lin, order, "tap")).state is AttemptState.PREPARED
    assert len(await desk.attempts(order)) == 1


async def test_many_taps_at_once_never_leave_two_open(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    taps = [desk.pay(lin, order, f"tap {n}") for n in range(3)] + [desk.pay(lin, order, "same") for _ in range(3)]
    results = await asyncio.gather(*taps, return_exceptions=True)
    assert all(not isinstance(one, BaseException) or isinstance(one, StillPreparing) for one in results), results
    waiting = [n for n, told in desk.channel.trades.items() if told.state is TradeState.WAITING]
    live = [a for a in await desk.attempts(order) if a.state not in {AttemptState.CLOSED, AttemptState.FAILED}]
    assert [(a.state, a.token is not None) for a in live] == [(AttemptState.PREPARED, True)]
    assert waiting == [live[0].out_trade_no]
    assert live[0].id in [one.payment_id for one in results if isinstance(one, PaymentView) and one.invoke]
    assert (await desk.pay(lin, order, "the last")).invoke is not None


async def test_who_is_being_prepared_is_not_ended_by_five_other_taps(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    others: list[PaymentView | BaseException] = []

    async def five_more() -> None:
        taps = [desk.pay(lin, order, f"other {n}") for n in range(5)]
        others.extend(await asyncio.gather(*taps, return_exceptions=True))

    desk.channel.before["prepare"] = five_more
    view = await desk.pay(lin, order, "first")
    assert (view.state, view.invoke is not None) == (AttemptState.PREPARED, True)
    assert [type(one) for one in others] == [StillPreparing] * 5
    assert [name for name, _ in desk.channel.calls] == ["prepare"]
    assert (await desk.pay(lin, order, "the last")).invoke is not None


async def test_a_tap_that_others_keep_overtaking_leaves_the_last_one_its_cashier(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order, "one")
    faster: list[PaymentView] = []

    async def overtake() -> None:
        if len(faster) < 2:
            faster.append(await desk.pay(lin, order, f"faster {len(faster)}"))
            desk.channel.before["close"] = overtake

    desk.channel.before["close"] = overtake
    with pytest.raises(StillPreparing):
        await desk.pay(lin, order, "slow")
    assert [(a.state, a.id) for a in await desk.attempts(order) if a.state is not AttemptState.CLOSED] == [
        (AttemptState.PREPARED, faster[-1].payment_id)
    ]


async def test_another_tap_takes_over_what_a_crash_left_preparing(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    desk.channel.faults["prepare"] = ["killed_after"]
    with pytest.raises(Killed):
        await desk.pay(lin, order, "killed")
    with pytest.raises(StillPreparing):
        await desk.pay(lin, order, "another")
    await desk.forward(seconds=30)
    assert (await desk.pay(lin, order, "another")).invoke is not None
    assert [a.state for a in await desk.attempts(order)] == [AttemptState.CLOSED, AttemptState.PREPARED]


async def test_a_token_that_comes_after_the_end_is_thrown_away(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    desk.channel.before["prepare"] = lambda: desk.close(order)
    assert (await desk.pay(lin, order, "tap")).invoke is None
    assert [(a.state, a.token) for a in await desk.attempts(order)] == [(AttemptState.CLOSED, None)]
    assert (await desk.read(order)).state is OrderState.CLOSED


async def test_who_may_pay_and_when(desk: Desk) -> None:
    lin, other = await desk.person(), await desk.person()
    order = await desk.order(lin)
    with pytest.raises(NotFound):
        await desk.pay(other, order)
    with pytest.raises(MethodUnknown):
        await flows.pay(
            desk.db, desk.channels, desk.knobs, desk.vault, order_id=order.id, by=lin, method="cash", key="x"
        )
    await desk.set(settings.PAUSE, settings.Pause(on=True, start="00:00", end="23:59"))
    with pytest.raises(PaymentPaused) as refused:
        await desk.pay(lin, order)
    assert "日终结算" in refused.value.title("zh")
    await desk.set(settings.PAUSE, settings.Pause())
    await desk.set(settings.ATTEMPTS_MOST, 1)
    await desk.pay(lin, order, "one")
    with pytest.raises(TooManyAttempts):
        await desk.pay(lin, order, "two")
    await desk.forward(minutes=16)
    with pytest.raises(OrderEnded):
        await desk.pay(lin, order, "three")
    with pytest.raises(NotFound):
        await flows.check(desk.db, desk.channels, desk.knobs, order_id=uuid4(), by=lin, said=None)


async def test_the_phone_s_word_is_a_hint(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order)
    shown = await desk.check(lin, order, "ok")
    assert (shown.state, shown.shown) == (OrderState.OPEN, Shown.PAYING)
    desk.channel.person_pays(desk.number(order), notify=False)
    await desk.forward(seconds=2)
    assert (await desk.check(lin, order)).shown is Shown.PAID


async def test_a_check_while_the_channel_is_silent_changes_nothing(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order)
    desk.channel.person_pays(desk.number(order), notify=False)
    desk.channel.faults["query"] = ["lost_before"]
    assert (await desk.check(lin, order, "ok")).shown is Shown.PAYING
    # Asked again at once, the channel is spared.
    assert (await desk.check(lin, order)).shown is Shown.PAYING
    assert [name for name, _ in desk.channel.calls] == ["prepare", "query"]


async def test_an_order_is_opened_once_for_its_subject(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    async with desk.db.tx() as tx:
        again = await tx.value(
            "SELECT count(*) FROM payments.orders WHERE subject_id = %s AND no = %s", (order.subject_id, order.no)
        )
    assert again == 1
