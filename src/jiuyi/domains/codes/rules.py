"""Pure decisions about codes and numbers."""

import re

from jiuyi.domains.codes.errors import CodeTooMany, CodeTooSoon, PhoneInvalid
from jiuyi.domains.codes.types import Counts

_MAINLAND = re.compile(r"1[3-9]\d{9}")
_ABROAD = re.compile(r"\+[1-9]\d{6,14}")


def normal_phone(text: str) -> str:
    """A mobile number as stored: 11 digits for the mainland, else `+` and digits. Raises `PhoneInvalid`."""
    compact = re.sub(r"[\s\-()（）]", "", text.translate(_FULL_WIDTH))
    compact = compact.removeprefix("+86")
    if _MAINLAND.fullmatch(compact) or _ABROAD.fullmatch(compact):
        return compact
    raise PhoneInvalid


_FULL_WIDTH = str.maketrans("０１２３４５６７８９＋－", "0123456789+-")


def check_limits(counts: Counts, *, gap: int, hour: int, day: int, ip_day: int, account_day: int) -> None:
    """Raise `CodeTooSoon` or `CodeTooMany` when one more code would break a limit."""
    if counts.seconds_since_last is not None and counts.seconds_since_last < gap:
        raise CodeTooSoon(retry_after=max(1, int(gap - counts.seconds_since_last)))
    over = (
        counts.last_hour >= hour
        or counts.last_day >= day
        or counts.ip_last_day >= ip_day
        or counts.account_last_day >= account_day
    )
    if over:
        raise CodeTooMany(retry_after=3600)
