"""The books on a terminal or in a pipe: everything fits 80 columns, and no figure is ever broken or shortened."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jiuyi.domains.reconciliation.service import papers
from jiuyi.domains.reconciliation.types import ACT_NAMES, Act, ChannelRow, DayReport, ItemView, SidePart
from jiuyi.kit.clock import local
from jiuyi.kit.money import yuan

NARROWEST = 80


def screen() -> Console:
    """Standard output; never narrower than `NARROWEST`: what is cut off a sum of money would be believed."""
    console = Console(highlight=False)
    return Console(highlight=False, width=max(console.width, NARROWEST))


def report(found: DayReport, console: Console) -> None:
    """The day: how it stands, each channel, and its differences one by one."""
    console.print(f"对账 {found.day}  {papers.RUN_STATES[found.state]}")
    console.print(
        f"我方 {found.movements:,} 笔，三方一致 {found.matched:,} 笔（{found.matched_percent}%），"
        f"差异 {len(found.items)} 笔，待人工 {found.by_hand} 笔"
    )
    console.print(_channels((*found.channels, found.total)))
    for title, items in (("差异明细 differences", found.items), ("次日后仍未平 still open", found.unaccounted)):
        if items:
            console.print(f"\n{title} ({len(items)})")
            differences(items, console)
    for source in found.sources:
        if source.state != "ready":
            console.print(f"{source.name_zh}: {papers.source_state(source.state)} {source.detail or ''}", markup=False)


def differences(items: Iterable[ItemView], console: Console) -> None:
    """Each on a few lines: what it is, what every side has, whose turn it is, and what that person may do."""
    for one in items:
        console.print(Text(f"{one.no}  {one.name_zh} {one.name_en}  {one.state_zh} {one.state_en}", style="bold"))
        for line in _lines(one):
            console.print(Padding(Text(line), (0, 0, 0, 2)))


def _lines(one: ItemView) -> Iterable[str]:
    yield f"{one.says_zh} {one.says_en}"
    yield f"渠道 {_sum(one.bill_fen)}  HIS {_sum(one.his_fen)}  我方 {_sum(one.ours_fen)}（元 yuan）"
    yield f"{one.channel_zh} {one.channel_en}  {local(one.at):%Y-%m-%d %H:%M:%S}  订单 order {one.order_no or '–'}"
    yield f"流水号 transaction {one.transaction_id}"
    if one.done_zh:
        yield f"已做 done: {one.done_zh}"
    for each in one.proposals[-1:]:
        yield f"制单 proposed: {each.act_zh} {each.act_en}（{_person(each.maker)}）: {each.why}"
        if each.checker:
            yield f"复核 decided: {each.verdict}（{_person(each.checker)}）{each.decided_why or ''}"
    for act in one.acts:
        zh, en = ACT_NAMES[Act(act)]
        yield f"可提 may propose: {act} – {zh} {en}"


def _person(word: str) -> str:
    return word.removeprefix("staff:")


def _sum(fen: int | None) -> str:
    return "无 none" if fen is None else yuan(fen)


def _channels(rows: Iterable[ChannelRow]) -> Table:
    """One row a channel. Every side has its count above its amount, so that large sums have room."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("渠道（元）", overflow="fold")
    for head in ("渠道账单", "HIS", "我方", "渠道−我方\nHIS−我方"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("未平\n已平", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.name_zh,
            _part(row.bill) if row.billed else "无账单",
            _part(row.his),
            _part(row.ours),
            f"{yuan(row.bill_gap_fen) if row.billed else '–'}\n{yuan(row.his_gap_fen)}",
            f"{row.open_items}\n{row.settled_items}",
        )
    return table


def _part(part: SidePart) -> str:
    return f"{part.count:,} 笔\n{yuan(part.fen)}"
