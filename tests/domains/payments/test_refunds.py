import pytest

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments import service, settings
from jiuyi.domains.payments.errors import RefundNotPossible, RefundTooMuch
from jiuyi.domains.payments.types import GivenBackState, RefundState, Shown
from tests.domains.payments.desk import Desk
from tests.support.memory_channel import Fault, Killed

pytestmark = pytest.mark.feature("F02", "I06")


async def test_accepted_is_not_done(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.paid(lin)
    asked = await desk.refund(order, 1500)
    await desk.work()
    assert (await desk.refunds(order))[0].state is RefundState.PENDING
    waiting = await desk.read(order)
    assert (waiting.shown, waiting.refunded_fen) == (Shown.REFUNDING, 0)
    assert (await desk.ledger())["clearing:refund"] == -1500
    desk.channel.settle(asked.out_refund_no)
    await desk.deliver(times=2)
    done = await desk.read(order)
    assert (done.shown, done.refunded_fen) == (Shown.REFUNDED, 1500)
    assert desk.events() == ["order_paid", "refund_done"]
    assert set((await desk.ledger()).values()) == {0}


async def test_done_is_found_by_asking_when_the_notice_is_lost(desk: Desk) -> None:
    order = await desk.paid(await desk.person())
    asked = await desk.refund(order, 1500)
    await desk.work()
    desk.channel.settle(asked.out_refund_no, notify=False)
    await desk.forward(seconds=61)
    await desk.sweep()
    assert (await desk.read(order)).shown is Shown.REFUNDED


async def test_the_notice_may_overtake_the_answer(desk: Desk) -> None:
    order = await desk.paid(await desk.person())
    desk.channel.settles = GivenBackState.SUCCESS
    await desk.refund(order, 1500)

    async def overtaken() -> None:
        # The first sending reached the channel, its answer is still under way when the notice arrives.
        desk.channel.settles = GivenBackState.PROCESSING

    desk.channel.before["refund"] = overtaken
    await desk.work()
    asked = (await desk.refunds(order))[0]
    desk.channel.settle(asked.out_refund_no)
    await desk.deliver(times=2)
    assert [back.state for back in await desk.refunds(order)] == [RefundState.DONE]
    assert desk.events().count("refund_done") == 1


async def test_the_refund_s_notice_may_come_before_the_payment_s(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order)
    desk.channel.person_pays(desk.number(order))
    payment = desk.channel.notices.pop()
    await desk.forward(seconds=15)
    await desk.sweep()
    asked = await desk.refund(order, 1500)
    await desk.work()
    desk.channel.settle(asked.out_refund_no)
    await desk.deliver()
    await desk.receive(payment)
    await desk.work()
    assert (await desk.read(order)).shown is Shown.REFUNDED
    assert desk.events() == ["order_paid", "refund_done"]


async def test_asked_twice_promised_once(desk: Desk) -> None:
    order = await desk.paid(await desk.person())
    assert await desk.refund(order, 1500) == await desk.refund(order, 1500)
    await desk.work()
    assert [name for name, _ in desk.channel.calls].count("refund") == 1


async def test_never_more_than_was_paid(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.paid(lin)
    await desk.refund(order, 1000, "a")
    with pytest.raises(RefundTooMuch):
        await desk.refund(order, 501, "b")
    for fen in (0, -1):
        with pytest.raises(RefundTooMuch):
            await desk.refund(order, fen, f"c{fen}")
    await desk.refund(order, 500, "d")
    unpaid = await desk.order(lin)
    with pytest.raises(RefundNotPossible):
        await desk.refund(unpaid, 1, "e")


async def test_parts_are_sent_a_minute_apart(desk: Desk) -> None:
    order = await desk.paid(await desk.person())
    await desk.refund(order, 500, "a")
    await desk.refund(order, 600, "b")
    await desk.work()
    assert [back.state for back in await desk.refunds(order)] == [RefundState.PENDING, RefundState.REQUESTED]
    await desk.forward(seconds=70)
    await desk.sweep()
    assert [back.state for back in await desk.refunds(order)] == [RefundState.PENDING, RefundState.PENDING]
    for back in await desk.refunds(order):
        desk.channel.settle(back.out_refund_no)
    await desk.deliver()
    partly = await desk.read(order)
    assert (partly.shown, partly.refunded_fen, partly.left_fen) == (Shown.PARTLY_REFUNDED, 1100, 400)


async def test_a_low_balance_waits_with_the_same_number(desk: Desk) -> None:
    order = await desk.paid(await desk.person())
    desk.channel.faults["refund"] = ["balance_short"]
    asked = await desk.refund(order, 1500)
    await desk.work()
    assert [(b.state, b.fault) for b in await desk.refunds(order)] == [(RefundState.REQUESTED, "balance_short")]
    assert await desk.alarms() == ["balance_short"]
    await desk.forward(seconds=601)
    await desk.sweep()
    assert [number for name, number in desk.channel.calls if name == "refund"] == [asked.out_refund_no] * 2
    assert (await desk.refunds(order))[0].state is RefundState.PENDING


@pytest.mark.parametrize("fault", ["unreachable", "lost_before", "lost_after", "garbled"])
async def test_doubt_is_asked_about_and_never_sent_twice(desk: Desk, fault: Fault) -> None:
    order = await desk.paid(await desk.person())
    desk.channel.faults["refund"] = [fault]
    asked = await desk.refund(order, 1500)
    await desk.work()
    for _ in range(3):
        await desk.forward(seconds=70)
        await desk.sweep()
    assert (await desk.refunds(order))[0].state is RefundState.PENDING
    sent = [number for name, number in desk.channel.calls if name == "refund"]
    assert sent == [asked.out_refund_no] * (1 if fault in {"lost_after", "garbled"} else 2)
    desk.channel.settle(asked.out_refund_no)
    await desk.deliver()
    assert desk.channel.returned_fen() == 1500


@pytest.mark.parametrize("fault", ["killed_before", "killed_after"])
async def test_killed_while_sending(desk: Desk, fault: Fault) -> None:
    order = await desk.paid(await desk.person())
    desk.channel.faults["refund"] = [fault]
    asked = await desk.refund(order, 1500)
    with pytest.raises(Killed):
        await desk.work()
    assert (await desk.refunds(order))[0].state is RefundState.SENDING
    for _ in range(2):
        await desk.forward(seconds=70)
        await desk.sweep()
    assert (await desk.refunds(order))[0].state is RefundState.PENDING
    desk.channel.settle(asked.out_refund_no)
    await desk.deliver()
    assert desk.channel.returned_fen() == 1500


async def test_abnormal_is_visible_and_may_still_be_solved_at_the_channel(desk: Desk) -> None:
    order = await desk.paid(await desk.person())
    asked = await desk.refund(order, 1500)
    await desk.work()
    desk.channel.settle(asked.out_refund_no, GivenBackState.ABNORMAL)
    await desk.deliver(times=2)
    failed = await desk.read(order)
    assert (failed.refund_failed, failed.shown) == (True, Shown.REFUNDING)
    assert desk.events() == ["order_paid", "refund_failed"]
    assert await desk.alarms() == ["refund_failed"]
    desk.channel.settle(asked.out_refund_no, notify=False)
    await desk.forward(hours=7)
    await desk.sweep()
    assert (await desk.read(order)).shown is Shown.REFUNDED


async def test_one_that_the_channel_has_lost_is_an_alarm_once(desk: Desk) -> None:
    order = await desk.paid(await desk.person())
    asked = await desk.refund(order, 1500)
    await desk.work()
    back = desk.channel.backs.pop(asked.out_refund_no)
    for _ in range(3):
        await desk.forward(hours=7)
        await desk.sweep()
    assert [name for name, _ in desk.channel.calls].count("query_refund") > 1
    assert await desk.alarms() == ["refund_gone"]
    desk.channel.backs[asked.out_refund_no] = back
    desk.channel.settle(asked.out_refund_no)
    await desk.deliver()
    assert (await desk.read(order)).shown is Shown.REFUNDED


async def test_closed_there_is_sent_again_under_a_new_number(desk: Desk) -> None:
    order = await desk.paid(await desk.person())
    asked = await desk.refund(order, 1500)
    await desk.work()
    desk.channel.settle(asked.out_refund_no, GivenBackState.CLOSED)
    await desk.deliver()
    assert (await desk.read(order)).refund_failed
    await desk.forward(seconds=70)
    async with desk.db.tx() as tx:
        again = await service.retry_refund(tx, asked.id, actor=Actor.system("test"), why="looked at")
    assert (again.no, again.out_refund_no) == (asked.no, f"{asked.no}02")
    await desk.forward(seconds=2)
    await desk.sweep()
    desk.channel.settle(again.out_refund_no)
    await desk.deliver()
    assert (await desk.read(order)).shown is Shown.REFUNDED
    assert desk.channel.returned_fen() == 1500


async def test_a_refusal_is_final_and_visible(desk: Desk) -> None:
    order = await desk.paid(await desk.person())
    desk.channel.faults["refund"] = ["refused"]
    await desk.refund(order, 1500)
    await desk.work()
    assert [(b.state, b.fault) for b in await desk.refunds(order)] == [(RefundState.FAILED, "NO_AUTH")]
    assert desk.events() == ["order_paid", "refund_failed"]


async def test_too_old_fails_without_calling(desk: Desk) -> None:
    order = await desk.paid(await desk.person())
    await desk.forward(days=366)
    await desk.refund(order, 1500)
    await desk.work()
    assert [(b.state, b.fault) for b in await desk.refunds(order)] == [(RefundState.FAILED, "too_old")]
    await desk.set(settings.REFUND_DAYS, 365)


@pytest.mark.parametrize("other", [{"refund_fen": 1499}, {"merchant_id": "1900000002"}, {"out_trade_no": "P0"}])
async def test_a_refund_notice_with_other_facts_changes_nothing(desk: Desk, other: dict[str, object]) -> None:
    order = await desk.paid(await desk.person())
    asked = await desk.refund(order, 1500)
    await desk.work()
    desk.channel.settle(asked.out_refund_no, notify=False)
    await desk.receive(desk.channel.notify_refund(asked.out_refund_no, **other))
    await desk.work()
    assert (await desk.refunds(order))[0].state is RefundState.PENDING
    assert await desk.alarms() == ["refund_mismatch"]
    await desk.forward(seconds=61)
    await desk.sweep()
    assert (await desk.refunds(order))[0].state is RefundState.DONE
