"""The patient agreed, left the cashier, and takes the agreement back: nothing is left of it, or it was paid."""

import pytest

from jiuyi.domains.insurance.types import ENDED, Mix, MixAsk, PayerState, SettlementState, TaskKind
from jiuyi.domains.payments.types import OrderState
from jiuyi.kit.problems import NotFound
from tests.domains.insurance.window import Window

pytestmark = [pytest.mark.feature("F04"), pytest.mark.feature("I08")]
S = SettlementState


async def test_what_was_not_paid_is_withdrawn_and_the_order_is_paid_oneself(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    await window.settle(by, row)
    ended = await window.settling.call_off(row.id, by)
    assert (ended.state, ended.fault) == (S.DROPPED, "called_off")
    assert window.payer.orders[row.no].state is PayerState.CANCELLED
    assert (await window.settling.call_off(row.id, by)).state is S.DROPPED
    view = await window.pay(by, order, key="pay-oneself")
    made = await window.attempt(view.payment_id)
    assert made.amount_fen == 1500
    assert window.channel.person_pays(made.out_trade_no)
    await window.deliver()
    assert (await window.read(order)).state is OrderState.PAID


async def test_called_off_while_the_cashier_opens_it_opens_nothing(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    opens = window.cashier.open

    async def called_off_meanwhile(ask: MixAsk) -> Mix:
        await window.settling.call_off(row.id, by)
        return await opens(ask)

    monkeypatch.setattr(window.cashier, "open", called_off_meanwhile)
    assert await window.settle(by, row) is None
    await window.sweep_all()
    assert (await window.now(row)).state in ENDED
    assert (await window.read(order)).received_fen == 0


async def test_another_class_may_be_chosen_after_it(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    await window.settle(by, row)
    await window.settling.call_off(row.id, by)
    again = await window.presettled(by, order, key="begin-02")
    assert again.state is S.PRESETTLED
    assert again.id != row.id


@pytest.mark.parametrize("own", [True, False])
async def test_what_was_paid_after_all_stands_or_goes_back_whole(window: Window, *, own: bool) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    await window.settle(by, row)
    window.cashier.person_confirms(own=own)
    await window.settling.call_off(row.id, by)
    for _ in range(3):
        await window.sweep_all()
        await window.deliver()
    ended = await window.now(row)
    assert ended.state is (S.DONE if own else S.REVERSED)
    assert ((await window.read(order)).state is OrderState.PAID) is own


@pytest.mark.parametrize("fault", ["lost_before", "lost_after"])
@pytest.mark.parametrize("where", ["withdraw", "close"])
async def test_silence_leaves_it_to_the_sweeper(window: Window, where: str, fault: str) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    await window.settle(by, row)
    (window.payer if where == "withdraw" else window.channel).faults[where] = [fault]  # type: ignore[list-item]
    held = await window.settling.call_off(row.id, by)
    assert held.state in {S.DROPPING, S.DROPPED}
    await window.sweep_all()
    assert (await window.now(row)).state is S.DROPPED
    assert window.payer.orders[row.no].state is PayerState.CANCELLED


async def test_only_what_is_agreed_to_and_only_by_its_own_account(window: Window) -> None:
    by = await window.person()
    row = await window.presettled(by, await window.insured_order(by))
    assert (await window.settling.call_off(row.id, by)).state is S.PRESETTLED
    with pytest.raises(NotFound):
        await window.settling.call_off(row.id, await window.person())


async def test_people_are_told_again_of_what_comes_back_after_it_was_done(window: Window) -> None:
    by = await window.person()
    row = await window.presettled(by, await window.insured_order(by))
    await window.settle(by, row)
    order = window.payer.orders[row.no]
    order.state = PayerState.EXCEPTION
    await window.outcome.look(row.id)
    [first] = await window.tasks()
    order.state = PayerState.FAILED
    await window.outcome.look(row.id)
    assert (await window.now(row)).state is S.REFUSED
    assert not await window.tasks()
    order.state, order.settle_no = PayerState.SETTLED, "HI-late"
    await window.outcome.told(row.id)
    [again] = await window.tasks()
    assert (again.kind, "HI-late" in again.detail, first.detail != again.detail) == (TaskKind.EXCEPTION, True, True)
    order.state = PayerState.RETURNED  # people take it back at the insurance


async def test_what_is_settled_after_it_was_given_up_is_told_to_people_once(window: Window) -> None:
    by = await window.person()
    row = await window.presettled(by, await window.insured_order(by))
    await window.settle(by, row)
    await window.settling.call_off(row.id, by)
    assert (await window.outcome.told(row.id)).state is S.DROPPED
    assert not await window.tasks()
    late = window.payer.orders[row.no]
    late.state, late.settle_no = PayerState.SETTLED, "HI-late"
    for _ in range(2):
        assert (await window.outcome.told(row.id)).state is S.DROPPED
    [task] = await window.tasks()
    assert (task.kind, "HI-late" in task.detail) == (TaskKind.EXCEPTION, True)
    late.state = PayerState.RETURNED  # people take it back at the insurance
