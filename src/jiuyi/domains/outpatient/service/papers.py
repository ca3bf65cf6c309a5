"""A patient's outpatient payments on paper: only what was paid here, so no receipt and no invoice."""

from datetime import date

from jiuyi.domains.outpatient.types import CheckoutBrief
from jiuyi.kit.clock import local
from jiuyi.kit.documents.pdf import pdf
from jiuyi.kit.money import grouped, yuan

_TEMPLATE = """
#let d = json(bytes(sys.inputs.data))
#set page(paper: "a4", margin: 20mm, footer: context align(center, text(9pt)[#counter(page).display("1 / 1", both: true)]))
#set text(font: "Noto Sans SC", size: 10pt, lang: d.lang)
#text(16pt, weight: "bold")[#d.title] \\
#d.who #h(1fr) #d.period
#v(4mm)
#table(
  columns: (auto, 1fr, auto, auto, auto), align: (left, left, right, right, left), stroke: 0.5pt + luma(180), inset: 6pt,
  table.header(..d.heads.map(head => strong(head))),
  ..d.rows.flatten(),
)
#align(right)[#strong(d.total)]
#v(4mm)
#text(9pt, fill: luma(90))[#d.foot]
"""  # noqa: E501 - a template
_WORDS = {
    "zh": {
        "title": "门诊缴费明细",
        "heads": ["时间", "科室 医生", "金额（元）", "已退（元）", "状态"],
        "all": "全部时间",
        "foot": "只含在本服务中的缴费，不作为报销凭证。需要票据请到收费窗口。",
        "total": "实付合计 ¥{sum}",
    },
    "en": {
        "title": "Outpatient payments",
        "heads": ["Time", "Department, doctor", "Amount (CNY)", "Refunded (CNY)", "State"],
        "all": "All time",
        "foot": "Only payments made here; not a receipt. For invoices please go to a cashier's window.",
        "total": "Total paid ¥{sum}",
    },
}
_UNPAID = frozenset({"awaiting_payment", "closed"})


def statement(items: list[CheckoutBrief], since: date | None, until: date | None, language: str) -> bytes:
    """The PDF of what was paid; names are masked as on the pages. Takes a fraction of a second of the processor."""
    words = _WORDS[language]
    paid = [one for one in items if one.state not in _UNPAID]
    rows = [
        [
            f"{local(one.at):%Y-%m-%d %H:%M}",
            f"{one.department} {one.doctor}".strip(),
            yuan(one.total_fen),
            yuan(one.refunded_fen),
            one.state_title,
        ]
        for one in paid
    ]
    total = sum(one.total_fen - one.refunded_fen for one in paid)
    period = f"{since or ''} – {until or ''}" if since or until else words["all"]
    data = {
        "lang": language,
        "title": words["title"],
        "who": "、".join(sorted({one.patient_name for one in paid})),
        "period": period,
        "heads": words["heads"],
        "rows": rows,
        "total": str(words["total"]).format(sum=grouped(total)),
        "foot": words["foot"],
    }
    return pdf(_TEMPLATE, data)
