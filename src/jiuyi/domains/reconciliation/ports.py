"""What reconciliation needs from outside."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Protocol
from uuid import UUID

from jiuyi.domains.reconciliation.types import Said
from jiuyi.kit.outcomes import Garbled, Unreachable


class NotReady(Unreachable):
    """The day's statement or bill has not been made yet: ask again later."""


class StatementOdd(Garbled):
    """A statement whose totals are not the sum of its lines."""


class HisStatement(Protocol):
    """What the HIS entered on a day (docs/contracts/his.md §2.6)."""

    def day(self, day: date) -> AsyncIterator[Said]:
        """Its entries, streamed. Raises `NotReady`, `StatementOdd` and the outcomes of a call."""
        ...


class InsuranceBill(Protocol):
    """What an insurance centre settled on a day, one line a leg. Optional: a hospital without it gives none."""

    @property
    def payers(self) -> frozenset[str]:
        """Whose settlements it lists (`national_centre`, `his`); others are compared with the HIS alone."""
        ...

    def bill(self, day: date) -> AsyncIterator[Said]:
        """Legs and reversals of the day, streamed. Raises `NotReady` and the outcomes of a call.

        `channel` is `insurance`; `transaction_id`, `trade_no` and a reversal's `refund_no` are the settlement's number
        at the insurance, `order_no` is the number under which it was told of it, `merchant_id` the payer, and
        `account_fen` the personal account's share of `amount_fen`.
        """
        ...


class HisEntries(Protocol):
    """The HIS's entry of one kind of subject, told again or taken back. Safe to repeat: same request numbers.

    Every call raises `Refused` (the HIS will not), `Unreachable` or `Unanswered`; `withdrawing` asks our books alone.
    """

    async def withdrawing(self, subject_id: UUID) -> bool:
        """Whether its own cancellation or refund is under way and nobody knows yet how it ends."""
        ...

    async def repost(self, subject_id: UUID) -> None:
        """Tell the HIS of the payment again."""
        ...

    async def enter_refund(self, subject_id: UUID) -> None:
        """Tell the HIS again that it was cancelled and paid back."""
        ...

    async def reverse(self, subject_id: UUID) -> None:
        """Have the HIS take back an entry for which no money came."""
        ...
