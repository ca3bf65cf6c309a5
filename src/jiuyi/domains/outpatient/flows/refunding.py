"""Refunds of lines: asked from the HIS at the moment of the click, and carried through whatever happens."""

from datetime import datetime
from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.outpatient import service
from jiuyi.domains.outpatient.errors import NotRefundable, RefundClosed
from jiuyi.domains.outpatient.ports import Fees
from jiuyi.domains.outpatient.types import CheckoutRow, LineKey, LineState, RefundableView, RefundAsk, RefundRow
from jiuyi.domains.payments.flows import Withdrawer
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone, Refused, Unreachable
from jiuyi.kit.problems import OutsideDown


async def refundable(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    fees: Fees,
    clock: Clock,
    *,
    checkout_id: UUID,
    by: Principal | AtDesk,
    language: str,
) -> RefundableView:
    """Which lines may go back at this moment. Raises `NotFound`, `RefundClosed`, `OutsideDown`."""
    row = await _open_row(db, knobs, checkout_id, by)
    states = await _ask(fees, row)
    async with db.tx() as tx:
        return await service.refundable_view(tx, vault, knobs, row, states, local(clock.now()), language)


async def refund(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    fees: Fees,
    *,
    checkout_id: UUID,
    by: Principal,
    keys: list[LineKey],
    reason: str,
) -> None:
    """Take chosen lines back: the HIS is asked which may go, takes them, and then the money is promised.

    Raises `NotFound`, `RefundClosed`, `RefundUnderWay`, `NotRefundable`, `OutsideDown`. When the HIS does not answer,
    the refund stays under way and the sweeper learns what became of it.
    """
    row = await _open_row(db, knobs, checkout_id, by)
    amount = service.wanted_lines(await _ask(fees, row), keys)
    who = Actor.account(by.account_id)
    async with db.tx() as tx:
        claimed = await service.begin_refund(
            tx, vault, knobs, checkout_id=checkout_id, who=who, keys=keys, amount_fen=amount, reason=reason
        )
    await _carry(db, vault, fees, claimed)


async def refund_at_desk(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    fees: Fees,
    *,
    checkout_id: UUID,
    at: AtDesk,
    keys: list[LineKey] | None,
    reason: str,
    key: str,
) -> UUID:
    """The same for a cashier, beyond what is allowed online; no `keys` means all that is left of the payment.

    The same `key` of a device is the same refund. Raises what `refund` raises.
    """
    own_key = f"{at.device_code}:{key}"
    earlier = await _asked_before(db, checkout_id, own_key)
    if earlier is not None:
        return earlier
    try:
        keys, amount = await _wanted(db, knobs, fees, checkout_id=checkout_id, at=at, keys=keys)
    except (RefundClosed, NotRefundable):
        # Asked twice in one moment: what is not there to be refunded any more went with the other one.
        earlier = await _asked_before(db, checkout_id, own_key)
        if earlier is None:
            raise
        return earlier
    async with db.tx() as tx:
        same = await service.refund_asked_before(tx, checkout_id, own_key)
        if same is not None:
            return same.id
        claimed = await service.begin_refund(
            tx,
            vault,
            knobs,
            checkout_id=checkout_id,
            who=staff.actor_of(at),
            keys=keys,
            amount_fen=amount,
            reason=reason,
            key=own_key,
        )
    await _carry(db, vault, fees, claimed)
    return claimed.id


async def _asked_before(db: Db, checkout_id: UUID, key: str) -> UUID | None:
    async with db.tx() as tx:
        earlier = await service.refund_by_key(tx, checkout_id, key)
    return earlier.id if earlier else None


async def _wanted(
    db: Db, knobs: Knobs, fees: Fees, *, checkout_id: UUID, at: AtDesk, keys: list[LineKey] | None
) -> tuple[list[LineKey], int]:
    row = await _open_row(db, knobs, checkout_id, at)
    if keys is None:
        async with db.tx() as tx:
            keys = await service.kept_lines(tx, checkout_id)
    return keys, service.wanted_lines(await _ask(fees, row), keys)


async def _carry(db: Db, vault: Vault, fees: Fees, claimed: RefundRow) -> None:
    try:
        await refunder(db, vault, fees).carry(claimed.id)
    except Refused as error:
        raise NotRefundable from error
    except Unreachable as error:
        raise OutsideDown from error


async def _open_row(db: Db, knobs: Knobs, checkout_id: UUID, by: Principal | AtDesk) -> CheckoutRow:
    async with db.tx() as tx:
        if isinstance(by, AtDesk):
            row = await service.checkout_at_desk(tx, checkout_id, by)
        else:
            row = await service.access_checkout(tx, checkout_id, by)
        if not await service.may_refund(tx, knobs, row, at_desk=isinstance(by, AtDesk)):
            raise RefundClosed
    return row


async def _ask(fees: Fees, row: CheckoutRow) -> list[LineState]:
    try:
        return await fees.refundable(row.receipt_no or "")
    except NotDone as error:
        raise OutsideDown from error


def refunder(db: Db, vault: Vault, fees: Fees) -> Withdrawer[RefundRow, RefundAsk]:
    """Who carries refunds of lines."""
    return Withdrawer(db, _Lines(vault, fees))


class _Lines:
    """`payments.ports.Withdrawals` of lines."""

    axis = service.REFUND
    subject = service.SUBJECT
    refund_reason = "门诊退费"

    def __init__(self, vault: Vault, fees: Fees) -> None:
        self._vault = vault
        self._fees = fees

    async def withdrawal(self, tx: Tx, withdrawal_id: UUID) -> RefundRow:
        return await service.refund_row(tx, withdrawal_id)

    async def asking(self, tx: Tx, row: RefundRow) -> RefundAsk:
        return await service.refund_asking(tx, self._vault, row)

    async def take_back(self, asking: RefundAsk) -> str:
        return (await self._fees.refund(asking)).refund_no

    async def find(self, row: RefundRow) -> str | None:
        found = await self._fees.find_refund(row.no)
        return found.refund_no if found else None

    async def let_go(self, tx: Tx, row: RefundRow) -> None:
        await service.free_lines(tx, row.id)

    async def tried(self, tx: Tx, withdrawal_id: UUID) -> int:
        return await service.refund_tried(tx, withdrawal_id)

    async def again(self, tx: Tx, withdrawal_id: UUID, seconds: float) -> None:
        await tx.defer(service.SETTLE_REFUND, delay_seconds=seconds, refund_id=str(withdrawal_id))

    async def alarm(self, tx: Tx, withdrawal_id: UUID) -> None:
        await service.alarm(tx, withdrawal_id, "refund", "refund_unknown")

    async def now(self, tx: Tx) -> datetime:
        return await service.now(tx)
