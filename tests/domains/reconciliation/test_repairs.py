"""What becomes of a difference: the system acts once, two people decide the rest, nothing is edited."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, LiteralString

import msgspec
import psycopg
import pytest

from jiuyi.domains.payments.types import BillLine
from jiuyi.domains.reconciliation import service, settings
from jiuyi.domains.reconciliation.errors import ActNotAllowed, AlreadyRunning, DayNotOver, SamePerson
from jiuyi.domains.reconciliation.types import Act, Decision, Item, Kind, Proposal, RunState
from jiuyi.kit.clock import local
from tests.domains.reconciliation.ledger_room import CHECKER, MAKER, Room

pytestmark = pytest.mark.feature("I06")


async def today(room: Room) -> date:
    return local(await room.now()).date()


async def propose(room: Room, item: Item, act: Act) -> Proposal:
    async with room.db.tx() as tx:
        return await service.propose(tx, item.id, act, "药房确认未发药", maker=MAKER)


async def test_a_day_without_faults(room: Room) -> None:
    day = await today(room)
    order = await room.paid()
    await room.paid(900)
    await room.refunded(order, 500)
    await room.at(10, 31)
    run = await room.compare(day)
    assert (run.state, run.matched) == (RunState.DONE, 3)
    report = await room.report(day)
    assert (report.total.bill.fen, report.total.his.fen, report.total.ours.fen) == (1900, 1900, 1900)
    assert report.items == report.unaccounted == []


async def test_long_is_told_again_and_settles_the_next_day(room: Room) -> None:
    day = await today(room)
    order = await room.paid(entered=False)
    await room.at(10, 31)
    await room.compare(day)
    room.his.next = [await room.entry(order, 1500)]
    await room.mend()
    assert room.his.told == [("repost", order.subject_id)]
    assert await room.faults(day) == [("long", "waiting")]
    await room.at(10, 31)
    await room.compare(day + timedelta(days=1))
    assert await room.faults(day) == [("long", "settled")]
    brought = await room.report(day + timedelta(days=1))
    assert brought.items == brought.unaccounted == []
    assert [item.order_no for item in brought.brought] == [order.no]
    assert brought.total.his_gap_fen == brought.his_gap_explained_fen == 1500
    first = await room.report(day)
    assert first.total.his_gap_fen == first.his_gap_explained_fen == -1500


async def test_long_that_the_his_refuses_goes_back_when_it_is_small(room: Room) -> None:
    day = await today(room)
    order = await room.paid(entered=False)
    room.his.tells = "refuses"
    await room.at(10, 31)
    await room.compare(day)
    await room.mend()
    assert await room.faults(day) == [("long", "settled")]
    assert (await room.desk.read(order)).refunded_fen == 1500
    await room.at(10, 31)
    await room.compare(day + timedelta(days=1))
    assert await room.faults(day + timedelta(days=1)) == [("never_entered", "settled")]
    assert (await room.report(day + timedelta(days=1))).unaccounted == []


async def test_what_is_no_longer_there_to_be_told_of_is_peoples(room: Room) -> None:
    day = await today(room)
    await room.paid(entered=False)
    room.his.tells = "gone"
    await room.at(10, 31)
    await room.compare(day)
    await room.mend()
    [item] = await room.items(day)
    assert (item.state.value, "缺少资料" in (item.note or "")) == ("open", True)
    await propose(room, item, Act.EXPLAIN)


async def test_a_part_that_went_back_earlier_is_not_the_one_that_is_on_its_way(room: Room) -> None:
    day = await today(room)
    order = await room.paid(12850)
    await room.refunded(order, 4000)
    back = await room.entry(order, 3000, Kind.REFUND)
    room.his.entries.append(back)
    await room.at(10, 31)
    await room.compare(day)
    [item] = [one for one in await room.items(day) if one.fault.value == "refund_his_only"]
    proposal = await propose(room, item, Act.REFUND)
    async with room.db.tx() as tx:
        await service.decide(tx, proposal.id, Decision.APPROVED, "", by=CHECKER)
    await room.mender.settle_due()
    await room.desk.forward(seconds=130)
    await room.mender.settle_due()
    async with room.db.tx() as tx:
        assert (await service.item(tx, item.id)).state.value == "waiting"
    await room.mend()
    async with room.db.tx() as tx:
        assert (await service.item(tx, item.id)).state.value == "settled"
    assert (await room.desk.read(order)).refunded_fen == 7000


async def test_what_the_order_s_own_refund_gives_back_is_not_given_back_again(room: Room) -> None:
    day = await today(room)
    order = await room.paid(12850)
    await room.enter(order, 3000, Kind.REFUND)
    await room.at(10, 31)
    await room.compare(day)

    async def approved() -> str:
        [item] = await room.items(day)
        assert (item.fault.value, item.state.value) == ("refund_his_only", "open")
        proposal = await propose(room, item, Act.REFUND)
        async with room.db.tx() as tx:
            await service.decide(tx, proposal.id, Decision.APPROVED, "", by=CHECKER)
        await room.mender.settle_due()
        [item] = await room.items(day)
        return item.note or ""

    room.his.under_way = True
    assert "look again when it has ended" in await approved()
    assert (await room.desk.read(order)).asked_fen == 0
    # It ends: the HIS had taken it back, and the money is promised.
    room.his.under_way = False
    await room.desk.refund(order, 3000)
    assert "look again when it has ended" in await approved()
    await room.desk.work()
    for number in list(room.desk.channel.backs):
        room.desk.channel.settle(number)
    await room.desk.deliver()
    assert "given this sum back" in await approved()
    assert (await room.desk.read(order)).refunded_fen == (await room.desk.read(order)).asked_fen == 3000


async def test_long_that_is_large_needs_two_people(room: Room) -> None:
    day = await today(room)
    order = await room.paid(12850, entered=False)
    room.his.tells = "refuses"
    await room.at(10, 31)
    await room.compare(day)
    await room.mend()
    [item] = await room.items(day)
    assert (item.state.value, item.no) == ("open", f"D{day:%m%d}-01")
    assert "处方已作废" in (item.note or "")
    proposal = await propose(room, item, Act.REFUND)
    with pytest.raises(SamePerson):
        async with room.db.tx() as tx:
            await service.decide(tx, proposal.id, Decision.APPROVED, "", by=MAKER)
    assert (await room.report(day)).unaccounted_fen == 12850
    async with room.db.tx() as tx:
        await service.decide(tx, proposal.id, Decision.APPROVED, "", by=CHECKER)
    await room.mend()
    assert await room.faults(day) == [("long", "settled")]
    assert (await room.desk.read(order)).refunded_fen == 12850
    view = (await room.report(day)).items[0].proposals[0]
    assert (view.maker, view.checker, view.verdict) == ("staff:liang", "staff:xian", "approved")


async def test_a_proposal_comes_back(room: Room) -> None:
    day = await today(room)
    await room.paid(12850, entered=False)
    room.his.tells = "refuses"
    await room.at(10, 31)
    await room.compare(day)
    await room.mend()
    [item] = await room.items(day)
    with pytest.raises(ActNotAllowed):
        await propose(room, item, Act.RETURN)
    for verdict, by in ((Decision.RETURNED, CHECKER), (Decision.WITHDRAWN, MAKER)):
        proposal = await propose(room, item, Act.EXPLAIN)
        async with room.db.tx() as tx:
            await service.decide(tx, proposal.id, verdict, "换一种处理", by=by)
        assert await room.faults(day) == [("long", "open")]
    proposal = await propose(room, item, Act.EXPLAIN)
    async with room.db.tx() as tx:
        await service.decide(tx, proposal.id, Decision.APPROVED, "同意", by=CHECKER)
    with pytest.raises(ActNotAllowed):
        async with room.db.tx() as tx:
            await service.decide(tx, proposal.id, Decision.RETURNED, "太晚", by=CHECKER)
    assert await room.faults(day) == [("long", "settled")]


async def test_the_database_wants_two_people_and_keeps_what_they_said(room: Room) -> None:
    day = await today(room)
    await room.paid(12850, entered=False)
    room.his.tells = "refuses"
    await room.at(10, 31)
    await room.compare(day)
    await room.mend()
    proposal = await propose(room, (await room.items(day))[0], Act.REFUND)
    alone: LiteralString = """
    INSERT INTO reconciliation.decision (proposal_id, maker, verdict, checker, why, decided_at)
    VALUES (%s, %s, 'approved', %s, '', app_now())
    """
    for maker, checker in (("staff:liang", "staff:liang"), ("staff:other", "staff:liang")):
        with pytest.raises(psycopg.errors.IntegrityError):
            async with room.db.tx() as tx:
                await tx.run(alone, (proposal.id, maker, checker))
    for statement in (
        "UPDATE reconciliation.proposal SET maker = 'staff:other'",
        "DELETE FROM reconciliation.proposal",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with room.db.tx() as tx:
                await tx.run(statement)


async def test_a_settled_difference_stays_as_it_is(room: Room) -> None:
    day = await today(room)
    await room.paid(entered=False)
    room.his.tells = "refuses"
    await room.at(10, 31)
    await room.compare(day)
    await room.mend()
    with pytest.raises(psycopg.errors.IntegrityError):
        async with room.db.tx() as tx:
            await tx.run("UPDATE reconciliation.item SET state = 'open', settled_at = NULL")


async def test_money_that_nobody_told_us_of_is_asked_about_and_booked(room: Room) -> None:
    day = await today(room)
    person = await room.desk.person()
    order = await room.desk.order(person)
    await room.desk.pay(person, order)
    number = room.desk.number(order)
    assert room.desk.channel.person_pays(number, notify=False)
    entry = await room.entry(order, 1500)
    number = room.desk.channel.trades[number].transaction_id or ""
    room.his.entries.append(msgspec.structs.replace(entry, transaction_id=number))
    await room.at(10, 31)
    await room.compare(day)
    assert await room.faults(day) == [("missed", "found")]
    await room.mend()
    assert await room.faults(day) == [("missed", "settled")]
    assert (await room.desk.read(order)).received_fen == 1500
    assert (await room.compare(day)).matched == 1


async def test_short_is_reversed_by_two_people(room: Room) -> None:
    day = await today(room)
    person = await room.desk.person()
    order = await room.desk.order(person)
    await room.desk.pay(person, order)
    await room.enter(order, 1500)
    await room.at(10, 31)
    await room.compare(day)
    await room.mend()
    [item] = await room.items(day)
    assert (item.fault.value, item.state.value, item.order_no) == ("short", "open", order.no)
    proposal = await propose(room, item, Act.REVERSE_HIS)
    room.his.next = [await room.entry(order, 1500, Kind.REFUND)]
    async with room.db.tx() as tx:
        await service.decide(tx, proposal.id, Decision.APPROVED, "", by=CHECKER)
    await room.mend()
    assert room.his.told == [("reverse", order.subject_id)]
    await room.at(10, 31)
    await room.compare(day + timedelta(days=1))
    assert await room.faults(day) == [("short", "settled")]
    assert await room.faults(day + timedelta(days=1)) == []


async def test_across_midnight(room: Room) -> None:
    await room.at(23, 58)
    day = await today(room)
    order = await room.paid(entered=False)
    await room.at(0, 1)
    await room.enter(order, 1500)
    await room.at(10, 31)
    await room.compare(day)
    assert await room.faults(day) == [("cross_day", "carried")]
    await room.at(10, 31)
    await room.compare(day + timedelta(days=1))
    assert await room.faults(day) == [("cross_day", "settled")]
    again = await room.compare(day + timedelta(days=1))
    assert (again.state, await room.faults(day + timedelta(days=1))) == (RunState.DONE, [])


async def test_across_midnight_that_never_comes_is_long(room: Room) -> None:
    await room.at(23, 58)
    day = await today(room)
    await room.paid(entered=False)
    await room.at(10, 31)
    await room.compare(day)
    await room.at(10, 31)
    await room.compare(day + timedelta(days=1))
    assert await room.faults(day) == [("long", "found")]


async def test_a_refund_that_the_his_has_not_entered(room: Room) -> None:
    day = await today(room)
    order = await room.paid()
    await room.refunded(order, 700, entered=False)
    await room.at(10, 31)
    await room.compare(day)
    room.his.next = [await room.entry(order, 700, Kind.REFUND)]
    await room.mend()
    assert await room.faults(day) == [("refund_his_missing", "waiting")]
    await room.at(10, 31)
    await room.compare(day + timedelta(days=1))
    assert await room.faults(day) == [("refund_his_missing", "settled")]


async def test_a_his_that_does_not_answer_is_tried_again(room: Room) -> None:
    day = await today(room)
    await room.paid(entered=False)
    room.his.tells = "silent"
    await room.at(10, 31)
    await room.compare(day)
    await room.mend()
    assert await room.faults(day) == [("long", "mending")]
    for _ in range(10):
        await room.desk.forward(hours=7)
        await room.mender.settle_due()
    assert await room.faults(day) == [("long", "open")]


async def test_said_yes_but_never_entered(room: Room) -> None:
    day = await today(room)
    await room.paid(entered=False)
    await room.at(10, 31)
    await room.compare(day)
    await room.mend()
    await room.at(10, 31)
    await room.compare(day + timedelta(days=1))
    assert await room.faults(day) == [("long", "open")]


async def test_what_is_not_ready_is_waited_for(room: Room) -> None:
    day = await today(room)
    await room.paid()
    with pytest.raises(DayNotOver):
        await room.compare(day)
    await room.at(10, 31)
    room.his.ready = False
    run = await room.compare(day)
    assert (run.state, run.why) == (RunState.WAITING, "his: not_yet")
    assert [(s.name, s.state) for s in (await room.report(day)).sources] == [
        ("wechat", "ready"),
        ("his", "not_yet"),
        ("ours", "ready"),
    ]
    async with room.db.tx() as tx:
        assert day not in await service.days_due(tx, room.knobs)
    await room.desk.forward(minutes=21)
    async with room.db.tx() as tx:
        assert day in await service.days_due(tx, room.knobs)
    room.his.ready = True
    assert (await room.compare(day)).state is RunState.DONE
    async with room.db.tx() as tx:
        assert day not in await service.days_due(tx, room.knobs)


async def test_before_the_hour_nothing_is_due(room: Room) -> None:
    day = await today(room)
    await room.at(10, 29)
    async with room.db.tx() as tx:
        assert day not in await service.days_due(tx, room.knobs)
    await room.at(10, 31)
    async with room.db.tx() as tx:
        assert day in await service.days_due(tx, room.knobs)


async def test_an_empty_statement_is_not_believed(room: Room) -> None:
    day = await today(room)
    async with room.db.tx() as tx:
        await room.knobs.set(tx, settings.EMPTY_MOST, 1, who="test", why="test")
    await room.knobs.load(room.db)
    await room.paid(entered=False)
    await room.paid(entered=False)
    await room.at(10, 31)
    run = await room.compare(day)
    assert (run.state, run.why) == (RunState.WAITING, "his: odd")
    assert await room.faults(day) == []


async def test_too_many_differences_are_left_to_people(room: Room) -> None:
    day = await today(room)
    async with room.db.tx() as tx:
        await room.knobs.set(tx, settings.AUTO_MOST, 1, who="test", why="test")
    await room.knobs.load(room.db)
    for _ in range(2):
        await room.paid(entered=False)
    await room.at(10, 31)
    await room.compare(day)
    await room.mend()
    assert room.his.told == []
    assert await room.faults(day) == [("long", "open")] * 2


async def test_one_comparison_at_a_time(room: Room) -> None:
    day = await today(room)
    await room.at(10, 31)
    async with room.db.tx() as tx:
        await service.begin(tx, day, actor=MAKER)
    with pytest.raises(AlreadyRunning):
        await room.compare(day)
    await room.desk.forward(minutes=3)
    assert (await room.compare(day)).state is RunState.DONE


class EndsAt23:
    """A channel whose own day ends an hour before midnight."""

    def __init__(self, channel: Any) -> None:
        self.name, self.merchant_id = channel.name, channel.merchant_id
        self._channel = channel

    async def bill(self, day: date) -> AsyncIterator[BillLine]:
        for each in (day - timedelta(days=1), day):
            async for line in self._channel.bill(each):
                if local(line.at + timedelta(hours=1)).date() == day:
                    yield line


async def test_a_channel_whose_day_ends_at_23_is_asked_about_nothing(room: Room, monkeypatch: Any) -> None:
    await room.paid(700)
    day = (await room.at(23, 20)).date()
    order = await room.paid(1500)
    await room.refunded(order, 400)
    monkeypatch.setattr(room.desk.channels, "billed", lambda: [EndsAt23(room.desk.channel)])
    room.books = replace(room.books, cuts={"wechat": timedelta(hours=1)})
    await room.at(10, 31)
    asked = len(room.desk.channel.calls)
    await room.compare(day)
    await room.mend()
    assert await room.faults(day) == [("cross_day", "carried"), ("cross_day", "carried")]
    await room.paid(900)
    await room.at(10, 31)
    await room.compare(day + timedelta(days=1))
    assert await room.faults(day) == [("cross_day", "settled"), ("cross_day", "settled")]
    after = await room.report(day + timedelta(days=1))
    assert after.items == after.unaccounted == []
    assert after.total.bill_gap_fen == after.bill_gap_explained_fen == 1100
    assert not [call for call in room.desk.channel.calls[asked:] if "query" in str(call)]


async def test_without_a_cut_the_same_evening_is_asked_about(room: Room, monkeypatch: Any) -> None:
    day = (await room.at(23, 20)).date()
    await room.paid(1500)
    monkeypatch.setattr(room.desk.channels, "billed", lambda: [EndsAt23(room.desk.channel)])
    await room.at(10, 31)
    await room.compare(day)
    assert await room.faults(day) == [("channel_missing", "found")]
