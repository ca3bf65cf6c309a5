"""A notice lost, twice, forged, reordered, before the response, about other facts, with parts missing."""

from typing import Any

import msgspec
import pytest

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments import service
from jiuyi.domains.payments.errors import OrderUnderReview, RefundNotPossible
from jiuyi.domains.payments.ports import NoticeRefused
from jiuyi.domains.payments.service.alarms import ALARMS
from jiuyi.domains.payments.types import (
    Attempt,
    AttemptState,
    Order,
    OrderState,
    Refund,
    Shown,
    Trade,
    TradeState,
    Verdict,
)
from jiuyi.kit import inbox
from jiuyi.kit.outcomes import Unanswered
from tests.domains.payments.desk import Desk

pytestmark = pytest.mark.feature("F02", "I06")
TRADE_FACTS = [field.name for field in msgspec.structs.fields(Trade)]


async def prepared(desk: Desk, fen: int = 1500) -> Order:
    lin = await desk.person()
    order = await desk.order(lin, fen)
    await desk.pay(lin, order)
    return order


async def test_lost(desk: Desk) -> None:
    order = await prepared(desk)
    desk.channel.person_pays(desk.number(order), notify=False)
    await desk.forward(seconds=15)
    await desk.sweep()
    assert (await desk.read(order)).state is OrderState.PAID
    assert desk.events() == ["order_paid"]


async def test_asked_with_growing_patience(desk: Desk) -> None:
    await prepared(desk)
    for _ in range(60):
        await desk.forward(seconds=10)
        await desk.sweep()
    asked = [name for name, _ in desk.channel.calls if name == "query"]
    assert 4 <= len(asked) <= 8


async def test_twice_and_after_the_query(desk: Desk) -> None:
    order = await prepared(desk)
    desk.channel.person_pays(desk.number(order))
    await desk.forward(seconds=15)
    await desk.sweep()
    desk.channel.notify(desk.number(order))
    await desk.deliver(times=3)
    assert desk.events() == ["order_paid"]
    assert (await desk.ledger())["channel:wechat"] == 1500


async def test_forged(desk: Desk) -> None:
    order = await prepared(desk)
    desk.channel.person_pays(desk.number(order))
    forged = desk.channel.forged(desk.channel.notices.pop())
    with pytest.raises(NoticeRefused):
        await desk.receive(forged)
    await desk.work()
    assert (await desk.read(order)).state is OrderState.OPEN


async def test_before_the_response(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)

    async def paid_already() -> None:
        # The channel made it, the patient paid it, and the notice overtakes our answer.
        attempt = (await desk.attempts(order))[0]
        facts = msgspec.to_builtins(
            Trade(
                attempt.out_trade_no,
                TradeState.PAID,
                attempt.merchant_id,
                attempt.app_id,
                "4200000001",
                1500,
                "CNY",
                desk.channel.clock(),
            )
        )
        await desk.receive(desk.channel._send("payment", facts))
        await desk.work()

    desk.channel.before["prepare"] = paid_already
    view = await desk.pay(lin, order)
    assert (view.state, view.invoke) == (AttemptState.PAID, None)
    assert (await desk.read(order)).shown is Shown.PAID


@pytest.mark.parametrize(
    "other",
    [{"total_fen": 1499}, {"merchant_id": "1900000002"}, {"app_id": "wx9999999999999999"}, {"currency": "USD"}],
)
async def test_other_facts_freeze_and_the_channel_s_answer_settles(desk: Desk, other: dict[str, Any]) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order)
    desk.channel.person_pays(desk.number(order), notify=False)
    await desk.receive(desk.channel.notify(desk.number(order), **other))
    desk.channel.faults["query"] = ["lost_before"]
    with pytest.raises(Unanswered):
        await desk.work()
    frozen = await desk.read(order)
    assert frozen.frozen_why == f"notice: {next(iter(other))}"
    assert frozen.state is OrderState.OPEN
    assert await desk.alarms() == ["mismatch"]
    with pytest.raises(OrderUnderReview):
        await desk.pay(lin, order, "again")
    await desk.forward(seconds=15)
    await desk.sweep()
    settled = await desk.read(order)
    assert (settled.state, settled.frozen) == (OrderState.PAID, False)


@pytest.mark.parametrize("missing", TRADE_FACTS)
async def test_a_missing_fact_is_refused_at_the_door(desk: Desk, missing: str) -> None:
    order = await prepared(desk)
    desk.channel.person_pays(desk.number(order), notify=False)
    with pytest.raises(NoticeRefused):
        await desk.receive(desk.channel.notify(desk.number(order), **{missing: None}))
    assert (await desk.read(order)).state is OrderState.OPEN


@pytest.mark.parametrize("missing", [name for name in TRADE_FACTS if name not in {"out_trade_no", "state"}])
async def test_even_past_the_door_a_missing_fact_pays_nothing(desk: Desk, missing: str) -> None:
    order = await prepared(desk)
    sent = (
        desk.channel.notify(desk.number(order)) if desk.channel.person_pays(desk.number(order), notify=False) else None
    )
    assert sent is not None
    notice = desk.channel.read_notice(sent.headers, sent.body)
    facts = {name: value for name, value in notice.data.items() if name != missing}
    await inbox.receive(desk.db, desk.routes, msgspec.structs.replace(notice, data=facts))
    desk.channel.trades[desk.number(order)].state = TradeState.WAITING
    await desk.work()
    order = await desk.read(order)
    assert (order.state, order.frozen) == (OrderState.OPEN, True)


async def test_about_a_number_that_is_not_ours(desk: Desk) -> None:
    order = await prepared(desk)
    desk.channel.person_pays(desk.number(order), notify=False)
    await desk.receive(desk.channel.notify(desk.number(order), out_trade_no="P000000000000000001"))
    await desk.work()
    assert await desk.alarms() == ["stranger"]
    assert (await desk.read(order)).state is OrderState.OPEN


