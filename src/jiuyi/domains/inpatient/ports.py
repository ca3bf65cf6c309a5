"""What inpatient needs from outside. Every call raises `Refused`, `Unreachable` or `Unanswered` (kit.outcomes)."""

from typing import Protocol

from jiuyi.domains.inpatient.types import (
    DepositBack,
    DepositGone,
    DepositReceipt,
    DepositTelling,
    Question,
    Refundable,
    Stay,
)


class Wards(Protocol):
    """The hospital's inpatient fee system."""

    async def find(self, question: Question) -> list[Stay]:
        """Stays that fit; none when there is none or the name differs."""
        ...

    async def deposit(self, telling: DepositTelling) -> DepositReceipt:
        """Enter a deposit."""
        ...

    async def refundable(self, receipt_no: str) -> Refundable:
        """How much of a deposit goes back at this moment."""
        ...

    async def give_back(self, ask: DepositBack) -> DepositGone:
        """Enter money of a deposit as given back."""
        ...

    async def find_given_back(self, refund_no: str) -> DepositGone | None:
        """What became of that; None = it never arrived."""
        ...

    async def find_deposit(self, deposit_no: str) -> DepositReceipt | None:
        """What became of a deposit; None = it never arrived."""
        ...
