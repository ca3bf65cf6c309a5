"""Telling the HIS again what it should have entered: used by reconciliation. Same request numbers as the first time."""

from uuid import UUID

from jiuyi.domains.inpatient import service
from jiuyi.domains.inpatient.ports import Wards
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.outcomes import Refused


class DepositEntries:
    """A deposit's entry in the HIS's books. Every call raises the outcomes of `Wards`."""

    def __init__(self, db: Db, vault: Vault, wards: Wards) -> None:
        self._db = db
        self._vault = vault
        self._wards = wards

    async def withdrawing(self, subject_id: UUID) -> bool:
        """Whether a refund of it has no end yet: its money is promised when the HIS says yes."""
        async with self._db.tx() as tx:
            return await service.refund_under_way(tx, subject_id)

    async def repost(self, subject_id: UUID) -> None:
        """Tell of the deposit once more. Raises `Absent` when we hold no money for it."""
        async with self._db.tx() as tx:
            telling = await service.telling(tx, self._vault, await service.deposit(tx, subject_id))
        await self._wards.deposit(telling)

    async def enter_refund(self, subject_id: UUID) -> None:
        """Tell again of every part that went back and that the HIS should have entered. Raises `Refused` for none."""
        async with self._db.tx() as tx:
            asks = await service.given_back(tx, self._vault, subject_id)
        if not asks:
            raise Refused("inpatient", "enter_refund", "not_here", f"退款不是在这里办的，请在 HIS 核对 {subject_id}")
        for ask in asks:
            await self._wards.give_back(ask)

    async def reverse(self, subject_id: UUID) -> None:
        """A deposit without money is taken back at the hospital. Raises `Refused`."""
        raise Refused("inpatient", "reverse", "by_hand", f"预交金冲销，请在 HIS 核对 {subject_id}")
