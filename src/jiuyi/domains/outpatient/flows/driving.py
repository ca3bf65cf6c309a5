"""Driving a paid checkout into the HIS: claim (first transaction), call, take over the answer (second transaction).

`Driver.drive` may be called at any time and any number of times; who comes second finds the row moved and leaves.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from jiuyi.domains.outpatient import rules, service, settings
from jiuyi.domains.outpatient.ports import Fees
from jiuyi.domains.outpatient.rules import Act, Situation, next_act
from jiuyi.domains.outpatient.types import CheckoutRow, CheckoutState
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import OrderState
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.ids import number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import Moved, move
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered, Unreachable

MOST_STEPS = 12
FINDS = 3
LATEST_ARRIVAL_SECONDS = 320
"""The HIS takes no call that is older than 300 s."""
_WHO = "system:outpatient.drive"
_ODD = frozenset({"amount_mismatch", "invalid_request", "request_no_conflict", "visit_not_found"})
"""Refusals that should not happen: people look at them, besides the money going back."""
_log = structlog.get_logger("jiuyi.outpatient")


class Driver:
    """Everything that driving needs, once per worker process."""

    def __init__(self, db: Db, knobs: Knobs, vault: Vault, fees: Fees) -> None:
        self._db = db
        self._knobs = knobs
        self._vault = vault
        self._fees = fees
        self._acts: dict[Act, Callable[[CheckoutRow], Awaitable[bool]]] = {
            Act.TAKE_MONEY: self._take_money,
            Act.CLOSE: self._close,
            Act.CONFIRM: self._confirm,
            Act.FIND: self._find,
        }

    async def drive(self, checkout_id: UUID) -> None:
        """Do whatever is to be done for one checkout now."""
        for _ in range(MOST_STEPS):
            async with self._db.tx() as tx:
                row = await service.checkout(tx, checkout_id)
                act = next_act(await self._situation(tx, row))
            if act is Act.REST:
                return
            try:
                if not await self._acts[act](row):
                    return
            except Moved:
                # Somebody else (a job run twice, a sweeper) took the step: theirs to go on.
                return
        _log.error("a checkout does not come to rest", checkout=str(checkout_id))

    async def _situation(self, tx: Tx, row: CheckoutRow) -> Situation:
        order = await payments.order(tx, row.order_id)
        return Situation(
            state=row.state,
            order_paid=order.state is OrderState.PAID,
            order_closed=order.state is OrderState.CLOSED,
            stale_claim=row.stale_claim,
        )

    async def _take_money(self, row: CheckoutRow) -> bool:
        async with self._db.tx() as tx:
            await move(tx, service.CHECKOUT, row.id, row.state, CheckoutState.PAID, who=_WHO, why="order paid")
        return True

    async def _close(self, row: CheckoutRow) -> bool:
        async with self._db.tx() as tx:
            await service.closed(tx, row)
        return False

    async def _confirm(self, row: CheckoutRow) -> bool:
        if await self._impatient(row):
            return False
        async with self._db.tx() as tx:
            ask = await service.confirm_ask(tx, self._vault, row)
            await move(
                tx,
                service.CHECKOUT,
                row.id,
                row.state,
                CheckoutState.CONFIRMING,
                who=_WHO,
                why="claimed",
                claimed_at=row.now,
                told_at=row.now,
            )
        row.state = CheckoutState.CONFIRMING
        try:
            receipt = await self._fees.confirm(ask)
        except Refused as error:
            return await self._refused(row, error)
        except Unreachable:
            return await self._not_reached(row)
        except Unanswered as error:
            async with self._db.tx() as tx:
                why = type(error).__name__.lower()
                await move(tx, service.CHECKOUT, row.id, row.state, CheckoutState.UNKNOWN, who=_WHO, why=why)
            return True
        async with self._db.tx() as tx:
            await service.confirmed(tx, self._vault, row, receipt, why="confirmed")
        return False

    async def _refused(self, row: CheckoutRow, error: Refused) -> bool:
        async with self._db.tx() as tx:
            await service.refused(tx, self._vault, row, error.code)
            if error.code in _ODD or error.code not in rules.REFUSALS:
                await service.alarm(tx, row.id, service.SUBJECT, error.code)
        return False

    async def _not_reached(self, row: CheckoutRow) -> bool:
        """Nothing was done: again in a moment."""
        async with self._db.tx() as tx:
            await move(
                tx, service.CHECKOUT, row.id, row.state, CheckoutState.PAID, who=_WHO, why="not reached", told_at=None
            )
            await self._later(tx, row)
        return False

    async def _later(self, tx: Tx, row: CheckoutRow) -> None:
        tries = await service.tried(tx, row.id)
        await tx.defer(service.DRIVE, delay_seconds=min(30.0, 1.5**tries), checkout_id=str(row.id))

    async def _impatient(self, row: CheckoutRow) -> bool:
        """The patient has waited long enough for a HIS that cannot be told: the money goes back.

        A call that may still be under way is waited for: the HIS refuses calls older than five minutes (contract §1.5).
        """
        async with self._db.tx() as tx:
            order = await payments.order(tx, row.order_id)
            waited = (row.now - (order.paid_at or row.created_at)).total_seconds()
            if row.tries == 0 or waited < self._knobs.get(settings.CONFIRM_PATIENCE_SECONDS):
                return False
            if row.told_at is not None and (row.now - row.told_at).total_seconds() < LATEST_ARRIVAL_SECONDS:
                await self._later(tx, row)
            else:
                await service.refused(tx, self._vault, row, "his_down")
        return True

    async def _find(self, row: CheckoutRow) -> bool:
        if row.state is not CheckoutState.UNKNOWN:
            # A claim whose caller died: what became of the call is unknown.
            async with self._db.tx() as tx:
                await move(
                    tx, service.CHECKOUT, row.id, row.state, CheckoutState.UNKNOWN, who=_WHO, why="the claim is old"
                )
            row.state = CheckoutState.UNKNOWN
        try:
            receipt = await self._fees.find(number_from("C", row.id))
        except NotDone:
            async with self._db.tx() as tx:
                tries = await service.tried(tx, row.id)
                if tries == FINDS:
                    await service.alarm(tx, row.id, service.SUBJECT, "unknown")
                await tx.defer(service.DRIVE, delay_seconds=min(60.0, 2.0**tries), checkout_id=str(row.id))
            return False
        async with self._db.tx() as tx:
            if receipt is None:
                # It has not arrived; its number protects against a late arrival, so it may be told again.
                await move(tx, service.CHECKOUT, row.id, row.state, CheckoutState.PAID, who=_WHO, why="not found")
                await self._later(tx, row)
            else:
                await service.confirmed(tx, self._vault, row, receipt, why="found")
        return False
