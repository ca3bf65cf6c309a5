from datetime import date

from jiuyi.domains.patients.types import ADULT_AGE, Relation, Way


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


def is_family(way: Way, phone_index: bytes | None, own_phone_index: bytes | None) -> bool:
    """Whether the hospital had this file before under the phone that one's own file has.

    A mother with two children and her father binds them all on one evening; the pace of adding is there against people
    who collect strangers, and strangers' files do not carry one's own phone.
    """
    return way is Way.SMS_ON_FILE and phone_index is not None and phone_index == own_phone_index
