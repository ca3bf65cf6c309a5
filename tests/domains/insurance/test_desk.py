"""Insurance at a desk over insurances in memory: who may be read, both parts or none, and the worst moments."""

import contextlib
from typing import Any

import msgspec
import pytest

from jiuyi.domains.insurance import rules
from jiuyi.domains.insurance.errors import ClassOff, NotReadAtDesk, SettledAtDesk, SilentAtDesk, StillSettling
from jiuyi.domains.insurance.flows.desk import Read
from jiuyi.domains.insurance.service import desk, sealing, steps
from jiuyi.domains.insurance.settings import CAPABILITIES
from jiuyi.domains.insurance.types import (
    DESK,
    ENDED,
    Entitlement,
    InsuranceClass,
    Medium,
    PayerState,
    ReverseState,
    Settlement,
    SettlementKey,
    SettlementState,
    TaskKind,
    VisitKind,
)
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.errors import InsuranceInHand
from jiuyi.domains.payments.types import Cause, OrderState, Shown
from jiuyi.domains.staff.types import AtDesk, Role
from jiuyi.kit.ids import new_id
from jiuyi.kit.problems import NotFound, Problem
from tests.domains.insurance.window import DOCUMENT, ORIGIN, Window
from tests.support.memory_channel import Killed

pytestmark = [pytest.mark.feature("I07"), pytest.mark.feature("I08"), pytest.mark.feature("I02")]
S = SettlementState
VOUCHER = Read(Medium.E_VOUCHER, token="EC-1")
CARD = Read(Medium.ID_CARD, number=DOCUMENT)


def machine(code: str = "window-3", role: Role = Role.CASHIER) -> AtDesk:
    return AtDesk(new_id(), code, role, "收费处 3 号窗", "Window 3", new_id(), "1027", "区慧敏", None, None)


@pytest.mark.parametrize("read", [VOUCHER, CARD, Read(Medium.SOCIAL_CARD, number=DOCUMENT, name="陈建华")])
async def test_what_is_read_settles_and_the_own_part_follows(window: Window, read: Read) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    row = await window.desk.read(order_id=order.id, at=at, read=read, use_account=True, key="read-0001")
    assert (row.state, row.channel, row.payer, row.own_fen) == (S.PRESETTLED, DESK, "his", 400)
    again = await window.desk.read(order_id=order.id, at=at, read=read, use_account=True, key="read-0001")
    assert again.id == row.id
    assert (await window.read(order)).received_fen == 0
    settled = await window.desk.confirm(row.id, at)
    assert settled.state is S.SETTLED
    assert (await window.desk.confirm(row.id, at)).state is S.SETTLED
    assert len(window.his.orders) == 1
    view = await window.pay(by, order, key="own-part")
    assert (await window.attempt(view.payment_id)).amount_fen == 400
    assert window.channel.person_pays((await window.attempt(view.payment_id)).out_trade_no)
    await window.deliver()
    assert (await window.now(row)).state is S.DONE
    assert (await window.read(order)).state is OrderState.PAID


async def test_without_an_own_part_the_confirmation_pays(window: Window) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    window.his.account_fen = 100_000
    row = await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0001")
    assert row.own_fen == 0
    await window.desk.confirm(row.id, at)
    await window.work()
    assert (await window.now(row)).state is S.DONE
    assert (await window.read(order)).state is OrderState.PAID
    async with window.db.tx() as tx:
        assert await payments.request_refund(tx, order.id, 1500, "退号", "desk", key="back-0001") is None
    await window.work()
    assert (await window.now(row)).state is S.REVERSED
    assert (await window.read(order)).shown is Shown.REFUNDED


