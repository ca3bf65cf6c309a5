"""What clinics, half hours and days read as."""

from collections.abc import Iterable
from datetime import date, datetime

from jiuyi.domains.booking.types import ClinicKind, ClinicRow, ClinicState, DateState, OpenState, SlotRow, SlotState
from jiuyi.kit.clock import local


def clinic_state(row: ClinicRow, *, in_window: bool = True) -> ClinicState:
    """What a clinic reads as. `in_window`: its date may be booked already."""
    if row.state is not OpenState.OPEN:
        return ClinicState.STOPPED
    if row.ended or not row.sellable:
        return ClinicState.ENDED
    if not row.released or not in_window:
        return ClinicState.RELEASED_LATER
    return ClinicState.AVAILABLE if row.remaining > 0 else ClinicState.FULL


def slot_state(row: SlotRow, clinic: ClinicState, few: int) -> SlotState:
    """What a half hour reads as. Reserved places are named only when nothing else is left."""
    if row.state is not OpenState.OPEN or clinic is ClinicState.STOPPED:
        return SlotState.STOPPED
    if row.ended:
        return SlotState.ENDED
    if row.remaining <= 0:
        return SlotState.RESERVED if row.reserved_now > 0 else SlotState.FULL
    return SlotState.FEW if row.remaining <= few else SlotState.AVAILABLE


def date_state(states: Iterable[ClinicState]) -> DateState:
    """What a day reads as: 有 when any clinic has a place, 满 when one is full, 停 when all are stopped, else 无."""
    seen = set(states)
    if ClinicState.AVAILABLE in seen:
        return DateState.AVAILABLE
    if ClinicState.FULL in seen:
        return DateState.FULL
    return DateState.STOPPED if ClinicState.STOPPED in seen else DateState.NONE


def window_days(kind: ClinicKind, ordinary: int, special: int, mdt: int) -> int:
    """How many days ahead this kind may be booked."""
    if kind is ClinicKind.SPECIAL:
        return special
    return mdt if kind is ClinicKind.MDT else ordinary


def hour_minute(moment: datetime) -> str:
    """`09:00` on the hospital's clock."""
    return local(moment).strftime("%H:%M")


def day_and_time(moment: datetime, language: str) -> str:
    """`11月25日 09:00`, `25 Nov, 09:00`."""
    here = local(moment)
    if language == "en":
        return f"{here.day} {here:%b}, {here:%H:%M}"
    return f"{here.month}月{here.day}日 {here:%H:%M}"


def next_release(rows: Iterable[ClinicRow]) -> datetime | None:
    """When the first clinic that is not released yet opens."""
    return min((row.releases_at for row in rows if not row.released and row.releases_at is not None), default=None)


def weekday(day: date) -> int:
    """1 = Monday."""
    return day.isoweekday()
