"""Carrying deposits into the HIS, and out of it again; the roads themselves are payments'."""

from datetime import datetime
from typing import Any
from uuid import UUID

from jiuyi.domains.inpatient import rules, service, settings
from jiuyi.domains.inpatient.errors import NotRefundable, RefundClosed
from jiuyi.domains.inpatient.ports import Wards
from jiuyi.domains.inpatient.types import (
    DepositBack,
    DepositReceipt,
    DepositRow,
    DepositTelling,
    DeskRefundable,
    Refundable,
    RefundRow,
)
from jiuyi.domains.payments.flows import Clerk, Withdrawer
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.ids import number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone, Refused, Unreachable
from jiuyi.kit.problems import OutsideDown


def driver(db: Db, knobs: Knobs, vault: Vault, wards: Wards) -> Clerk[DepositRow, DepositTelling, DepositReceipt]:
    """Who carries paid deposits into the HIS; once per worker process."""
    return Clerk(db, _DepositBook(knobs, vault, wards))


class _DepositBook:
    """`payments.ports.Book` of deposits."""

    axis = service.DEPOSIT
    subject = service.SUBJECT
    refund_reason = "预交金未成功，自动退款"
    usual_refusals = frozenset(rules.REFUSALS)

    def __init__(self, knobs: Knobs, vault: Vault, wards: Wards) -> None:
        self._knobs = knobs
        self._vault = vault
        self._wards = wards

    def patience_seconds(self) -> int:
        return self._knobs.get(settings.CONFIRM_PATIENCE_SECONDS)

    async def entry(self, tx: Tx, entry_id: UUID) -> DepositRow:
        return await service.deposit(tx, entry_id)

    async def telling(self, tx: Tx, row: DepositRow) -> DepositTelling:
        return await service.telling(tx, self._vault, row)

    async def tell(self, telling: DepositTelling) -> DepositReceipt:
        return await self._wards.deposit(telling)

    async def find(self, row: DepositRow) -> DepositReceipt | None:
        return await self._wards.find_deposit(number_from("D", row.id))

    def facts(self, receipt: DepositReceipt) -> dict[str, Any]:
        return {"receipt_no": receipt.receipt_no, "confirmed_at": receipt.entered_at}

    async def ended(self, tx: Tx, row: DepositRow, code: str) -> None:
        await service.ended(tx, self._vault, row, code)

    async def tried(self, tx: Tx, entry_id: UUID) -> int:
        return await service.tried(tx, entry_id)

    async def again(self, tx: Tx, entry_id: UUID, seconds: float) -> None:
        await tx.defer(service.DRIVE, delay_seconds=seconds, deposit_id=str(entry_id))

    async def alarm(self, tx: Tx, entry_id: UUID, what: str) -> None:
        await service.alarm(tx, entry_id, what)


async def refundable(db: Db, wards: Wards, *, deposit_id: UUID, at: AtDesk, language: str) -> DeskRefundable:
    """How much of a deposit may go back at this moment. Raises `NotFound`, `RefundClosed`, `OutsideDown`."""
    row, left = await _open_row(db, deposit_id, at)
    said = await _ask(wards, row)
    reason = (said.reason_en or said.reason) if language == "en" else said.reason
    return DeskRefundable(deposit_id, min(left, said.refundable_fen), reason)


async def refund_at_desk(
    db: Db, vault: Vault, wards: Wards, *, deposit_id: UUID, at: AtDesk, amount_fen: int, reason: str, key: str
) -> UUID:
    """Give money of a deposit back: the HIS is asked how much may go, enters it, and then the money is promised.

    The same `key` of a device is the same refund. Raises `NotFound`, `RefundClosed`, `RefundUnderWay`,
    `NotRefundable`, `OutsideDown`; without an answer it stays under way, and the sweeper learns what became of it.
    """
    own_key = f"{at.device_code}:{key}"
    earlier = await _asked_before(db, deposit_id, own_key)
    if earlier is not None:
        return earlier
    try:
        await _may_go(db, wards, deposit_id, at, amount_fen)
    except (RefundClosed, NotRefundable):
        # Asked twice in one moment: what is not there to be refunded any more went with the other one.
        earlier = await _asked_before(db, deposit_id, own_key)
        if earlier is None:
            raise
        return earlier
    async with db.tx() as tx:
        same = await service.refund_asked_before(tx, deposit_id, own_key)
        if same is not None:
            return same
        made = await service.begin_refund(
            tx, vault, deposit_id=deposit_id, at=at, amount_fen=amount_fen, reason=reason, key=own_key
        )
    try:
        await refunder(db, vault, wards).carry(made)
    except Refused as error:
        raise NotRefundable(reason="", reason_en="") from error
    except Unreachable as error:
        raise OutsideDown from error
    return made


async def _asked_before(db: Db, deposit_id: UUID, key: str) -> UUID | None:
    async with db.tx() as tx:
        earlier = await service.refund_by_key(tx, deposit_id, key)
    return earlier.id if earlier else None


async def _may_go(db: Db, wards: Wards, deposit_id: UUID, at: AtDesk, amount_fen: int) -> None:
    row, left = await _open_row(db, deposit_id, at)
    said = await _ask(wards, row)
    if amount_fen > min(left, said.refundable_fen):
        raise NotRefundable(reason=said.reason, reason_en=said.reason_en or said.reason)


async def _open_row(db: Db, deposit_id: UUID, at: AtDesk) -> tuple[DepositRow, int]:
    async with db.tx() as tx:
        row, left = await service.deposit_at_desk(tx, deposit_id, at)
    if left <= 0:
        raise RefundClosed
    return row, left


async def _ask(wards: Wards, row: DepositRow) -> Refundable:
    try:
        return await wards.refundable(row.receipt_no or "")
    except NotDone as error:
        raise OutsideDown from error


def refunder(db: Db, vault: Vault, wards: Wards) -> Withdrawer[RefundRow, DepositBack]:
    """Who carries money of deposits back."""
    return Withdrawer(db, _Back(vault, wards))


class _Back:
    """`payments.ports.Withdrawals` of deposits."""

    axis = service.REFUND
    subject = service.SUBJECT
    refund_reason = "住院预交金退款"

    def __init__(self, vault: Vault, wards: Wards) -> None:
        self._vault = vault
        self._wards = wards

    async def withdrawal(self, tx: Tx, withdrawal_id: UUID) -> RefundRow:
        return await service.refund_row(tx, withdrawal_id)

    async def asking(self, tx: Tx, row: RefundRow) -> DepositBack:
        return await service.refund_asking(tx, self._vault, row)

    async def take_back(self, asking: DepositBack) -> str:
        return (await self._wards.give_back(asking)).refund_no

    async def find(self, row: RefundRow) -> str | None:
        found = await self._wards.find_given_back(row.no)
        return found.refund_no if found else None

    async def let_go(self, tx: Tx, row: RefundRow) -> None:
        """A deposit claims nothing but its one refund at a time, and that has ended."""

    async def tried(self, tx: Tx, withdrawal_id: UUID) -> int:
        return await service.refund_tried(tx, withdrawal_id)

    async def again(self, tx: Tx, withdrawal_id: UUID, seconds: float) -> None:
        await tx.defer(service.SETTLE_REFUND, delay_seconds=seconds, refund_id=str(withdrawal_id))

    async def alarm(self, tx: Tx, withdrawal_id: UUID) -> None:
        await service.alarm(tx, withdrawal_id, "refund_unknown")

    async def now(self, tx: Tx) -> datetime:
        return await service.now(tx)
