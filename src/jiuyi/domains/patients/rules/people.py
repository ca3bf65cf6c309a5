from datetime import date

from jiuyi.domains.patients.types import ADULT_AGE, Relation


def age_on(birth_date: date, today: date) -> int:
    """Full years of life. Born on 29 February: the birthday of other years is 1 March."""
    before = (today.month, today.day) < (birth_date.month, birth_date.day)
    return max(0, today.year - birth_date.year - before)


def is_minor(birth_date: date, today: date) -> bool:
    return age_on(birth_date, today) < ADULT_AGE


def may_oversee(relation: Relation, *, minor: bool) -> bool:
    """Whether a binding gives the right to see and end the other bindings: oneself, or a parent of a minor."""
    return relation is Relation.SELF or (minor and relation is Relation.CHILD)


def may_change_relation(now: Relation, wanted: Relation, *, minor: bool) -> bool:
    """Whether it may be changed without a new verification: not when the change would give or take rights."""
    return now is wanted or may_oversee(now, minor=minor) == may_oversee(wanted, minor=minor) is False
