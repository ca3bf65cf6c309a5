"""Refunds of lines: asked from the HIS at the moment of the click, and carried through whatever happens."""

from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.outpatient import service
from jiuyi.domains.outpatient.errors import NotRefundable, RefundClosed
from jiuyi.domains.outpatient.ports import Fees
from jiuyi.domains.outpatient.types import (
    CheckoutRow,
    FeeRefund,
    LineKey,
    LineState,
    RefundableView,
    RefundRow,
    RefundState,
)
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import Moved, move
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered, Unreachable
from jiuyi.kit.problems import OutsideDown

FINDS = 3
_WHO = "system:outpatient.refund"


async def refundable(
    db: Db, vault: Vault, knobs: Knobs, fees: Fees, clock: Clock, *, checkout_id: UUID, by: Principal, language: str
) -> RefundableView:
    """Which lines may go back at this moment. Raises `NotFound`, `RefundClosed`, `OutsideDown`."""
    row = await _open_row(db, knobs, checkout_id, by)
    states = await _ask(fees, row)
    async with db.tx() as tx:
        return await service.refundable_view(tx, vault, knobs, row, states, local(clock.now()), language)


async def refund(
    db: Db, knobs: Knobs, fees: Fees, *, checkout_id: UUID, by: Principal, keys: list[LineKey], reason: str
) -> None:
    """Take chosen lines back: the HIS is asked which may go, takes them, and then the money is promised.

    Raises `NotFound`, `RefundClosed`, `RefundUnderWay`, `NotRefundable`, `OutsideDown`. When the HIS does not answer,
    the refund stays under way and the sweeper learns what became of it.
    """
    row = await _open_row(db, knobs, checkout_id, by)
    amount = service.wanted_lines(await _ask(fees, row), keys)
    async with db.tx() as tx:
        claimed = await service.begin_refund(
            tx, knobs, checkout_id=checkout_id, by=by, keys=keys, amount_fen=amount, reason=reason
        )
    try:
        said = await fees.refund(
            request_no=claimed.no,
            receipt_no=row.receipt_no or "",
            lines=list(dict.fromkeys(keys)),
            amount_fen=amount,
            reason=reason,
        )
    except Refused as error:
        async with db.tx() as tx:
            await service.refund_refused(tx, claimed, error.code)
        raise NotRefundable from error
    except Unreachable as error:
        async with db.tx() as tx:
            await service.refund_refused(tx, claimed, "not_reached")
        raise OutsideDown from error
    except Unanswered:
        async with db.tx() as tx:
            await move(tx, service.REFUND, claimed.id, claimed.state, RefundState.UNKNOWN, who=_WHO, why="no answer")
            await tx.defer(service.SETTLE_REFUND, delay_seconds=2.0, refund_id=str(claimed.id))
        return
    async with db.tx() as tx:
        await service.refund_done(tx, claimed, row.order_id, said, why="taken back")


async def _open_row(db: Db, knobs: Knobs, checkout_id: UUID, by: Principal) -> CheckoutRow:
    async with db.tx() as tx:
        row = await service.access_checkout(tx, checkout_id, by)
        if not await service.may_refund(tx, knobs, row):
            raise RefundClosed
    return row


async def _ask(fees: Fees, row: CheckoutRow) -> list[LineState]:
    try:
        return await fees.refundable(row.receipt_no or "")
    except NotDone as error:
        raise OutsideDown from error


class Refunder:
    """Learns what became of refunds whose answer was lost."""

    def __init__(self, db: Db, fees: Fees) -> None:
        self._db = db
        self._fees = fees

    async def settle(self, refund_id: UUID) -> None:
        """Ask the HIS about one refund; nothing is taken back twice."""
        async with self._db.tx() as tx:
            row = await service.refund_row(tx, refund_id)
        if row.state not in {RefundState.ASKING, RefundState.UNKNOWN}:
            return
        try:
            await self._settle(row)
        except Moved:
            # The request itself came back meanwhile.
            return

    async def _settle(self, row: RefundRow) -> None:
        try:
            said = await self._fees.find_refund(row.no)
        except NotDone:
            async with self._db.tx() as tx:
                tries = await service.refund_tried(tx, row.id)
                if tries == FINDS:
                    await service.alarm(tx, row.id, "refund", "refund_unknown")
                await tx.defer(service.SETTLE_REFUND, delay_seconds=min(60.0, 2.0**tries), refund_id=str(row.id))
            return
        await self._take_over(row, said)

    async def _take_over(self, row: RefundRow, said: FeeRefund | None) -> None:
        async with self._db.tx() as tx:
            checkout = await service.checkout(tx, row.checkout_id)
            if said is None:
                await service.refund_refused(tx, row, "never_arrived")
            else:
                await service.refund_done(tx, row, checkout.order_id, said, why="found")
