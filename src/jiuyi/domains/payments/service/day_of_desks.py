"""What every desk of the hospital took on a day, for finance: sums that add up, the lines, and rows for a sheet."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from jiuyi.domains.audit import service as audit
from jiuyi.domains.patients import service as patients
from jiuyi.domains.payments.repository import desk
from jiuyi.domains.payments.service.showing import line_view, spoken
from jiuyi.domains.payments.types import (
    KIND_NAMES,
    Collected,
    DayOfDesks,
    DayPart,
    DaySums,
    ShiftOfDay,
    Verdict,
    WayOfDay,
)
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit import pages
from jiuyi.kit.clock import local
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.documents.sheets import Cell, Yuan
from jiuyi.kit.money import yuan

ORDER_KINDS = {
    "registration": ("挂号费", "Registration fee"),
    "outpatient_fee": ("门诊费用", "Outpatient fees"),
    "inpatient_deposit": ("住院预交金", "Inpatient deposit"),
}
_HEADS = (
    ("时间", "Time"),
    ("订单号", "Order"),
    ("项目", "Item"),
    ("方式", "Way of payment"),
    ("窗口", "Desk"),
    ("工号", "Staff number"),
    ("金额（元）", "Amount (yuan)"),
    ("收款（元）", "Taken (yuan)"),
    ("退款（元）", "Refunds (yuan)"),
    ("结果", "Result"),
    ("渠道流水号", "Channel's number"),
)
_TOTAL = ("合计", "Total")


async def day_of_desks(
    tx: Tx, vault: Vault, at: AtDesk, *, day: date, cursor: str | None, limit: int, language: str
) -> DayOfDesks:
    """A page of the day with the sums of all of it; who looked is noted."""
    after = pages.decode_id(cursor) if cursor else None
    rows = await desk.lines_of_day(tx, day, after, limit + 1)
    shown = rows[:limit]
    names = await patients.masked_names(tx, vault, [line.patient_id for line in shown])
    await note_look(tx, at, day, "payments.desks_seen")
    parts = await desk.parts_of_day(tx, day)
    (whole,) = [part for part in parts if part.kind is None and part.device_code is None]
    return DayOfDesks(
        day=day,
        sums=_sums(whole),
        ways=[WayOfDay(part.kind, spoken(KIND_NAMES[part.kind], language), _sums(part)) for part in parts if part.kind],
        shifts=await _shifts(tx, parts, language),
        items=[line_view(line, names.get(line.patient_id, ""), language) for line in shown],
        next_cursor=pages.encode(str(shown[-1].payment_id)) if len(rows) > limit else None,
    )


def _sums(part: DayPart) -> DaySums:
    return msgspec.convert(part, DaySums, from_attributes=True)


async def _shifts(tx: Tx, parts: list[DayPart], language: str) -> list[ShiftOfDay]:
    names = {each.code: (each.name_zh, each.name_en) for each in await staff.devices(tx)}
    people = {each.code: each.name for each in await staff.operators(tx)}
    return [
        ShiftOfDay(
            device=part.device_code,
            device_name=spoken(names.get(part.device_code, (part.device_code, part.device_code)), language),
            operator=part.operator,
            operator_name=people.get(part.operator) if part.operator else None,
            first_at=part.first_at,
            last_at=part.last_at,
            sums=_sums(part),
        )
        for part in parts
        if part.device_code and part.first_at and part.last_at
    ]


async def note_look(tx: Tx, at: AtDesk, day: date, action: str) -> None:
    """Write down who looked at a day, or took it away."""
    await audit.note(tx, actor=staff.actor_of(at), action=action, subject_kind="day", subject=day.isoformat())


async def lines_of_day(tx: Tx, day: date, after: UUID | None, most: int) -> list[Collected]:
    """What was taken on a day, newest first, after the payment `after`."""
    return await desk.lines_of_day(tx, day, after, most)


def sheet_heads(language: str) -> Sequence[Cell]:
    """The first row of a day's sheet. There is no patient in it: an order's number says enough to finance."""
    return [spoken(head, language) for head in _HEADS]


def sheet_row(line: Collected, language: str) -> Sequence[Cell]:
    """A line's row: what counts as taken stands in a column of its own, beside what was asked for."""
    view = line_view(line, "", language)
    return (
        f"{local(line.at):%Y-%m-%d %H:%M:%S}",
        line.order_no,
        spoken(ORDER_KINDS.get(line.order_kind, (line.order_kind, line.order_kind)), language),
        view.kind_name,
        line.device_code,
        line.operator,
        Yuan(yuan(line.amount_fen)),
        Yuan(yuan(taken_fen(line))),
        Yuan(yuan(line.refund_fen)),
        view.title,
        line.transaction_id,
    )


def counts(line: Collected) -> bool:
    """Whether the money of a line belongs to its order."""
    return line.verdict is Verdict.ACCEPTED


def taken_fen(line: Collected) -> int:
    """What of a line counts as taken."""
    return line.amount_fen if counts(line) else 0


def sheet_total(count: int, fen: int, refund_fen: int, language: str) -> Sequence[Cell]:
    """The last row: how many payments count, and what they come to."""
    return (spoken(_TOTAL, language), count, "", "", "", "", "", Yuan(yuan(fen)), Yuan(yuan(refund_fen)), "", "")
