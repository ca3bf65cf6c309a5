"""Numbers that pages tell people before they choose."""

from dataclasses import dataclass

from jiuyi.domains.booking import settings
from jiuyi.kit.knobs import Knobs


@dataclass(frozen=True)
class Announced:
    """How long an unpaid place is held (minutes), and how far ahead ordinary and expert clinics open (days)."""

    hold_minutes: int
    window_days: int


def limits(knobs: Knobs) -> Announced:
    """The numbers in force."""
    return Announced(knobs.get(settings.HOLD_MINUTES), knobs.get(settings.WINDOW_DAYS))
