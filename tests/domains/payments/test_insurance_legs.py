"""An order that an insurance pays a part of: both legs or none, and the ledger balances in every order of events."""

import pytest

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.payments import flows, service
from jiuyi.domains.payments.errors import InsuranceInHand, InsuredRefundWhole, OrderPaidAlready, RefundNotPossible
from jiuyi.domains.payments.types import Cause, InsuranceLeg, LegState, Order, OrderState, Shares, Shown
from jiuyi.kit.ids import new_id
from jiuyi.kit.outcomes import Unanswered
from tests.domains.payments.desk import Desk

pytestmark = pytest.mark.feature("I08")
PAYER = "national_centre"
SHARES = Shares(pooled_fen=900, personal_account_fen=200)


async def agreed(desk: Desk, by: Principal, shares: Shares = SHARES) -> Order:
    order = await desk.order(by, 1500)
    async with desk.db.tx() as tx:
        return await service.agree_insurance(tx, order.id, new_id(), payer=PAYER, shares=shares)


async def leg(desk: Desk, order: Order) -> InsuranceLeg:
    async with desk.db.tx() as tx:
        found = await service.insurance_leg(tx, order.id)
    assert found is not None
    return found


async def pay_own(desk: Desk, by: Principal, order: Order) -> None:
    view = await flows.pay(
        desk.db,
        desk.channels,
        desk.knobs,
        desk.vault,
        order_id=order.id,
        by=by,
        method="wechat_jsapi",
        key="own-part",
        beside_insurance=True,
    )
    assert desk.channel.person_pays((await desk.attempt(view.payment_id)).out_trade_no)
    await desk.deliver()


async def insurance_pays(desk: Desk, order: Order) -> None:
    found = await leg(desk, order)
    for _ in range(2):
        async with desk.db.tx() as tx:
            await service.insurance_paid(tx, found.id, settle_no="HI1", who="test")
    await desk.work()


@pytest.mark.parametrize("first", ["own", "insurance"])
async def test_the_order_is_paid_when_both_legs_are_in(desk: Desk, first: str) -> None:
    by = await desk.person()
    order = await agreed(desk, by)
    assert (order.insurance_fen, order.own_fen, order.shown) == (1100, 400, Shown.PAYING)
    if first == "own":
        await pay_own(desk, by, order)
    else:
        await insurance_pays(desk, order)
    assert (await desk.read(order)).state is OrderState.OPEN
    assert "order_paid" not in desk.events()
    if first == "own":
        await insurance_pays(desk, order)
    else:
        await pay_own(desk, by, order)
    assert (await desk.read(order)).state is OrderState.PAID
    assert desk.events().count("order_paid") == 1
    assert await desk.ledger() == {
        "channel:wechat": 400,
        f"insurance:{PAYER}": 1100,
        "hospital:income": -1500,
        "patient:order": 0,
    }
    async with desk.db.tx() as tx:
        proof = await service.proof(tx, order.id)
    assert (proof.channel, proof.amount_fen) == ("wechat", 1500)


async def test_an_order_that_insurance_pays_wholly_needs_no_channel(desk: Desk) -> None:
    by = await desk.person()
    order = await agreed(desk, by, Shares(1000, 500))
    with pytest.raises(OrderPaidAlready):
        await pay_own(desk, by, order)
    await insurance_pays(desk, order)
    paid = await desk.read(order)
    assert (paid.state, paid.channel) == (OrderState.PAID, "insurance")
    async with desk.db.tx() as tx:
        assert (await service.proof(tx, order.id)).transaction_id == "HI1"
        assert await service.request_refund(tx, order.id, 1500, "取消", "cancelled") is None
    assert (await desk.read(order)).shown is Shown.REFUNDING
    async with desk.db.tx() as tx:
        await service.insurance_returned(tx, (await leg(desk, order)).id, who="test")
    assert (await desk.read(order)).shown is Shown.REFUNDED


async def test_while_insurance_settles_nobody_pays_the_order_another_way(desk: Desk) -> None:
    by = await desk.person()
    order = await agreed(desk, by)
    with pytest.raises(InsuranceInHand):
        await desk.pay(by, order)
    with pytest.raises(InsuranceInHand):
        async with desk.db.tx() as tx:
            await service.agree_insurance(tx, order.id, new_id(), payer=PAYER, shares=SHARES)


