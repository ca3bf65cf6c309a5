"""Pure decisions: which features and which design a channel gets, and words for records."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from jiuyi.domains.accounts.types import Channel
from jiuyi.domains.home.types import BUILT, FEATURES, Action, Block, HomeDesign, NowItem
from jiuyi.kit.clock import local
from jiuyi.kit.money import grouped

DESIGNS: dict[str, HomeDesign] = {
    "s1": HomeDesign(
        style="s1",
        name="清朗蓝",
        name_en="Clear Blue",
        blocks=[
            Block("patient_card", "hero"),
            Block("now_card", "visit"),
            Block("primary", "tiles"),
            Block("grid", "four"),
            Block("notices", "list"),
            Block("banner", "image"),
            Block("doctors", "row"),
            Block("tabs", "bar"),
        ],
    ),
}
"""The home designs that this release draws, by style."""

SOURCES = {
    "online": ("线上预约", "Online"),
    "window": ("窗口挂号", "Service window"),
    "machine": ("自助机", "Self-service machine"),
    "phone": ("电话预约", "By phone"),
    "other": ("其他渠道", "Other"),
}
STATES = {
    "booked": ("已预约", "Booked"),
    "done": ("已就诊", "Visited"),
    "cancelled": ("已取消", "Cancelled"),
    "no_show": ("爽约", "Missed"),
    "stopped": ("停诊", "Cancelled by hospital"),
    "refunded": ("已退费", "Refunded"),
}


def features(channel: Channel) -> list[str]:
    """The features that a channel offers: asked for there, and built."""
    return sorted(feature for feature, channels in FEATURES.items() if feature in BUILT and channel in channels)


def design(channel: Channel, chosen: dict[str, str]) -> HomeDesign:
    """The home design of a channel; a name that is not drawn yet falls back to S1."""
    return DESIGNS.get(chosen.get(channel, "s1"), DESIGNS["s1"])


def word(table: Mapping[str, tuple[str, str]], key: str, language: str) -> str:
    """The word for `key` in `language`; an unknown key is shown as it is."""
    zh, en = table.get(key, (key, key))
    return en if language == "en" else zh


MOST_NOW = 3
_SOON = timedelta(days=7)
_STOPPED = frozenset({"stopped", "stopped_refunded"})
_COMING = frozenset({"booked", "checked_in", "called", "passed", "confirming"})


class Visit(msgspec.Struct, frozen=True):
    """An appointment, as far as the now card needs it; texts are in the reader's language already."""

    id: UUID
    state: str
    title: str
    who: str
    place: str
    starts_at: datetime
    ends_at: datetime
    fee_fen: int
    held_until: datetime | None
    order_id: UUID | None


class Fees(msgspec.Struct, frozen=True):
    """Bills that a patient had to pay when somebody last asked."""

    patient_id: UUID
    patient_name: str
    bills: int
    department: str
    as_of: datetime


def now_items(visits: Sequence[Visit], now: datetime, language: str, *, fees: Sequence[Fees] = ()) -> list[NowItem]:
    """What is happening, most urgent first: what must be paid in time, stopped clinics, bills, the next visit."""
    english, today = language == "en", local(now).date()
    paying = [_paying(visit, english=english) for visit in visits if visit.state == "awaiting_payment"]
    stopped = [
        _stopped(visit, english=english) for visit in visits if visit.state in _STOPPED and visit.starts_at > now
    ]
    coming = sorted(
        (
            visit
            for visit in visits
            if visit.state in _COMING and now - timedelta(hours=4) < visit.starts_at < now + _SOON
        ),
        key=lambda visit: visit.starts_at,
    )
    following = [_coming(visit, today, english=english) for visit in coming[:1]]
    unpaid = [_fees(one, english=english) for one in fees]
    return (paying + stopped + unpaid + following)[:MOST_NOW]


def _paying(visit: Visit, *, english: bool) -> NowItem:
    until = local(visit.held_until or visit.starts_at)
    amount = grouped(visit.fee_fen)
    return NowItem(
        kind="awaiting_payment",
        title=f"¥{amount} to pay" if english else f"待支付 ¥{amount}",
        detail=f"{visit.who}\nPay before {until:%H:%M}" if english else f"{visit.who}\n请在 {until:%H:%M} 前支付",
        at=until,
        action=Action("Pay" if english else "去支付", "hold"),
        appointment_id=visit.id,
        order_id=visit.order_id,
    )


def _fees(fees: Fees, *, english: bool) -> NowItem:
    # No amount: what is to be paid is the hospital's word at the moment of paying.
    return NowItem(
        kind="fees",
        title=f"{fees.bills} bill{'' if fees.bills == 1 else 's'} to pay" if english else f"{fees.bills} 张单待缴费",
        detail=f"{fees.patient_name} · {fees.department}",
        at=local(fees.as_of),
        action=Action("Pay" if english else "去缴费", "fees"),
        patient_id=fees.patient_id,
    )


def _stopped(visit: Visit, *, english: bool) -> NowItem:
    return NowItem(
        kind="stopped",
        title="Clinic cancelled" if english else "门诊停诊",
        detail=f"{visit.who}\nYou are refunded in full" if english else f"{visit.who}\n费用自动原路退回，可以改约",
        at=local(visit.starts_at),
        action=Action("See your choices" if english else "查看和改约", "appointment"),
        appointment_id=visit.id,
    )


def _coming(visit: Visit, today: date, *, english: bool) -> NowItem:
    start, end = local(visit.starts_at), local(visit.ends_at)
    return NowItem(
        kind="appointment_today" if start.date() == today else "appointment_next",
        title=f"{start:%H:%M}–{end:%H:%M}",
        detail=f"{visit.who}\n{visit.place}",
        at=start,
        action=Action("Show the ticket" if english else "看就诊凭证", "appointment"),
        appointment_id=visit.id,
    )
