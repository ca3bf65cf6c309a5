"""What a refusal by each of the limits of docs/rules.md, booking says."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from jiuyi.domains.booking import errors
from jiuyi.kit.clock import local
from jiuyi.kit.problems import Problem


class Judged(msgspec.Struct, frozen=True):
    """What admission says to one request: `held`, `again` (its key has an appointment, `mine`), or a refusal."""

    verdict: str
    mine: Any
    at: datetime
    releases_at: datetime | None
    again_after: datetime | None
    cancels: int
    last_cancel: datetime | None
    no_shows: int
    last_no_show: datetime | None
    reserved_until: datetime | None


_PLAIN: dict[str, type[Problem]] = {
    "full": errors.SlotFull,
    "ticket_used": errors.TicketUsed,
    "stopped": errors.ClinicStopped,
    "ended": errors.SlotEnded,
    "open_unpaid": errors.OpenUnpaid,
    "application_used": errors.ApplicationState,
}
_LIMITED: dict[str, tuple[type[Problem], str]] = {
    "same_clinic": (errors.SameClinic, "per_clinic"),
    "same_department_day": (errors.SameDepartmentDay, "per_department_day"),
    "day_limit": (errors.DayLimit, "per_day"),
    "week_limit": (errors.WeekLimit, "per_week"),
    "week_limit_expert": (errors.WeekLimitExpert, "per_week_expert"),
    "account_limit": (errors.AccountLimit, "per_month_account"),
}


def refusal(judged: Judged, at: dict[str, Any]) -> Problem:
    """The refusal that people read, with the number of the rule. `at`: the limits in force by name."""
    if judged.verdict in _PLAIN:
        return _PLAIN[judged.verdict]()
    if judged.verdict in _LIMITED:
        kind, name = _LIMITED[judged.verdict]
        return kind(limit=at[name])
    if judged.verdict == "cancel_pause":
        until = _later(judged.last_cancel, days=at["cancels_pause_days"])
        return errors.CancelPause(count=judged.cancels, until=until)
    if judged.verdict == "no_show_pause":
        until = _later(judged.last_no_show, days=at["no_shows_pause_days"])
        return errors.NoShowPause(count=judged.no_shows, until=until)
    if judged.verdict == "rebook_pause":
        return errors.RebookPause(until=_moment(judged.again_after))
    return errors.NotReleased(releases_at=_moment(judged.releases_at))


def _moment(moment: datetime | None) -> str:
    return f"{local(moment):%Y-%m-%d %H:%M}" if moment else "—"


def _later(moment: datetime | None, days: int) -> str:
    return f"{local(moment + timedelta(days=days)):%Y-%m-%d}" if moment else "—"
