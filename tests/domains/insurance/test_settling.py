"""A settlement from consent to both legs, every way it can end, and the worst moments to be interrupted."""

import asyncio
import contextlib

import msgspec
import pytest

from jiuyi.domains.insurance.errors import InsuranceSilent, PresettlementOver
from jiuyi.domains.insurance.settings import CAPABILITIES
from jiuyi.domains.insurance.types import ENDED, InsuranceClass, PayerState, ReverseState, SettlementState, TaskKind
from jiuyi.domains.payments.errors import InsuranceInHand, OrderEnded
from jiuyi.domains.payments.types import Cause, OrderState, Shown
from jiuyi.kit.problems import Problem
from tests.domains.insurance.window import ORIGIN, Window
from tests.support.memory_channel import Killed

pytestmark = [pytest.mark.feature("F04"), pytest.mark.feature("I08")]
S = SettlementState


async def test_both_parts_are_paid_and_the_order_is_done(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    assert (row.state, row.pooled_fen, row.personal_account_fen, row.own_fen) == (S.PRESETTLED, 900, 200, 400)
    assert sum(one.fen for one in row.why_not) == 400
    assert (await window.read(order)).shown is Shown.UNPAID
    invoke = await window.settle(by, row)
    assert invoke is not None
    assert invoke["mixTradeNo"]
    assert invoke["package"]
    with pytest.raises(InsuranceInHand):
        await window.pay(by, order, key="another-way")
    window.cashier.person_confirms()
    await window.deliver(times=2)
    await window.outcome.look(row.id)
    await window.work()
    assert (await window.read(order)).state is OrderState.PAID
    assert (await window.now(row)).state is S.DONE
    assert window.events().count("order_paid") == 1


async def test_two_taps_are_one_payment(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    first, second = await window.settle(by, row), await window.settle(by, row)
    assert first == second
    together = await asyncio.gather(*(window.settle(by, row) for _ in range(3)), return_exceptions=True)
    assert all(one == first for one in together if isinstance(one, dict))
    assert len(window.cashier.mixes) == 1


async def test_what_insurance_pays_wholly_opens_the_cashier_without_a_payment(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    window.payer.account_fen = 100_000
    row = await window.presettled(by, order)
    assert row.own_fen == 0
    assert await window.settle(by, row) == {"mixTradeNo": "MIX000000"}
    window.cashier.person_confirms()
    await window.outcome.look(row.id)
    await window.work()
    assert (await window.read(order)).state is OrderState.PAID
    assert not window.channel.trades


async def test_own_part_fails_and_the_insurance_is_reversed(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    await window.settle(by, row)
    window.cashier.person_confirms(own=False)
    await window.sweep_all()
    assert (await window.now(row)).state is S.REVERSED
    assert (await window.read(order)).paid_fen == 0
    assert list(window.payer.reversals.values()) == [ReverseState.DONE]


@pytest.mark.parametrize("ended", [PayerState.FAILED, PayerState.CANCELLED])
async def test_insurance_fails_and_the_patient_chooses(window: Window, ended: PayerState) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    await window.settle(by, row)
    window.cashier.person_confirms(ended)
    await window.deliver()
    await window.outcome.look(row.id)
    await window.work()
    assert (await window.now(row)).state is S.REFUSED
    (back,) = await window.refunds(order)
    assert (back.cause, back.amount_fen) == (Cause.HALF, 400)
    window.channel.settle(back.out_refund_no)
    await window.deliver()
    await window.settling.pay_oneself(row.id, by)
    view = await window.pay(by, order, key="pay-oneself")
    assert (await window.attempt(view.payment_id)).amount_fen == 1500
    assert window.channel.person_pays((await window.attempt(view.payment_id)).out_trade_no)
    await window.deliver()
    assert (await window.read(order)).state is OrderState.PAID


async def test_what_the_insurance_does_not_know_is_nobodys_guess(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    await window.settle(by, row)
    window.cashier.person_confirms(PayerState.EXCEPTION)
    await window.deliver()
    await window.sweep_all()
    assert (await window.now(row)).state is S.SETTLING
    assert [task.kind for task in await window.tasks()] == [TaskKind.EXCEPTION]
    assert (await window.read(order)).state in {OrderState.OPEN, OrderState.CLOSING}
    window.payer.orders[row.no].state = PayerState.SETTLED
    window.payer.orders[row.no].settle_no = "HI-late"
    await window.outcome.look(row.id)
    await window.work()
    assert (await window.read(order)).state is OrderState.PAID
    assert await window.tasks() == []


async def test_a_settlement_with_other_amounts_is_peoples(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    await window.settle(by, row)
    window.cashier.person_confirms()
    split = window.payer.orders[row.no].split
    assert split is not None
    window.payer.orders[row.no].split = type(split)(1500, 899, 200, 401)
    await window.outcome.look(row.id)
    assert (await window.now(row)).state is S.SETTLING
    assert [task.kind for task in await window.tasks()] == [TaskKind.EXCEPTION]
    window.payer.orders[row.no].split = split
    await window.outcome.look(row.id)
    await window.deliver()


async def test_a_refund_takes_the_insurance_back_first_and_tells_the_channel(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    await window.settle(by, row)
    window.cashier.person_confirms()
    await window.deliver()
    await window.outcome.look(row.id)
    await window.work()
    window.payer.says_next = [ReverseState.UNSURE]
    await window.refund(await window.read(order), 1500)
    await window.work()
    assert (await window.now(row)).state in {S.REVERSING, S.REVERSED}
    await window.sweep_all()
    assert (await window.now(row)).state is S.REVERSED
    (back,) = await window.refunds(order)
    window.channel.settle(back.out_refund_no)
    await window.deliver()
    assert (await window.read(order)).shown is Shown.REFUNDED
    assert [one.out_refund_no for one in window.cashier.told] == [back.out_refund_no]
    order_of_calls = [name for name, _ in window.payer.calls if name == "reverse"]
    assert len(order_of_calls) >= 2
    assert len(set(window.payer.reversals)) == 1


async def test_a_reversal_that_is_refused_is_a_task_and_holds_the_own_part(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    await window.settle(by, row)
    window.cashier.person_confirms()
    await window.deliver()
    await window.outcome.look(row.id)
    await window.work()
    window.payer.says_next = [ReverseState.FAILED] * 40
    await window.refund(await window.read(order), 1500)
    await window.work()
    assert (await window.now(row)).state is S.STUCK
    assert [task.kind for task in await window.tasks()] == [TaskKind.REVERSE_FAILED]
    assert not window.channel.backs
    window.payer.says_next = []
    await window.sweep_all()
    assert (await window.now(row)).state is S.REVERSED
    (back,) = await window.refunds(order)
    window.channel.settle(back.out_refund_no)
    await window.deliver()


async def test_nobody_confirms_and_the_order_ends_with_nothing_open(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    await window.settle(by, row)
    await window.forward(minutes=16)
    for _ in range(3):
        await window.sweep_all()
    assert (await window.now(row)).state in ENDED
    assert (await window.read(order)).state is OrderState.CLOSED
    assert window.payer.orders[row.no].state is PayerState.CANCELLED


async def test_a_split_is_good_for_a_while_only(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    await window.forward(minutes=15, seconds=1)
    with pytest.raises((PresettlementOver, OrderEnded)):
        await window.settle(by, row)
    await window.outcome.sweep()
    await window.outcome.sweep()
    assert (await window.now(row)).state is S.DROPPED


async def test_the_personal_account_may_be_left_alone(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    changed = await window.presettling.use_account(row.id, by, use=False)
    assert (changed.state, changed.personal_account_fen, changed.own_fen) == (S.PRESETTLED, 0, 600)
    assert changed.no == row.no


async def test_his_settles_when_told_and_the_own_part_follows(window: Window) -> None:
    cell = next(one for one in CAPABILITIES.default if one.insurance_class is InsuranceClass.PROVINCE_DIRECT)
    await window.switch(msgspec.structs.replace(cell, payer="his"))
    by = await window.person()
    order = await window.insured_order(by, place="449900")
    row = await window.presettled(by, order, InsuranceClass.PROVINCE_DIRECT)
    assert await window.settle(by, row) is None
    assert (await window.now(row)).state is S.SETTLED
    view = await window.pay(by, order, key="own-part")
    assert (await window.attempt(view.payment_id)).amount_fen == 400
    assert window.channel.person_pays((await window.attempt(view.payment_id)).out_trade_no)
    await window.deliver()
    assert (await window.now(row)).state is S.DONE
    assert (await window.read(order)).state is OrderState.PAID


CALLS_BEFORE = [("payer", "announce"), ("payer", "presettle"), ("people", "identify"), ("people", "open_visit")]


@pytest.mark.parametrize(("house", "operation"), CALLS_BEFORE)
@pytest.mark.parametrize("fault", ["unreachable", "lost_before", "lost_after", "killed_before", "killed_after"])
async def test_silence_before_the_split_charges_nothing_and_may_be_tried_again(
    window: Window, house: str, operation: str, fault: str
) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.begin(by, order)
    if house == "people" and operation == "identify" and fault.endswith("after"):
        fault = fault.replace("after", "before")
    getattr(window, house).faults[operation] = [fault]
    with pytest.raises((InsuranceSilent, Killed)):
        await window.presettling.authorised(row.id, by, "code", origin=ORIGIN)
    await window.forward(seconds=45)
    again = await window.presettling.authorised(row.id, by, "code", origin=ORIGIN)
    assert again.state is S.PRESETTLED
    assert len(window.payer.orders) == 1
    assert (await window.read(order)).received_fen == 0


@pytest.mark.parametrize("fault", ["refused", "lost_before", "lost_after", "killed_before", "killed_after"])
@pytest.mark.parametrize("where", ["prepare", "open", "settle_find"])
async def test_interrupted_while_settling_it_ends_in_one_truth(window: Window, where: str, fault: str) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    row = await window.presettled(by, order)
    if where == "prepare":
        window.channel.faults["prepare"] = [fault]  # type: ignore[list-item]
    elif where == "open":
        window.cashier.faults["open"] = [fault]  # type: ignore[list-item]
    else:
        window.payer.faults["find"] = [fault] if fault != "refused" else []  # type: ignore[list-item]
    with contextlib.suppress(Problem, Killed):  # whatever the tap came to, the end is looked at
        await window.settle(by, row)
    if window.cashier.mixes:
        window.cashier.person_confirms(own=bool(window.channel.trades))
    with contextlib.suppress(Killed):
        await window.outcome.look(row.id)
    for _ in range(6):
        await window.sweep_all()
        await window.deliver()
        for back in list(window.channel.backs):
            window.channel.settle(back)
    ended, read = await window.now(row), await window.read(order)
    assert ended.state in ENDED | {S.DONE}
    assert (ended.state is S.DONE) == (read.state is OrderState.PAID)
    if ended.state is not S.DONE:
        assert window.payer.owes_fen() == 0
