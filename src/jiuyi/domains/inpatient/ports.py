"""What inpatient needs from outside. Every call raises `Refused`, `Unreachable` or `Unanswered` (kit.outcomes)."""

from typing import Protocol

from jiuyi.domains.inpatient.types import DepositReceipt, DepositTelling, Question, Stay


class Wards(Protocol):
    """The hospital's inpatient fee system."""

    async def find(self, question: Question) -> list[Stay]:
        """Stays that fit; none when there is none or the name differs."""
        ...

    async def deposit(self, telling: DepositTelling) -> DepositReceipt:
        """Enter a deposit."""
        ...

    async def find_deposit(self, deposit_no: str) -> DepositReceipt | None:
        """What became of a deposit; None = it never arrived."""
        ...
