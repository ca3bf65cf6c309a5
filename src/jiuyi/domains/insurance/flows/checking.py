"""Asking an insurance about one settlement because its bill and ours do not agree."""

from uuid import UUID

from jiuyi.domains.insurance.flows.counter import Counter
from jiuyi.domains.insurance.flows.outcome import Outcome
from jiuyi.domains.insurance.service import axis
from jiuyi.domains.insurance.types import Found, PayerState, ReverseState, Settlement
from jiuyi.kit.ids import number_from


class Checking:
    """What the books may have done about a settlement. Nothing here edits: a settlement moves as it always does."""

    def __init__(self, counter: Counter, outcome: Outcome) -> None:
        self._counter = counter
        self._outcome = outcome

    async def ask(self, settlement_id: UUID) -> Found:
        """What the insurance itself says now; what follows from it is done first. Raises `NotDone`, `Absent`."""
        row = await self._outcome.look(settlement_id)
        if row.centre_no is None:
            return Found(row.no, PayerState.ABSENT)
        return await self._counter.payer(row).find(self._counter.key(row))

    async def reverse(self, settlement_id: UUID) -> ReverseState:
        """Have the insurance take back what it settled, under the number of our reversal: the same is done once.

        Raises `NotDone`, `Absent`.
        """
        row = await self._read(settlement_id)
        number = row.refund_no or number_from("B", row.id)
        return await self._counter.payer(row).reverse(self._counter.key(row), number)

    async def _read(self, settlement_id: UUID) -> Settlement:
        async with self._counter.db.tx() as tx:
            return await axis.read(tx, settlement_id)