async def test_insurance_that_does_not_come_sends_the_own_part_back(desk: Desk) -> None:
    by = await desk.person()
    order = await agreed(desk, by)
    await pay_own(desk, by, order)
    dropped = (await leg(desk, order)).id
    for each in (dropped, dropped, new_id()):
        async with desk.db.tx() as tx:
            await service.drop_insurance(tx, each, who="test", why="refused")
    await desk.work()
    (refund,) = await desk.refunds(order)
    assert (refund.cause, refund.amount_fen) == (Cause.HALF, 400)
    desk.channel.settle(refund.out_refund_no)
    await desk.deliver()
    again = await desk.read(order)
    assert (again.state, again.insurance_fen, again.own_fen) == (OrderState.OPEN, 0, 1500)
    # The explicit choice to pay oneself: the whole amount, a new number.
    view = await desk.pay(by, order, key="pay-oneself")
    assert desk.channel.person_pays((await desk.attempt(view.payment_id)).out_trade_no)
    await desk.deliver()
    assert (await desk.read(order)).state is OrderState.PAID
    assert (await desk.ledger())["channel:wechat"] == 1500


async def test_an_own_part_begun_for_another_split_is_not_enough(desk: Desk) -> None:
    """The notice of the own part comes after the insurance was dropped: it must not pay the whole order."""
    by = await desk.person()
    order = await agreed(desk, by)
    view = await flows.pay(
        desk.db,
        desk.channels,
        desk.knobs,
        desk.vault,
        order_id=order.id,
        by=by,
        method="wechat_jsapi",
        key="own-part",
        beside_insurance=True,
    )
    async with desk.db.tx() as tx:
        await service.drop_insurance(tx, (await leg(desk, order)).id, who="test", why="refused")
    assert desk.channel.person_pays((await desk.attempt(view.payment_id)).out_trade_no)
    await desk.deliver()
    assert (await desk.read(order)).state is OrderState.OPEN
    assert [one.cause for one in await desk.refunds(order)] == [Cause.HALF]


async def test_insurance_that_came_alone_is_taken_back_and_the_order_closes(desk: Desk) -> None:
    by = await desk.person()
    order = await agreed(desk, by)
    await insurance_pays(desk, order)
    with pytest.raises(Unanswered):
        await desk.close(order)
    async with desk.db.tx() as tx:
        await service.return_insurance(tx, (await leg(desk, order)).id, who="test", why="own part not paid")
    assert await desk.close(order) == "closed"
    async with desk.db.tx() as tx:
        await service.insurance_returned(tx, (await leg(desk, order)).id, who="test")
    ended = await desk.read(order)
    assert (ended.shown, (await leg(desk, order)).state) == (Shown.REFUNDED, LegState.RETURNED)


async def test_insurance_that_settles_after_it_was_dropped_goes_back(desk: Desk) -> None:
    by = await desk.person()
    order = await agreed(desk, by)
    dropped = (await leg(desk, order)).id
    async with desk.db.tx() as tx:
        await service.drop_insurance(tx, dropped, who="test", why="no answer")
        await service.insurance_paid(tx, dropped, settle_no="HI2", who="test")
    found = await leg(desk, order)
    assert (found.state, found.cause) == (LegState.RETURNING, Cause.LATE)
    assert (await desk.read(order)).state is OrderState.OPEN


async def test_refunds_send_the_own_part_only_after_the_insurance(desk: Desk) -> None:
    by = await desk.person()
    order = await agreed(desk, by)
    await pay_own(desk, by, order)
    await insurance_pays(desk, order)
    with pytest.raises(InsuredRefundWhole):
        await desk.refund(order, 300, key="part")
    refund = await desk.refund(order, 1500)
    assert refund.amount_fen == 400
    await desk.work()
    assert not desk.channel.backs
    async with desk.db.tx() as tx:
        await service.insurance_returned(tx, (await leg(desk, order)).id, who="test")
    await desk.work()
    desk.channel.settle(refund.out_refund_no)
    await desk.deliver()
    assert (await desk.read(order)).shown is Shown.REFUNDED
    assert {account: fen for account, fen in (await desk.ledger()).items() if fen} == {}


async def test_what_is_not_paid_has_nothing_to_give_back(desk: Desk) -> None:
    order = await agreed(desk, await desk.person())
    with pytest.raises(RefundNotPossible):
        await desk.refund(order, 1500)
