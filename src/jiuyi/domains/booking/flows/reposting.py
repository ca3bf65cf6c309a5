"""Telling the HIS again what it should have entered: used by reconciliation. Same request numbers as the first time."""

from uuid import UUID

from jiuyi.domains.booking.ports import Registrations
from jiuyi.domains.booking.repository import appointments as repository
from jiuyi.domains.booking.types import ENDED
from jiuyi.domains.payments import service as payments
from jiuyi.kit.db import Absent, Db
from jiuyi.kit.ids import number_from


class RegistrationEntries:
    """A registration's entry in the HIS's books. Every call raises the outcomes of `Registrations`."""

    def __init__(self, db: Db, registrations: Registrations) -> None:
        self._db = db
        self._his = registrations

    async def withdrawing(self, subject_id: UUID) -> bool:
        """Whether it is being cancelled: what is left of its money is promised when that ends."""
        async with self._db.tx() as tx:
            row = await repository.appointment(tx, subject_id)
        return row is not None and row.leaving is not None and row.state not in ENDED

    async def repost(self, subject_id: UUID) -> None:
        """Confirm the place once more. Raises `Absent` when we hold no payment for it."""
        async with self._db.tx() as tx:
            row = await repository.appointment(tx, subject_id)
            if row is None or row.order_id is None or row.lock_no is None:
                raise Absent(f"registration {subject_id}")
            proof = await payments.proof(tx, row.order_id)
        await self._his.confirm(request_no=number_from("C", row.id), lock_no=row.lock_no, payment=proof)

    async def enter_refund(self, subject_id: UUID) -> None:
        """Cancel it once more, so that the HIS enters the money as given back."""
        await self._cancel(subject_id)

    async def reverse(self, subject_id: UUID) -> None:
        """Have the HIS take back a registration for which no money came."""
        await self._cancel(subject_id)

    async def _cancel(self, subject_id: UUID) -> None:
        async with self._db.tx() as tx:
            row = await repository.appointment(tx, subject_id)
        if row is None or row.lock_no is None:
            raise Absent(f"registration {subject_id}")
        await self._his.cancel(
            request_no=number_from("X", row.id), lock_no=row.lock_no, reason="system", note="对账 reconciliation"
        )
