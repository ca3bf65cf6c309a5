"""Orders of an account that has become part of another one, also while a payment is open."""

import pytest

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts import settings as account_settings
from jiuyi.domains.accounts.types import Channel, ChannelUser, Joined, Principal
from jiuyi.domains.payments import service
from jiuyi.domains.payments.types import OrderState
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import NotFound
from tests.domains.payments.desk import Desk
from tests.support.memory_channel import APP, MemoryChannel

pytestmark = pytest.mark.feature("F01", "I06")
KNOBS = Knobs(account_settings.KNOBS)


async def _in_alipay(desk: Desk) -> Principal:
    async with desk.db.tx() as tx:
        user = ChannelUser(subject="life-of-lin", nickname="Lin")
        identity = await accounts.identity_for(tx, desk.vault, Channel.ALIPAY_LIFE, user)
    return Principal(identity.account_id, identity.id, new_id(), Channel.ALIPAY_LIFE, None)


async def _joined(desk: Desk, here: Principal, there: Principal) -> tuple[Principal, Principal]:
    """`here` asks, and becomes part of `there`: both as their next sessions know them."""
    async with desk.db.tx() as tx:
        row = await accounts.open_joining(tx, desk.vault, KNOBS, here, "13800002046", there.account_id)
        joined = Joined(there.account_id, here.account_id)
        await accounts.join(tx, desk.vault, KNOBS, here, row, joined=joined, consent="account_joining@1", gains=True)
    one, absorbed = there.account_id, (here.account_id,)
    return (
        Principal(one, here.identity_id, new_id(), here.channel, None, joined=absorbed),
        Principal(one, there.identity_id, new_id(), there.channel, None, joined=absorbed),
    )


async def test_a_payment_that_is_open_ends_where_it_began(desk: Desk) -> None:
    wechat, alipay = await desk.person(), await _in_alipay(desk)
    order = await desk.order(wechat)
    await desk.pay(wechat, order)
    with pytest.raises(NotFound):
        async with desk.db.tx() as tx:
            await service.access_order(tx, order.id, alipay)
    wechat, alipay = await _joined(desk, wechat, alipay)
    desk.channel.person_pays(desk.number(order))
    await desk.deliver()
    assert (await desk.read(order)).state is OrderState.PAID
    async with desk.db.tx() as tx:
        for person in (wechat, alipay):
            assert (await service.access_order(tx, order.id, person)).paid_fen == 1500
        assert await accounts.messages_channel(tx, order.account_id) is not None


async def test_what_is_paid_afterwards_is_paid_by_the_way_in_that_is_used(desk: Desk) -> None:
    life = MemoryChannel(name="alipay", system="alipay", app_ids={"alipay_life": APP})
    desk = Desk(desk.db, more={"alipay_jsapi": life})
    wechat, alipay = await _joined(desk, await desk.person(), await _in_alipay(desk))
    order = await desk.order(wechat)
    await desk.pay(wechat, order)
    payer = desk.channel.trades[desk.number(order)].ask.payer
    assert payer.startswith("o")
    wechat_channel, desk.channel = desk.channel, life
    await desk.pay(alipay, order, key="second")
    # The first payment was ended at its own channel before the second began.
    assert [one.ask.payer for one in life.trades.values()] == ["life-of-lin"]
    assert [str(one.state) for one in wechat_channel.trades.values()] == ["closed"]
    assert sum((await desk.ledger()).values()) == 0
