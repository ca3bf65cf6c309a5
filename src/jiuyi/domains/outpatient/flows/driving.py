"""Carrying a paid checkout into the HIS: what is particular about it; the road itself is payments' `Clerk`."""

from typing import Any
from uuid import UUID

import msgspec

from jiuyi.domains.outpatient import rules, service, settings
from jiuyi.domains.outpatient.ports import Fees
from jiuyi.domains.outpatient.types import CheckoutRow, ConfirmAsk, Receipt
from jiuyi.domains.payments.flows import Clerk
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.ids import number_from
from jiuyi.kit.knobs import Knobs


def driver(db: Db, knobs: Knobs, vault: Vault, fees: Fees) -> Clerk[CheckoutRow, ConfirmAsk, Receipt]:
    """Who carries checkouts; once per worker process."""
    return Clerk(db, _CheckoutBook(knobs, vault, fees))


class _CheckoutBook:
    """`payments.ports.Book` of checkouts."""

    axis = service.CHECKOUT
    subject = service.SUBJECT
    refund_reason = "门诊缴费未成功，自动退款"
    usual_refusals = frozenset(rules.REFUSALS)

    def __init__(self, knobs: Knobs, vault: Vault, fees: Fees) -> None:
        self._knobs = knobs
        self._vault = vault
        self._fees = fees

    def patience_seconds(self) -> int:
        return self._knobs.get(settings.CONFIRM_PATIENCE_SECONDS)

    async def entry(self, tx: Tx, entry_id: UUID) -> CheckoutRow:
        return await service.checkout(tx, entry_id)

    async def telling(self, tx: Tx, row: CheckoutRow) -> ConfirmAsk:
        return await service.confirm_ask(tx, self._vault, row)

    async def tell(self, telling: ConfirmAsk) -> Receipt:
        return await self._fees.confirm(telling)

    async def find(self, row: CheckoutRow) -> Receipt | None:
        return await self._fees.find(number_from("C", row.id))

    def facts(self, receipt: Receipt) -> dict[str, Any]:
        return {
            "receipt_no": receipt.receipt_no,
            "guide_sealed": self._vault.seal(msgspec.json.encode(receipt.guide).decode(), service.GUIDE),
            "minutes": receipt.minutes,
            "confirmed_at": receipt.confirmed_at,
        }

    async def ended(self, tx: Tx, row: CheckoutRow, code: str) -> None:
        await service.ended(tx, self._vault, row, code)

    async def tried(self, tx: Tx, entry_id: UUID) -> int:
        return await service.tried(tx, entry_id)

    async def again(self, tx: Tx, entry_id: UUID, seconds: float) -> None:
        await tx.defer(service.DRIVE, delay_seconds=seconds, checkout_id=str(entry_id))

    async def alarm(self, tx: Tx, entry_id: UUID, what: str) -> None:
        await service.alarm(tx, entry_id, service.SUBJECT, what)
