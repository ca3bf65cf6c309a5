"""The day's report on paper: rows for a sheet. Chinese first, as the finance department files it."""

from collections.abc import Iterator, Sequence

import msgspec

from jiuyi.domains.reconciliation.types import ChannelRow, DayReport, ItemView
from jiuyi.kit.clock import local
from jiuyi.kit.documents.pdf import pdf
from jiuyi.kit.documents.sheets import Cell, Yuan, csv_sheet
from jiuyi.kit.money import yuan

_SOURCE_STATES = {
    "ready": "已到 ready",
    "reading": "读取中 reading",
    "not_yet": "未出 not yet",
    "silent": "无回应 no answer",
    "odd": "不可信 not believed",
}
RUN_STATES = {
    "done": "已完成 done",
    "waiting": "等待账单 waiting for bills",
    "running": "进行中 under way",
    "failed": "中断 interrupted",
}
ITEM_HEADS = (
    "编号", "类别", "说明", "渠道", "渠道账单（元）", "HIS（元）", "我方（元）", "时间", "系统已做", "状态",
    "订单号", "商户单号", "商户退款单号", "渠道流水号",
)  # fmt: skip
CHANNEL_HEADS = (
    "支付渠道", "渠道笔数", "渠道金额（元）", "HIS 笔数", "HIS 金额（元）", "我方笔数", "我方金额（元）",
    "渠道 − 我方", "HIS − 我方", "未平", "已平",
)  # fmt: skip


def source_state(state: str) -> str:
    """A source's state in words."""
    return _SOURCE_STATES[state]


def money(fen: int | None) -> Cell:
    """An amount for a cell; what a side does not have is `无`."""
    return "无" if fen is None else Yuan(yuan(fen))


def channel_cells(row: ChannelRow) -> tuple[Cell, ...]:
    """One channel's line of the table of totals."""
    return (
        row.name_zh,
        row.bill.count if row.billed else "无账单",
        money(row.bill.fen if row.billed else None),
        row.his.count,
        money(row.his.fen),
        row.ours.count,
        money(row.ours.fen),
        money(row.bill_gap_fen if row.billed else None),
        money(row.his_gap_fen),
        row.open_items,
        row.settled_items,
    )


def item_cells(one: ItemView) -> tuple[Cell, ...]:
    """One difference's line."""
    return (
        one.no,
        one.name_zh,
        one.says_zh,
        one.channel_zh,
        money(one.bill_fen),
        money(one.his_fen),
        money(one.ours_fen),
        f"{local(one.at):%m-%d %H:%M:%S}",
        one.done_zh,
        one.state_zh,
        one.order_no,
        one.trade_no,
        one.refund_no,
        one.transaction_id,
    )


def _rows(report: DayReport) -> Iterator[tuple[Cell, ...]]:
    yield ("对账日", report.day.isoformat(), "状态", RUN_STATES[report.state], "第几次", report.run)
    yield ("我方笔数", report.movements, "三方一致", report.matched, "自动勾对 %", Yuan(report.matched_percent))
    yield ("差异笔数", len(report.items), "待人工", report.by_hand, "待人工金额（元）", money(report.by_hand_fen))
    yield ("次日后仍未平", len(report.unaccounted), "金额（元）", money(report.unaccounted_fen))
    yield ()
    yield ("账单", "状态", "行数", "到达", "说明")
    for source in report.sources:
        ready = f"{local(source.ready_at):%m-%d %H:%M:%S}" if source.ready_at else None
        yield (source.name_zh, source_state(source.state), source.rows, ready, source.detail)
    yield ()
    yield CHANNEL_HEADS
    for row in (*report.channels, report.total):
        yield channel_cells(row)
    for title, items in (
        ("差异明细", report.items),
        ("以前账期差异本日勾对", report.brought),
        ("次日后仍未平（逐笔）", report.unaccounted),
    ):
        yield ()
        yield (title, len(items))
        yield ITEM_HEADS
        for one in items:
            yield item_cells(one)


def as_csv(report: DayReport) -> bytes:
    """The report as one CSV sheet."""
    return csv_sheet(_rows(report))


