import asyncio
from itertools import pairwise

import pytest

from jiuyi.domains.payments import service
from jiuyi.domains.payments.service.due import due_orders
from jiuyi.domains.payments.types import AttemptState, CloseOutcome, OrderState
from jiuyi.kit.outcomes import NotDone
from tests.domains.payments.desk import Desk
from tests.support.memory_channel import Fault, Killed

pytestmark = pytest.mark.feature("F02", "I06")


async def test_nothing_was_begun(desk: Desk) -> None:
    order = await desk.order(await desk.person())
    assert await desk.close(order) == "closed"
    assert await desk.close(order) == "closed"
    await desk.work()
    assert desk.events() == ["order_closed"]
    assert desk.channel.calls == []


async def test_an_open_attempt_is_closed_at_the_channel_first(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order)
    assert await desk.close(order) == "closed"
    assert not desk.channel.person_pays(desk.number(order))


async def test_found_paid(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order)
    desk.channel.person_pays(desk.number(order), notify=False)
    assert await desk.close(order) == "paid"
    await desk.work()
    assert desk.events() == ["order_paid"]
    assert await desk.close(order) == "paid"


@pytest.mark.parametrize(
    "fault", ["refused", "unreachable", "lost_before", "lost_after", "killed_before", "killed_after"]
)
async def test_a_silent_channel_leaves_it_closing_until_it_speaks(desk: Desk, fault: Fault) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order)
    desk.channel.faults["close"] = [fault]
    with pytest.raises((NotDone, Killed)):
        await desk.close(order)
    assert (await desk.read(order)).state is OrderState.CLOSING
    await desk.work()
    assert desk.events() == []
    await desk.forward(seconds=15)
    await desk.sweep()
    await desk.sweep()
    assert (await desk.read(order)).state is OrderState.CLOSED
    assert desk.events() == ["order_closed"]


async def test_killed_between_claiming_and_closing_the_attempt(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order)
    async with desk.db.tx() as tx:
        await service.begin_closing(tx, order.id, who="test")
    await desk.forward(seconds=15)
    await desk.sweep()
    await desk.sweep()
    assert (await desk.read(order)).state is OrderState.CLOSED


async def test_the_sweeper_closes_what_is_over(desk: Desk) -> None:
    lin = await desk.person()
    untouched, begun = await desk.order(lin), await desk.order(lin)
    await desk.pay(lin, begun)
    await desk.forward(minutes=14)
    await desk.sweep()
    assert (await desk.read(untouched)).state is OrderState.OPEN
    await desk.forward(minutes=2)
    await desk.sweep()
    await desk.sweep()
    assert {(await desk.read(each)).state for each in (untouched, begun)} == {OrderState.CLOSED}
    assert desk.events() == ["order_closed"] * 2


async def test_paying_and_closing_at_once_never_lose_money(desk: Desk) -> None:
    lin = await desk.person()
    for _ in range(5):
        order = await desk.order(lin)
        view = await desk.pay(lin, order)

        async def patient(number: str = desk.number(order)) -> None:
            desk.channel.person_pays(number)
            await desk.deliver()

        outcome, _ = await asyncio.gather(desk.close(order), patient(), return_exceptions=True)
        await desk.deliver()
        ended = await desk.read(order)
        attempt = await desk.attempt(view.payment_id)
        assert (ended.state is OrderState.PAID) == (attempt.state is AttemptState.PAID)
        assert outcome in {"paid", "closed"}
        assert ended.received_fen == (1500 if ended.state is OrderState.PAID else 0)


async def test_an_order_that_stays_due_comes_ever_more_slowly(desk: Desk) -> None:
    order = await desk.order(await desk.person())
    await desk.forward(seconds=3600)
    taken = []
    for second in range(0, 600, 3):
        async with desk.db.tx() as tx:
            if order.id in await due_orders(tx, knobs=desk.knobs, most=1000):
                taken.append(second)
        await desk.forward(seconds=3)
    gaps = [later - earlier for earlier, later in pairwise(taken)]
    assert 5 <= len(taken) <= 9, taken  # six by the clock that is moved; real seconds pass as well
    assert gaps == sorted(gaps)
    await desk.forward(seconds=400)
    await desk.sweep()
    assert (await desk.read(order)).state is OrderState.CLOSED


async def test_what_is_booked_while_the_channel_ends_it_is_for_people(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order)
    close = desk.channel.close

    async def told_meanwhile(out_trade_no: str) -> CloseOutcome:
        desk.channel.person_pays(out_trade_no)
        await desk.deliver()
        desk.channel.trades.pop(out_trade_no)
        return await close(out_trade_no)

    monkeypatch.setattr(desk.channel, "close", told_meanwhile)
    assert await desk.close(order) == "paid"
    assert await desk.alarms() == ["paid_and_gone"]
