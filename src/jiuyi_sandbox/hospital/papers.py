"""Identity document numbers: well-formed, with valid check digits, and belonging to nobody.

Mainland numbers (GB 11643-1999, ISO 7064 MOD 11-2) use area codes of whole provinces and cities (``xx0000``,
``xxyy00``), which are not issued to people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from random import Random

AREAS = (
    "440100",
    "440300",
    "440600",
    "440400",
    "440700",
    "440500",
    "430100",
    "450100",
    "350200",
    "360100",
    "420100",
    "510100",
    "410100",
    "110000",
    "310000",
)
RESIDENCE_AREAS = {"hk": "810000", "macao": "820000", "taiwan": "830000"}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def with_check(first_17: str) -> str:
    """The 18-character number of 17 digits."""
    return first_17 + "10X98765432"[sum(int(d) * w for d, w in zip(first_17, _WEIGHTS, strict=True)) % 11]


def is_valid(number: str) -> bool:
    """Whether an 18-character number has the right form and check digit."""
    return len(number) == 18 and number[:17].isdigit() and with_check(number[:17]) == number  # noqa: PLR2004


def mainland(area: str, born: date, serial: int, sex: str) -> str:
    """``serial`` 0…499; the 17th digit is odd for men, even for women."""
    return with_check(f"{area}{born:%Y%m%d}{serial * 2 + (sex == 'male'):03d}")


def permit(random: Random, kind: str) -> str:
    """A HK/Macao travel permit (H or M and 8 digits), a Taiwan permit (8 digits), or a passport number."""
    digits = f"{random.randrange(10**8):08d}"
    if kind == "hk_macao_permit":
        return random.choice("HHM") + digits
    return digits if kind == "taiwan_permit" else random.choice(("E", "K", "N", "P", "GB", "AA")) + digits[:7]
