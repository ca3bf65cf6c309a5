"""Telling the HIS again what it should have entered: used by reconciliation. Same request numbers as the first time."""

from uuid import UUID

from jiuyi.domains.outpatient import repository, service
from jiuyi.domains.outpatient.ports import Fees
from jiuyi.domains.payments.types import WithdrawalState
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Absent, Db
from jiuyi.kit.outcomes import Refused


class CheckoutEntries:
    """A checkout's entry in the HIS's books. Every call raises the outcomes of `Fees`."""

    def __init__(self, db: Db, vault: Vault, fees: Fees) -> None:
        self._db = db
        self._vault = vault
        self._fees = fees

    async def withdrawing(self, subject_id: UUID) -> bool:
        """Whether a refund of its lines has no end yet: its money is promised when the HIS says yes."""
        async with self._db.tx() as tx:
            refunds = await repository.refunds(tx, subject_id)
        return any(one.state in {WithdrawalState.ASKING, WithdrawalState.UNKNOWN} for one in refunds)

    async def repost(self, subject_id: UUID) -> None:
        """Tell of the payment once more. Raises `Absent` when we hold none."""
        async with self._db.tx() as tx:
            row = await repository.checkout(tx, subject_id)
            if row is None:
                raise Absent(f"checkout {subject_id}")
            ask = await service.confirm_ask(tx, self._vault, row)
        await self._fees.confirm(ask)

    async def enter_refund(self, subject_id: UUID) -> None:
        """A refund of fees goes by line, so it is entered at the hospital. Raises `Refused`."""
        raise Refused("outpatient", "enter_refund", "by_line", f"按明细退费，请在 HIS 核对 {subject_id}")

    async def reverse(self, subject_id: UUID) -> None:
        """The same. Raises `Refused`."""
        raise Refused("outpatient", "reverse", "by_line", f"按明细冲销，请在 HIS 核对 {subject_id}")
