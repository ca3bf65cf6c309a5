"""The day's report as data (mockup admin/06): the page, the table, the CSV and the PDF are all made of it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from jiuyi.domains.payments.types import CHANNEL_NAMES
from jiuyi.domains.reconciliation.errors import NotCompared
from jiuyi.domains.reconciliation.repository import items, runs
from jiuyi.domains.reconciliation.types import (
    ACT_NAMES,
    FAULTS,
    INSURANCE,
    INSURANCE_AT_HIS,
    ChannelRow,
    ClassCount,
    DayReport,
    Item,
    ItemState,
    ItemView,
    Proposal,
    ProposalView,
    Run,
    Side,
    SidePart,
    Source,
    SourceView,
    Total,
)
from jiuyi.kit.db import Tx

_STATES: dict[ItemState, tuple[str, str]] = {
    ItemState.FOUND: ("待系统处理", "for the system"),
    ItemState.MENDING: ("处理中", "being repaired"),
    ItemState.WAITING: ("待确认", "awaiting its effect"),
    ItemState.CARRIED: ("跨日待勾对", "carried to the next day"),
    ItemState.OPEN: ("待制单", "for a maker"),
    ItemState.PROPOSED: ("待复核", "for a checker"),
    ItemState.SETTLED: ("已平", "settled"),
}
_BY_HAND = frozenset({ItemState.OPEN, ItemState.PROPOSED})
_OTHERS = {
    "his": ("HIS", "HIS"),
    "ours": ("我方", "Ours"),
    INSURANCE: ("医保（统筹+个账）", "Insurance (pooled + personal account)"),
    INSURANCE_AT_HIS: ("医保（HIS 结算）", "Insurance settled by the HIS"),
    "total": ("合计", "Total"),
}


def channel_name(channel: str) -> tuple[str, str]:
    """A channel's or source's name for people, Chinese and English."""
    return _OTHERS.get(channel) or CHANNEL_NAMES.get(channel) or (channel, channel)


async def day_report(tx: Tx, day: date) -> DayReport:
    """The last finished comparison of a day, or how the unfinished one stands. Raises `NotCompared`."""
    run = await runs.latest(tx, day)
    if run is None:
        raise NotCompared
    totals, sources = await runs.totals(tx, run.id), await runs.sources(tx, run.id)
    of_day, brought = await items.of_day(tx, day), await items.closed_on(tx, day)
    left = await items.unaccounted(tx, await runs.today(tx))
    proposals = await items.proposals(tx, [item.id for item in of_day])
    return _report(run, totals, sources, of_day, brought, left, _views(of_day, proposals))


async def for_people(tx: Tx) -> list[ItemView]:
    """What waits for a maker or a checker, of every day, oldest first, each with what was proposed about it."""
    found = await items.for_people(tx)
    return _views(found, await items.proposals(tx, [one.id for one in found]))


def _views(found: list[Item], proposals: list[Proposal]) -> list[ItemView]:
    by_item: dict[object, list[Proposal]] = defaultdict(list)
    for proposal in proposals:
        by_item[proposal.item_id].append(proposal)
    return [_view(one, by_item[one.id]) for one in found]


def _report(
    run: Run,
    totals: list[Total],
    sources: list[Source],
    of_day: list[Item],
    brought: list[Item],
    left: list[Item],
    views: list[ItemView],
) -> DayReport:
    billed = {one.name for one in sources if one.side is Side.CHANNEL}
    names = sorted({one.channel for one in totals})
    channels = [_channel(name, totals, of_day, billed=name in billed) for name in names]
    ours = sum(one.count for one in totals if one.side is Side.OURS)
    by_hand = [one for one in of_day if one.state in _BY_HAND]
    return DayReport(
        day=run.day,
        run=run.seq,
        state=run.state.value,
        why=run.why,
        started_at=run.started_at,
        finished_at=run.finished_at,
        sources=[_source(one) for one in sources],
        channels=channels,
        total=_total(channels),
        movements=ours,
        matched=run.matched,
        matched_percent=f"{run.matched * 100 / ours:.2f}" if ours else "100.00",
        automatic=len(of_day) - len(by_hand),
        by_hand=len(by_hand),
        by_hand_fen=sum(one.fen for one in by_hand),
        classes=_classes(of_day),
        items=views,
        brought=[_view(one, []) for one in brought],
        unaccounted=[_view(one, []) for one in left],
        unaccounted_fen=sum(one.fen for one in left),
        bill_gap_explained_fen=_explained(
            [one for one in of_day if one.channel in billed],
            [one for one in brought if one.channel in billed],
            Side.CHANNEL,
        ),
        his_gap_explained_fen=_explained(of_day, brought, Side.HIS),
    )


def _explained(of_day: list[Item], brought: list[Item], side: Side) -> int:
    """How much of the gap between a side and ours the differences make up: it must be all of it.

    What was brought over counts the other way round: the day on which the missing side turned up has it alone.
    """
    return sum(_gap(one, side) for one in of_day) - sum(_first_gap(one, side) for one in brought)


def _gap(item: Item, side: Side) -> int:
    """Theirs less ours on the item's own day: a side that only turned up later was not there yet."""
    return _first_gap(item, side) if item.closed_day is not None else _theirs(item, side) - _ours(item, side)


