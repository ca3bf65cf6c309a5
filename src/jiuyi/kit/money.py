"""Money is integer fen (分). These are the only places where it becomes text or comes from text."""

import re

_YUAN = re.compile(r"(-?)(\d{1,13})(?:\.(\d{1,2}))?")


class NotMoney(ValueError):
    """The text is not an amount in yuan with at most two decimals."""


def yuan(fen: int) -> str:
    """Return `fen` as yuan with two decimals and no sign of currency: `1500` → `"15.00"`."""
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), 100)
    return f"{sign}{whole}.{rest:02d}"


def grouped(fen: int) -> str:
    """Return `fen` as people read it in a sentence: `123456` → `"1,234.56"`. Other machines take `yuan`."""
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def fen_from_yuan(text: str) -> int:
    """Return integer fen for a decimal string in yuan (`"15"`, `"15.5"`, `"15.00"`).

    Raises `NotMoney` for anything else: exponents, thousands separators, more than two decimals.
    """
    found = _YUAN.fullmatch(text.strip())
    if found is None:
        raise NotMoney(text)
    sign, whole, rest = found.groups()
    fen = int(whole) * 100 + int((rest or "").ljust(2, "0") or 0)
    return -fen if sign else fen