async def test_somebody_elses_card_is_refused_before_anybody_is_asked(window: Window) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    other = Read(Medium.ID_CARD, number="440106199003124129")
    with pytest.raises(NotReadAtDesk) as refused:
        await window.desk.read(order_id=order.id, at=at, read=other, use_account=True, key="read-0001")
    assert "不是这一单的就诊人" in str(refused.value.params["reason_zh"])
    assert window.people.calls == []
    order = await window.insured_order(await window.person(), document_number="440106199003124129")
    with pytest.raises(NotReadAtDesk):
        await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0002")
    async with window.db.tx() as tx:
        noted = await tx.values("SELECT detail->>'why' FROM audit.entry WHERE action = 'insurance.read_refused'")
    assert noted == ["other_person", "other_person"]


async def test_an_english_refusal_names_the_insurance_s_code_and_quotes_no_chinese(window: Window) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    window.people.insured.clear()
    with pytest.raises(NotReadAtDesk) as refused:
        await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0001")
    zh, en = refused.value.detail("zh"), refused.value.detail("en")
    assert zh.startswith("医保中心回复：没有查到参保信息。")
    assert en.isascii()
    assert en.startswith("The insurance refused it (its code: not_insured). ")


@pytest.mark.parametrize(
    ("code", "said", "zh", "en"),
    [
        ("50190", "不享受待遇", "医保中心回复：不享受待遇", "The insurance refused it (its code: 50190)"),
        ("50190", "no such plan", "医保中心回复：no such plan", "The insurance answered: no such plan"),
        ("50190", "", "医保中心回复：50190", "The insurance refused it (its code: 50190)"),
        (None, "不享受待遇", "医保中心回复：不享受待遇", "The insurance refused it"),
    ],
)
def test_what_the_insurance_said_in_both_languages(code: str | None, said: str, zh: str, en: str) -> None:
    why = rules.answered(code, said)
    assert (why.zh, why.en) == (zh, en)


@pytest.mark.parametrize(
    ("facts", "kind", "disease", "meant"),
    [
        ({"place": "430100"}, VisitKind.OUTPATIENT, None, InsuranceClass.OUT_OF_PROVINCE),
        ({"place": "440300"}, VisitKind.OUTPATIENT, None, InsuranceClass.IN_PROVINCE),
        ({"scheme": "390"}, VisitKind.REGISTRATION, None, InsuranceClass.GZ_ORDINARY),
        (
            {"entitlements": [Entitlement("chronic", "M03900", "高血压")]},
            VisitKind.CHRONIC_SPECIAL,
            "M03900",
            InsuranceClass.CHRONIC,
        ),
        ({}, VisitKind.CHRONIC_SPECIAL, "M03900", None),
        ({"place": "990100"}, VisitKind.OUTPATIENT, None, None),
    ],
)
async def test_the_class_follows_from_who_is_insured_and_the_bill(
    window: Window, facts: dict[str, Any], kind: VisitKind, disease: str | None, meant: InsuranceClass | None
) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by, **facts)
    window.bills.kind, window.bills.disease = kind, disease
    if meant is None:
        with pytest.raises(NotReadAtDesk):
            await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0001")
        assert window.his.orders == {}
        return
    row = await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0001")
    assert (row.insurance_class, row.state) == (meant, S.PRESETTLED)
    await window.desk.stop(row.id, at)


async def test_the_matrix_decides_at_the_desk_too(window: Window) -> None:
    cells = {(one.insurance_class, one.channel): one for one in CAPABILITIES.default}
    assert all(cells[which, DESK].on and cells[which, DESK].payer == "his" for which in InsuranceClass)
    assert not any(one.on for key, one in cells.items() if key[0] is InsuranceClass.OUT_OF_PROVINCE and key[1] != DESK)
    off = cells[InsuranceClass.GZ_EMPLOYEE, DESK]
    await window.switch(msgspec.structs.replace(off, on=False, off_zh="医保系统年终结转", off_en="Year-end closing"))
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    with pytest.raises(ClassOff) as refused:
        await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0001")
    assert refused.value.params["reason_zh"] == "医保系统年终结转"
    await window.switch(msgspec.structs.replace(off, payer="national_centre"))
    with pytest.raises(NotReadAtDesk):
        await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0002")