def _first_gap(item: Item, side: Side) -> int:
    late = item.late_sides
    theirs = 0 if side in late else _theirs(item, side)
    ours = 0 if Side.OURS in late else _ours(item, side)
    return theirs - ours


def _ours(item: Item, side: Side) -> int:
    """What our side says to that one: the HIS may have been told another sum, both payers' parts as one entry."""
    told = item.told_fen if side is Side.HIS else None
    return (item.ours_fen or 0) if told is None else told


def _theirs(item: Item, side: Side) -> int:
    return (item.channel_fen if side is Side.CHANNEL else item.his_fen) or 0


def _channel(name: str, totals: list[Total], of_day: list[Item], *, billed: bool) -> ChannelRow:
    part = {one.side: SidePart(one.count, one.fen) for one in totals if one.channel == name}
    bill, his, ours = (part.get(side, SidePart()) for side in (Side.CHANNEL, Side.HIS, Side.OURS))
    mine = [one for one in of_day if one.channel == name]
    told = [one for one in totals if one.channel == name and one.side is Side.OURS]
    settled = sum(1 for one in mine if one.state is ItemState.SETTLED)
    return ChannelRow(
        channel=name,
        name_zh=channel_name(name)[0],
        name_en=channel_name(name)[1],
        bill=bill,
        his=his,
        ours=ours,
        bill_gap_fen=bill.fen - ours.fen if billed else 0,
        his_gap_fen=his.fen - next((one.told_fen for one in told if one.told_fen is not None), ours.fen),
        billed=billed,
        open_items=len(mine) - settled,
        settled_items=settled,
    )


def _total(rows: list[ChannelRow]) -> ChannelRow:
    def add(parts: Iterable[SidePart]) -> SidePart:
        kept = list(parts)
        return SidePart(sum(one.count for one in kept), sum(one.fen for one in kept))

    return ChannelRow(
        channel="total",
        name_zh="合计",
        name_en="Total",
        bill=add(row.bill for row in rows),
        his=add(row.his for row in rows),
        ours=add(row.ours for row in rows),
        bill_gap_fen=sum(row.bill_gap_fen for row in rows),
        his_gap_fen=sum(row.his_gap_fen for row in rows),
        billed=True,
        open_items=sum(row.open_items for row in rows),
        settled_items=sum(row.settled_items for row in rows),
    )


def _classes(of_day: list[Item]) -> list[ClassCount]:
    found: dict[str, list[Item]] = defaultdict(list)
    for one in of_day:
        found[one.fault.value].append(one)
    return [
        ClassCount(fault.value, what.zh, what.en, len(found[fault.value]), sum(one.fen for one in found[fault.value]))
        for fault, what in FAULTS.items()
        if fault.value in found
    ]


def _source(one: Source) -> SourceView:
    zh, en = channel_name(one.name)
    return SourceView(one.name, zh, en, one.state.value, one.rows, one.ready_at, one.detail)


def _view(one: Item, proposals: list[Proposal]) -> ItemView:
    what, (channel_zh, channel_en) = FAULTS[one.fault], channel_name(one.channel)
    state_zh, state_en = _STATES[one.state]
    act_zh, act_en = ACT_NAMES[one.act] if one.act else ("", "")
    return ItemView(
        id=str(one.id),
        no=one.no,
        fault=one.fault.value,
        name_zh=what.zh,
        name_en=what.en,
        says_zh=what.says_zh,
        says_en=what.says_en,
        kind=one.kind.value,
        channel=one.channel,
        channel_zh=channel_zh,
        channel_en=channel_en,
        bill_fen=one.channel_fen,
        his_fen=one.his_fen,
        ours_fen=one.ours_fen,
        order_no=one.order_no,
        trade_no=one.trade_no,
        refund_no=one.refund_no,
        transaction_id=one.transaction_id,
        at=one.at,
        state=one.state.value,
        state_zh=state_zh,
        state_en=state_en,
        done_zh=one.note or act_zh,
        done_en=one.note or act_en,
        acts=[act.value for act in what.by_hand] if one.state is ItemState.OPEN else [],
        proposals=[_proposal(each) for each in proposals],
    )


def _proposal(one: Proposal) -> ProposalView:
    zh, en = ACT_NAMES[one.act]
    return ProposalView(
        id=str(one.id),
        act=one.act.value,
        act_zh=zh,
        act_en=en,
        why=one.why,
        maker=one.maker,
        made_at=one.made_at,
        verdict=one.verdict.value if one.verdict else None,
        checker=one.checker,
        decided_why=one.decided_why,
        decided_at=one.decided_at,
    )
