"""The hospital's books, as the domains whose things are paid know them. A domain gives its own; payments carries."""

from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from jiuyi.domains.payments.types import Entry, Withdrawal
from jiuyi.kit.db import Tx
from jiuyi.kit.moves import Axis

EntryT = TypeVar("EntryT", bound=Entry)
TellingT = TypeVar("TellingT")
ReceiptT = TypeVar("ReceiptT")


class Book(Protocol[EntryT, TellingT, ReceiptT]):
    """One kind of entry in the hospital's books. `tell` and `find` call out and raise the outcomes of a call.

    `usual_refusals` are the hospital's codes that need no one's attention; `refund_reason` is what the payer reads.
    """

    axis: Axis
    subject: str
    refund_reason: str
    usual_refusals: frozenset[str]

    def patience_seconds(self) -> int:
        """How long a hospital that cannot be told is waited for before the money goes back."""
        ...

    async def entry(self, tx: Tx, entry_id: UUID) -> EntryT:
        """The row. Raises `Absent`."""
        ...

    async def telling(self, tx: Tx, row: EntryT) -> TellingT:
        """What the hospital is to be told."""
        ...

    async def tell(self, telling: TellingT) -> ReceiptT:
        """Tell it, under the row's own number."""
        ...

    async def find(self, row: EntryT) -> ReceiptT | None:
        """What became of the telling; None = it never arrived."""
        ...

    def facts(self, receipt: ReceiptT) -> dict[str, Any]:
        """The columns that a receipt fills."""
        ...

    async def ended(self, tx: Tx, row: EntryT, code: str) -> None:
        """It came to an end, in `row.state` (refused: `code` says why): let go what it held, tell the payer."""
        ...

    async def tried(self, tx: Tx, entry_id: UUID) -> int:
        """Count a try; returns how many there were."""
        ...

    async def again(self, tx: Tx, entry_id: UUID, seconds: float) -> None:
        """Have it driven again in a while."""
        ...

    async def alarm(self, tx: Tx, entry_id: UUID, what: str) -> None:
        """Say that people must look at it."""
        ...


WithdrawalT = TypeVar("WithdrawalT", bound=Withdrawal)
AskingT = TypeVar("AskingT")


class Withdrawals(Protocol[WithdrawalT, AskingT]):
    """Taking back what was entered. `take_back` and `find` call out and raise the outcomes of a call.

    `subject` is what a withdrawal is a part of; `refund_reason` is what the payer reads.
    """

    axis: Axis
    subject: str
    refund_reason: str

    async def withdrawal(self, tx: Tx, withdrawal_id: UUID) -> WithdrawalT:
        """The row. Raises `Absent`."""
        ...

    async def asking(self, tx: Tx, row: WithdrawalT) -> AskingT:
        """What the hospital is asked."""
        ...

    async def take_back(self, asking: AskingT) -> str:
        """Ask it, under the row's own number; returns the hospital's."""
        ...

    async def find(self, row: WithdrawalT) -> str | None:
        """What became of the asking; None = it never arrived."""
        ...

    async def let_go(self, tx: Tx, row: WithdrawalT) -> None:
        """It came to nothing: what it claimed may be asked for again."""
        ...

    async def tried(self, tx: Tx, withdrawal_id: UUID) -> int:
        """Count a try; returns how many there were."""
        ...

    async def again(self, tx: Tx, withdrawal_id: UUID, seconds: float) -> None:
        """Have it settled in a while."""
        ...

    async def alarm(self, tx: Tx, withdrawal_id: UUID) -> None:
        """Say that people must look at it."""
        ...

    async def now(self, tx: Tx) -> datetime:
        """The database's time."""
        ...
