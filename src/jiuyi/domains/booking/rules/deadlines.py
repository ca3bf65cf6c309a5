"""Until when a place may be given back, and when to come."""

from datetime import datetime, time, timedelta
from enum import StrEnum

import msgspec

from jiuyi.domains.booking.types import AppointmentState, ClinicKind
from jiuyi.kit.clock import HOSPITAL_ZONE, local


class CancelRules(msgspec.Struct, frozen=True):
    """The hospital's numbers (settings of the same names)."""

    lead_minutes: int
    expert_hour: int
    late_expert: bool


class Cancelling(StrEnum):
    """Whether an appointment may be cancelled now. `late`: allowed, but counted twice."""

    YES = "yes"
    LATE = "late"
    TOO_LATE = "too_late"
    NOT_NOW = "not_now"


def cancel_deadline(kind: ClinicKind, starts_at: datetime, rules: CancelRules) -> datetime:
    """The last moment of cancelling without consequences.

    Ordinary clinics: so many minutes before the slot. Expert, special and MDT clinics: an hour of the day before.
    """
    if kind is ClinicKind.ORDINARY:
        return starts_at - timedelta(minutes=rules.lead_minutes)
    day = local(starts_at).date() - timedelta(days=1)
    return datetime.combine(day, time(rules.expert_hour), HOSPITAL_ZONE)


def may_cancel(
    state: AppointmentState,
    leaving: AppointmentState | None,
    kind: ClinicKind,
    starts_at: datetime,
    now: datetime,
    rules: CancelRules,
) -> Cancelling:
    """Whether the patient may cancel now. A place that is only held may always be released."""
    if leaving is not None or state not in {AppointmentState.HELD, AppointmentState.BOOKED}:
        return Cancelling.NOT_NOW
    if state is AppointmentState.HELD or now <= cancel_deadline(kind, starts_at, rules):
        return Cancelling.YES
    last = starts_at - timedelta(minutes=rules.lead_minutes)
    if kind is not ClinicKind.ORDINARY and rules.late_expert and now <= last:
        return Cancelling.LATE
    return Cancelling.TOO_LATE


def check_in_window(starts_at: datetime, before: int, after: int) -> tuple[datetime, datetime]:
    """From when to when a patient checks in."""
    return starts_at - timedelta(minutes=before), starts_at + timedelta(minutes=after)