async def test_one_order_s_notice_never_pays_another(desk: Desk) -> None:
    cheap, dear = await prepared(desk, 100), await prepared(desk, 50000)
    desk.channel.person_pays(desk.number(cheap), notify=False)
    await desk.receive(desk.channel.notify(desk.number(cheap), out_trade_no=desk.number(dear)))
    await desk.work()
    assert (await desk.read(dear)).paid_fen == 0
    assert (await desk.read(dear)).frozen


async def test_late_is_sent_back_by_itself(desk: Desk) -> None:
    order = await prepared(desk)
    desk.channel.person_pays(desk.number(order))
    notice = desk.channel.notices.pop()
    # The channel's state was lost for a moment: it says closed, and pays afterwards.
    desk.channel.trades[desk.number(order)].state = TradeState.CLOSED
    assert await desk.close(order) == "closed"
    desk.channel.trades[desk.number(order)].state = TradeState.PAID
    await desk.receive(notice)
    await desk.work()
    back = (await desk.refunds(order))[0]
    assert (back.cause, back.amount_fen, back.reason) == ("late", 1500, "超时支付，自动原路退回")
    assert (await desk.read(order)).shown is Shown.REFUNDING
    desk.channel.settle(back.out_refund_no)
    await desk.deliver(times=2)
    assert (await desk.read(order)).shown is Shown.REFUNDED
    assert desk.events() == ["order_closed", "payment_returned", "refund_done"]
    assert set((await desk.ledger()).values()) == {0}


async def test_late_money_is_found_by_the_last_look_when_the_notice_is_lost(desk: Desk) -> None:
    order = await prepared(desk)
    desk.channel.person_pays(desk.number(order), notify=False)
    desk.channel.trades[desk.number(order)].state = TradeState.CLOSED
    await desk.close(order)
    desk.channel.trades[desk.number(order)].state = TradeState.PAID
    await desk.forward(seconds=700)
    await desk.sweep()
    assert [back.cause for back in await desk.refunds(order)] == ["late"]


async def test_duplicate_is_sent_back_and_the_order_stays_paid(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order, "one")
    await desk.pay(lin, order, "two")
    desk.channel.trades[desk.number(order, 1)].state = TradeState.WAITING
    for seq in (2, 1):
        assert desk.channel.person_pays(desk.number(order, seq))
    await desk.deliver(times=2)
    verdicts = [a.verdict for a in await desk.attempts(order)]
    assert verdicts == [Verdict.DUPLICATE, Verdict.ACCEPTED]
    back = (await desk.refunds(order))[0]
    desk.channel.settle(back.out_refund_no)
    await desk.deliver()
    paid = await desk.read(order)
    assert (paid.shown, paid.paid_fen, paid.refunded_fen, paid.received_fen) == (Shown.PAID, 1500, 0, 3000)
    assert desk.events() == ["order_paid", "payment_returned", "refund_done"]
    ledger = await desk.ledger()
    assert (ledger["channel:wechat"], ledger["hospital:income"]) == (1500, -1500)


async def test_a_wrong_amount_in_the_signed_answer_waits_in_suspense(desk: Desk) -> None:
    order = await prepared(desk)
    desk.channel.person_pays(desk.number(order), fen=1400)
    await desk.deliver()
    frozen = await desk.read(order)
    assert (frozen.state, frozen.frozen, frozen.paid_fen) == (OrderState.OPEN, True, 0)
    assert await desk.ledger() == {"channel:wechat": 1400, "suspense:mismatch": -1400}
    assert desk.events() == ["order_frozen"]
    # The hold ends, the order too; the money stays listed for people.
    await desk.forward(minutes=16)
    await desk.sweep()
    assert (await desk.read(order)).state is OrderState.CLOSED
    assert "suspense:mismatch" in await desk.ledger()


async def send_back(desk: Desk, attempt: Attempt) -> Refund:
    async with desk.db.tx() as tx:
        return await service.return_suspended(
            tx, attempt.id, actor=Actor.system("test"), why="the patient called", knobs=desk.knobs
        )


async def test_staff_send_suspended_money_back(desk: Desk) -> None:
    order = await prepared(desk)
    desk.channel.person_pays(desk.number(order), fen=1400)
    await desk.deliver()
    attempt = (await desk.attempts(order))[0]
    made = await send_back(desk, attempt)
    assert await send_back(desk, attempt) == made
    await desk.work()
    desk.channel.settle(made.out_refund_no)
    await desk.deliver()
    assert set((await desk.ledger()).values()) == {0}
    assert not (await desk.read(order)).frozen
    good = (await desk.attempts(await desk.paid(await desk.person())))[0]
    with pytest.raises(RefundNotPossible):
        await send_back(desk, good)


async def test_a_frozen_order_with_money_in_suspense_stays_frozen(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order, "one")
    await desk.pay(lin, order, "two")
    desk.channel.trades[desk.number(order, 1)].state = TradeState.WAITING
    desk.channel.person_pays(desk.number(order, 1), fen=1)
    await desk.deliver()
    assert (await desk.read(order)).frozen
    # The other attempt ends unpaid; the doubt about the first is not gone with it.
    await desk.close(order)
    assert (await desk.read(order)).frozen


async def test_an_answer_that_cannot_be_trusted_is_an_alarm(desk: Desk) -> None:
    lin = await desk.person()
    order = await desk.order(lin)
    await desk.pay(lin, order)
    before = ALARMS.labels("garbled")._value.get()
    desk.channel.faults["query"] = ["garbled"]
    await desk.check(lin, order)
    assert ALARMS.labels("garbled")._value.get() == before + 1
