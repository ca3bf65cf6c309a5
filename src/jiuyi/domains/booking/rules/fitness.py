"""Whether a department sees this patient at all."""

from datetime import date

from jiuyi.domains.booking.errors import PatientAgeMismatch, PatientSexMismatch
from jiuyi.kit.problems import Problem

_SEX = {"male": ("男性", "male"), "female": ("女性", "female")}


def years_old(born: date, on: date) -> int:
    """Full years on a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def unfit(
    *, sex: str, born: date | None, on: date, wanted_sex: str, age_min: int | None, age_max: int | None
) -> list[Problem]:
    """Why a department does not see a patient on a day; empty when it does. Unknown sex or birth is let through."""
    found: list[Problem] = []
    if wanted_sex in _SEX and sex in _SEX and sex != wanted_sex:
        who, who_en = _SEX[wanted_sex]
        found.append(PatientSexMismatch(who=who, who_en=who_en))
    if born is not None and (age_min is not None or age_max is not None):
        age = years_old(born, on)
        if (age_min is not None and age < age_min) or (age_max is not None and age > age_max):
            zh, en = _range(age_min, age_max)
            found.append(PatientAgeMismatch(range=zh, range_en=en))
    return found


def _range(low: int | None, high: int | None) -> tuple[str, str]:
    if low is None:
        return f"{high} 岁及以下", f"{high} or younger"
    if high is None:
        return f"{low} 岁及以上", f"{low} or older"
    return f"{low} 至 {high} 岁", f"{low} to {high}"