def as_json(report: DayReport) -> bytes:
    """The report's data, indented."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2)


_TEMPLATE = """
#let told = json(bytes(sys.inputs.data))
#set document(title: told.title)
#set page(paper: "a4", flipped: true, margin: (x: 14mm, top: 14mm, bottom: 16mm), footer: context [
  #set text(size: 7.5pt, fill: rgb("#5b6475"))
  #told.footer #h(1fr) #counter(page).display("1 / 1", both: true)
])
#set text(font: "Noto Sans SC", lang: "zh", region: "cn", size: 8pt, fill: rgb("#141c2b"))
#set table(stroke: (x, y) => (bottom: 0.4pt + rgb("#d6dbe4")), inset: (x: 4pt, y: 4pt),
  fill: (x, y) => if y == 0 { rgb("#f0f3f8") })
#let sheet(part) = if part.rows.len() > 0 {
  block(above: 12pt, below: 6pt, text(size: 10pt, weight: "bold", part.title))
  table(
    columns: part.heads.len(),
    align: (x, y) => if part.right.contains(x) { right } else { left },
    table.header(..part.heads.map(each => text(weight: "bold", each))),
    ..part.rows.flatten()
  )
}
#text(size: 15pt, weight: "bold", told.title)
#v(2pt)
#grid(columns: told.figures.len() * (1fr,), gutter: 8pt, ..told.figures.map(figure => block(
  width: 100%, inset: 7pt, radius: 3pt, stroke: 0.5pt + rgb("#d6dbe4"),
  [#text(size: 7.5pt, fill: rgb("#5b6475"), figure.name) \\ #text(size: 12pt, weight: "bold", figure.value)]
)))
#for part in told.parts { sheet(part) }
#v(8pt)
#text(size: 7.5pt, fill: rgb("#5b6475"), told.proof)
"""


_SHOWN = 11
"""A page is as wide as this many columns of a difference."""
_FEN = [4, 5, 6]


def _part(title: str, heads: Sequence[str], rows: Sequence[tuple[Cell, ...]], right: list[int]) -> dict[str, object]:
    """One table; `right` are the columns of figures."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    return {"title": title, "heads": list(heads), "rows": texts, "right": right}


def as_pdf(report: DayReport) -> bytes:
    """The report as A4 pages, for the file. Raises `FontsMissing`."""
    figures = [
        ("我方净额（元）", yuan(report.total.ours.fen)),
        ("三方一致", f"{report.matched} / {report.movements}（{report.matched_percent}%）"),
        ("差异", f"{len(report.items)} 笔，待人工 {report.by_hand} 笔"),
        ("待人工金额（元）", yuan(report.by_hand_fen)),
        ("次日后仍未平", f"{len(report.unaccounted)} 笔，{yuan(report.unaccounted_fen)} 元"),
    ]
    sources = [
        (one.name_zh, source_state(one.state), one.rows, f"{local(one.ready_at):%m-%d %H:%M}" if one.ready_at else None)
        for one in report.sources
    ]
    lists = (
        ("差异明细", report.items),
        ("以前账期差异本日勾对", report.brought),
        ("次日后仍未平（逐笔）", report.unaccounted),
    )
    channels = [channel_cells(row) for row in (*report.channels, report.total)]
    data: dict[str, object] = {
        "title": f"对账日报  {report.day.isoformat()}",
        "footer": f"财务科 · 第 {report.run} 次对账 · {RUN_STATES[report.state]}",
        "figures": [{"name": name, "value": value} for name, value in figures],
        "parts": [
            _part("账单", ("来源", "状态", "行数", "到达"), sources, [2]),
            _part("各渠道", CHANNEL_HEADS, channels, list(range(1, 11))),
            *(
                _part(
                    f"{title}  {len(items)} 笔", ITEM_HEADS[:_SHOWN], [item_cells(one)[:_SHOWN] for one in items], _FEN
                )
                for title, items in lists
            ),
        ],
        "proof": (
            f"渠道 − 我方 {yuan(report.total.bill_gap_fen)} 元，差异合计 {yuan(report.bill_gap_explained_fen)} 元；"
            f"HIS − 我方 {yuan(report.total.his_gap_fen)} 元，差异合计 {yuan(report.his_gap_explained_fen)} 元。"
            "只做对冲分录，不改原始记录。"
        ),
    }
    return pdf(_TEMPLATE, data)