async def test_giving_up_charges_nobody(window: Window) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    row = await window.desk.read(order_id=order.id, at=at, read=CARD, use_account=True, key="read-0001")
    assert (await window.desk.stop(row.id, at)).state is S.DROPPED
    row = await window.desk.read(order_id=order.id, at=at, read=CARD, use_account=False, key="read-0002")
    assert (row.personal_account_fen, row.own_fen) == (0, 600)
    row = await window.desk.use_account(row.id, at, use=True)
    assert (row.state, row.own_fen) == (S.PRESETTLED, 400)
    await window.desk.confirm(row.id, at)
    assert (await window.desk.stop(row.id, at)).state is S.REVERSED
    assert window.his.owes_fen() == 0
    assert list(window.his.reversals.values()) == [ReverseState.DONE]
    found = await window.read(order)
    assert (found.insurance_fen, found.own_fen, found.state) == (0, 1500, OrderState.OPEN)
    view = await window.pay(by, order, key="pays-it-all")
    assert window.channel.person_pays((await window.attempt(view.payment_id)).out_trade_no)
    await window.deliver()
    assert (await window.read(order)).state is OrderState.PAID


@pytest.mark.parametrize("other", ["splits", "agrees"])
async def test_a_split_is_not_made_twice_at_once(window: Window, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else goes on with it between the withdrawal and the next split."""
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    row = await window.desk.read(order_id=order.id, at=at, read=CARD, use_account=True, key="read-0001")
    withdraw = window.his.withdraw

    async def meanwhile(key: SettlementKey) -> None:
        await withdraw(key)
        async with window.db.tx() as tx:
            if other == "splits":
                await steps.again(tx, row.id, who="test", use_account=False)
            else:
                await steps.agree(tx, row.id, who="test", knobs=window.knobs)

    with monkeypatch.context() as patched:
        patched.setattr(window.his, "withdraw", meanwhile)
        if other == "splits":
            with pytest.raises(StillSettling):
                await window.desk.use_account(row.id, at, use=False)
        else:
            assert (await window.desk.use_account(row.id, at, use=False)).state is S.SETTLING
    assert [operation for operation, _ in window.his.calls].count("presettle") == 1
    assert sealing.insured_of(window.vault, await window.now(row)) is not None
    await window.sweep_all()
    assert (await window.now(row)).state in {S.DROPPED, S.REFUSED}
    assert window.his.owes_fen() == 0


async def test_an_own_part_that_never_comes_takes_the_insurance_back(window: Window) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    row = await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0001")
    await window.desk.confirm(row.id, at)
    await window.forward(minutes=16)
    for _ in range(3):
        await window.sweep_all()
    assert (await window.now(row)).state is S.REVERSED
    assert (await window.read(order)).state is OrderState.CLOSED


@pytest.mark.parametrize(
    "fault", ["refused", "unreachable", "lost_before", "lost_after", "killed_before", "killed_after"]
)
async def test_a_settlement_that_is_not_answered_is_asked_about(window: Window, fault: str) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    row = await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0001")
    window.his.faults["settle"] = [fault]  # type: ignore[list-item]
    with contextlib.suppress(Killed):
        await window.desk.confirm(row.id, at)
    now = await window.now(row)
    if fault == "refused":
        assert now.state is S.REFUSED
        assert (await window.read(order)).own_fen == 1500
        return
    assert now.state is S.SETTLING
    with pytest.raises(InsuranceInHand):
        await window.desk.stop(row.id, at)
    with pytest.raises(InsuranceInHand):
        await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0002")
    if fault.endswith("after"):
        assert (await window.desk.check(row.id, at)).state is S.SETTLED
    else:
        assert (await window.desk.check(row.id, at)).state is S.SETTLING
        # Nobody is working on it any more, and the HIS has never heard of it, or holds a bill that nobody settled.
        assert (await window.desk.confirm(row.id, at)).state is S.SETTLED
    assert len(window.his.orders) == 1
    await window.desk.stop(row.id, at)
    assert (await window.now(row)).state is S.REVERSED


async def _told_in_vain(window: Window, fault: str) -> Settlement:
    """The HIS was told to settle, and knows nothing of it."""
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    row = await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0001")
    window.his.faults["settle"] = [fault]  # type: ignore[list-item]
    with contextlib.suppress(Killed):
        await window.desk.confirm(row.id, at)
    return await window.now(row)


async def test_what_was_never_told_is_given_up_soon(window: Window) -> None:
    row = await _told_in_vain(window, "unreachable")
    window.his.orders.pop(row.no)
    await window.forward(seconds=45)
    assert (await window.outcome.look(row.id)).state is S.REFUSED


@pytest.mark.parametrize("fault", ["lost_before", "killed_before"])
async def test_what_may_still_arrive_is_not_given_up(window: Window, fault: str) -> None:
    row = await _told_in_vain(window, fault)
    late = window.his.orders.pop(row.no)
    await window.forward(seconds=290)
    assert (await window.outcome.look(row.id)).state is S.SETTLING
    window.his.orders[row.no] = late
    assert window.his.confirm(row.no)
    assert (await window.outcome.look(row.id)).state is S.SETTLED
    await window.desk.stop(row.id, machine())


async def test_what_cannot_arrive_any_more_is_given_up_and_told_no_more(window: Window) -> None:
    row = await _told_in_vain(window, "lost_before")
    window.his.orders.pop(row.no)
    await window.forward(seconds=325)
    assert (await window.outcome.look(row.id)).state is S.REFUSED
    told = len(window.his.calls)
    # Somebody who had tapped in the moment before comes too late.
    assert (await window.settling.by_itself(row)).state is S.REFUSED
    assert [name for name, _ in window.his.calls[told:]] == []


_ASKED_OFTEN = "UPDATE insurance.settlement SET asks = 16, next_ask_at = app_now() WHERE id = %s"
_ASKED_NEXT_HOUR = "UPDATE insurance.settlement SET next_ask_at = app_now() + interval '1 hour' WHERE id = %s"


async def test_the_sweeper_comes_when_it_cannot_arrive_any_more(window: Window) -> None:
    row = await _told_in_vain(window, "lost_before")
    window.his.orders.pop(row.no)
    await window.forward(seconds=100)
    async with window.db.tx() as tx:
        await tx.run(_ASKED_OFTEN, (row.id,))
    assert await window.outcome.sweep() == 1
    assert (await window.now(row)).state is S.SETTLING
    await window.forward(seconds=225)
    assert await window.outcome.sweep() == 1
    assert (await window.now(row)).state is S.REFUSED


async def test_told_again_it_is_asked_about_no_later(window: Window) -> None:
    row = await _told_in_vain(window, "lost_before")
    window.his.orders.pop(row.no)
    async with window.db.tx() as tx:
        await tx.run(_ASKED_NEXT_HOUR, (row.id,))
    window.his.faults["settle"] = ["lost_before"]
    await window.settling.by_itself(row)
    window.his.orders.pop(row.no, None)
    await window.forward(seconds=325)
    assert await window.outcome.sweep() == 1
    assert (await window.now(row)).state is S.REFUSED


@pytest.mark.parametrize("house", ["his.announce", "his.presettle", "people.identify", "people.open_visit"])
@pytest.mark.parametrize("fault", ["unreachable", "lost_before", "killed_before"])
async def test_silence_while_reading_charges_nothing_and_goes_on(window: Window, house: str, fault: str) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    name, operation = house.split(".")
    getattr(window, name).faults[operation] = [fault]
    with pytest.raises((SilentAtDesk, Killed)):
        await window.desk.read(order_id=order.id, at=at, read=CARD, use_account=True, key="read-0001")
    await window.forward(seconds=45)
    row = await window.desk.read(order_id=order.id, at=at, read=CARD, use_account=True, key="read-0001")
    assert row.state is S.PRESETTLED
    assert len(window.his.orders) == 1


async def test_a_reversal_that_is_refused_is_a_task(window: Window) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    row = await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0001")
    await window.desk.confirm(row.id, at)
    window.his.says_next = [ReverseState.FAILED]
    assert (await window.desk.stop(row.id, at)).state is S.STUCK
    assert [task.kind for task in await window.tasks()] == [TaskKind.REVERSE_FAILED]
    assert (await window.desk.check(row.id, at)).state is S.REVERSED
    assert await window.tasks() == []


async def test_the_phone_leaves_to_the_desk_what_the_desk_began(window: Window) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    phone = await window.begin(by, order)
    row = await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0001")
    assert (await window.now(phone)).state is S.DROPPED
    for act in (
        window.settle(by, row),
        window.presettling.use_account(row.id, by, use=False),
        window.presettling.authorised(row.id, by, "code", origin=ORIGIN),
        window.settling.pay_oneself(row.id, by),
        window.begin(by, order, key="begin-02"),
    ):
        with pytest.raises(SettledAtDesk):
            await act
    await window.pay(by, order, key="phone-cashier-open")
    assert (await window.desk.confirm(row.id, at)).state is S.SETTLED
    assert (await window.desk.stop(row.id, at)).state is S.REVERSED


async def test_another_window_goes_on_and_a_machine_sees_its_own_only(window: Window) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    row = await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0001")
    kiosk, next_window = machine("kiosk-1", Role.SELF_SERVICE), machine("window-4")
    with pytest.raises(NotFound):
        await window.desk.confirm(row.id, kiosk)
    async with window.db.tx() as tx:
        assert await desk.last_at_desk(tx, order.id, kiosk) is None
        seen = await desk.last_at_desk(tx, order.id, next_window)
        assert [one.id for one in await desk.of_shift(tx, at)] == [row.id]
        assert await desk.of_shift(tx, next_window) == []
    assert seen is not None
    assert (await window.desk.confirm(row.id, next_window)).state is S.SETTLED
    await window.desk.stop(row.id, next_window)
    other = await window.person()
    begun = await window.begin(other, await window.insured_order(other))
    with pytest.raises(NotFound):
        await window.desk.confirm(begun.id, at)


async def test_a_split_that_the_his_changed_is_refused_and_nothing_is_left(window: Window) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    row = await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0001")
    window.bills.extra_fen = 100
    assert (await window.desk.confirm(row.id, at)).state is S.REFUSED
    assert (await window.read(order)).insurance_fen == 0
    with pytest.raises(Problem):
        await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0002")


async def test_an_own_part_in_hand_is_finished_first(window: Window) -> None:
    by, at = await window.person(), machine()
    order = await window.insured_order(by)
    row = await window.desk.read(order_id=order.id, at=at, read=VOUCHER, use_account=True, key="read-0001")
    await window.desk.confirm(row.id, at)
    view = await window.pay(by, order, key="own-part")
    with pytest.raises(Problem):
        await window.desk.stop(row.id, at)
    assert window.channel.person_pays((await window.attempt(view.payment_id)).out_trade_no)
    await window.deliver()
    with pytest.raises(Problem):
        await window.desk.stop(row.id, at)
    await window.refund(await window.read(order), 1500)
    await window.work()
    assert (await window.now(row)).state is S.REVERSED
    (back,) = await window.refunds(order)
    assert (back.cause, back.amount_fen) == (Cause.ASKED, 400)
    window.channel.settle(back.out_refund_no)
    await window.deliver()
    assert (await window.read(order)).shown is Shown.REFUNDED
    assert row.state not in ENDED
    assert window.his.orders[row.no].state is PayerState.RETURNED
