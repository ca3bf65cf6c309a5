"""The limits of docs/rules.md, booking: one snapshot of the settings."""

from typing import Any

from jiuyi.domains.booking import settings
from jiuyi.domains.booking.types import ACTIVE
from jiuyi.kit.knobs import Knobs


def limits(knobs: Knobs) -> dict[str, Any]:
    """The settings under the names that admission's statement uses."""
    get = knobs.get
    return {
        "days": get(settings.WINDOW_DAYS),
        "days_special": get(settings.WINDOW_DAYS_SPECIAL),
        "days_mdt": get(settings.WINDOW_DAYS_MDT),
        "lead": get(settings.SAME_DAY_LEAD_MINUTES),
        "same_day": get(settings.SAME_DAY),
        "cancels_pause": get(settings.CANCELS_PAUSE),
        "cancels_pause_days": get(settings.CANCELS_PAUSE_DAYS),
        "no_shows_pause": get(settings.NO_SHOWS_PAUSE),
        "no_shows_pause_days": get(settings.NO_SHOWS_PAUSE_DAYS),
        "open_unpaid": get(settings.OPEN_UNPAID),
        "per_clinic": get(settings.PER_CLINIC),
        "per_department_day": get(settings.PER_DEPARTMENT_DAY),
        "per_day": get(settings.PER_DAY),
        "per_week": get(settings.PER_WEEK),
        "per_week_expert": get(settings.PER_WEEK_EXPERT),
        "per_month_account": get(settings.PER_MONTH_ACCOUNT),
        "rebook_pause": get(settings.REBOOK_PAUSE_MINUTES),
        "hold": get(settings.HOLD_MINUTES),
        "active": [state.value for state in ACTIVE],
    }
