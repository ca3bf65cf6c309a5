"""What the fund pays of a bill: policies as data, and the one calculation that reads them. Fictional figures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

OUTPATIENT, REGISTRATION, EMERGENCY, CHRONIC_OR_SPECIAL = "11", "12", "13", "14"
MED_TYPES = frozenset({OUTPATIENT, REGISTRATION, EMERGENCY, CHRONIC_OR_SPECIAL})


@dataclass(frozen=True, slots=True)
class Policy:
    """Of what is inside the fund's scope above `deductible_fen`, `percent` is paid, at most `cap_fen` a visit.

    `account`: the personal account may pay what the fund leaves, except what lies outside the scope altogether.
    """

    percent: int
    cap_fen: int
    deductible_fen: int = 0
    account: bool = True


POLICIES: dict[str, Policy] = {
    "gz_employee": Policy(55, 30000),
    "gz_resident": Policy(45, 10000, account=False),
    "city_direct": Policy(70, 50000),
    "province_direct": Policy(75, 60000),
    "in_province": Policy(50, 20000, deductible_fen=1000),
    "out_of_province": Policy(50, 20000, deductible_fen=2000),
    "chronic": Policy(80, 70000),
    "special": Policy(85, 500000),
}
"""Policy name → terms for one visit. `chronic` and `special` take the place of the person's own for medType 14."""

SELF_PAY_PERCENT = {"X": 0, "Z": 10, "C": 20}
"""First letter of a national code → percent the person pays first: drugs, Chinese medicine, consumables.

Services have codes of digits and belong wholly to the scope.
"""
OUTSIDE = "ZZZ"
"""A code that begins so, like a line without one, lies outside the scope altogether."""


@dataclass(frozen=True, slots=True)
class Split:
    """A bill in fen; the parts add up to the total. `scope`: what the fund looked at, `outside`: what it never pays."""

    total: int
    fund: int
    account: int
    own: int
    scope: int
    outside: int


def percent_of(fen: int, percent: int) -> int:
    """Whole fen, halves upwards."""
    return int((Decimal(fen) * percent / 100).quantize(Decimal(1), ROUND_HALF_UP))


def scope_of(lines: list[tuple[str, int]]) -> tuple[int, int]:
    """(inside the scope, wholly outside) of lines given as (national code, fen)."""
    inside = outside = 0
    for code, fen in lines:
        if not code or code.startswith(OUTSIDE):
            outside += fen
        else:
            inside += fen - percent_of(fen, SELF_PAY_PERCENT.get(code[0].upper(), 0))
    return inside, outside


def split(policy: Policy, *, total: int, scope: int, outside: int, balance: int, use_account: bool) -> Split:
    """Who pays what of `total` fen, with `balance` fen on the personal account."""
    fund = min(policy.cap_fen, percent_of(max(scope - policy.deductible_fen, 0), policy.percent))
    account = min(balance, total - fund - outside) if policy.account and use_account else 0
    return Split(total, fund, account, total - fund - account, scope, outside)
