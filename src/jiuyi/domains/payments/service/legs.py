"""What an insurance pays of an order: paid when both legs are in; if one does not come, the other goes back.

The domain `insurance` calls these; it decides nothing about money except through them.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from jiuyi.domains.payments import rules, settings
from jiuyi.domains.payments.errors import InsuranceInHand, OrderEnded, OrderPaidAlready, OrderUnderReview
from jiuyi.domains.payments.events import InsuranceReturned, PaymentReturned
from jiuyi.domains.payments.repository import ledger, legs, records
from jiuyi.domains.payments.service.arrivals import earn_if_whole
from jiuyi.domains.payments.service.orders import locked
from jiuyi.domains.payments.service.refunds import SEND, give_back
from jiuyi.domains.payments.service.returning import LEG, note, promise_back
from jiuyi.domains.payments.types import (
    Cause,
    InsuranceLeg,
    LegState,
    Order,
    OrderState,
    Proof,
    RefundState,
    Shares,
)
from jiuyi.kit.db import Absent, Tx
from jiuyi.kit.moves import correct, move


async def insurance_leg(tx: Tx, order_id: UUID) -> InsuranceLeg | None:
    """The insurance's part of an order that counts, else the last one that went back."""
    return await legs.leg_of(tx, order_id)


async def agree_insurance(tx: Tx, order_id: UUID, leg_id: UUID, *, payer: str, shares: Shares) -> Order:
    """The patient agreed to the split: the insurance owes `shares`, the patient the rest. The same leg is agreed once.

    Raises `OrderPaidAlready`, `OrderEnded`, `OrderUnderReview`, `InsuranceInHand`.
    """
    order = await locked(tx, order_id)
    if await legs.leg(tx, leg_id) is not None:
        return order
    if order.state is OrderState.PAID:
        raise OrderPaidAlready
    if order.state is not OrderState.OPEN or order.overdue:
        raise OrderEnded
    if order.frozen:
        raise OrderUnderReview
    taken = await legs.leg_of(tx, order_id)
    busy = taken is not None and taken.state in {LegState.AGREED, LegState.PAID}
    if busy or await records.live_attempt(tx, order_id) is not None:
        raise InsuranceInHand
    await legs.insert_leg(tx, {"id": leg_id, "order_id": order_id, "payer": payer, **msgspec.structs.asdict(shares)})
    await legs.share_order(tx, order_id, shares.total_fen)
    await note(tx, order_id, leg_id, "payments.insurance_agreed", shares.total_fen)
    return await locked(tx, order_id)


async def insurance_paid(tx: Tx, leg_id: UUID, *, settle_no: str, who: str, at: datetime | None = None) -> Order:
    """The insurance has settled its part, by its own time `at`. Twice changes nothing.

    After it was dropped, it goes back by itself.
    """
    order, leg = await _lock(tx, leg_id)
    if leg.state not in {LegState.AGREED, LegState.DROPPED}:
        return order
    late = leg.state is LegState.DROPPED
    mover = correct if late else move
    target, columns = LegState.PAID, {"paid_at": await _when(tx, at), "settle_no": settle_no}
    if late:
        target, columns = LegState.RETURNING, {**columns, "cause": Cause.LATE.value}
    await mover(tx, LEG, leg_id, leg.state, target, who=who, why="settled", **columns)
    await ledger.post(tx, "paid", rules.legs_insured(leg.payer, leg.shares), order_id=order.id, leg_id=leg_id)
    await note(tx, order.id, leg_id, "payments.insurance_paid", leg.amount_fen)
    if late:
        await promise_back(tx, order, leg, Cause.LATE)
        return order
    await earn_if_whole(tx, order.id, who=who)
    return await locked(tx, order.id)


async def _when(tx: Tx, at: datetime | None) -> datetime:
    """The insurance's time: its bill lists the settlement on that day. One that lies ahead is not believed."""
    now = await records.now(tx)
    return now if at is None else min(at, now)


async def drop_insurance(tx: Tx, leg_id: UUID, *, who: str, why: str) -> None:
    """The insurance pays nothing: the order is the patient's again. Their part, if it came already, goes back.

    Does nothing for a leg that was never agreed, or has ended.
    """
    if await legs.leg(tx, leg_id) is None:
        return
    order, leg = await _lock(tx, leg_id)
    if leg.state is not LegState.AGREED:
        return
    await move(tx, LEG, leg_id, leg.state, LegState.DROPPED, who=who, why=why)
    await _patients_again(tx, order)


async def return_insurance(tx: Tx, leg_id: UUID, *, who: str, why: str) -> None:
    """The patient's part did not come: what the insurance settled goes back. Nothing happens in any other state."""
    order, leg = await _lock(tx, leg_id)
    if leg.state is LegState.PAID and order.state is not OrderState.PAID:
        half = Cause.HALF.value
        await move(tx, LEG, leg_id, leg.state, LegState.RETURNING, who=who, why=why, cause=half)
        await promise_back(tx, order, leg, Cause.HALF)
        await _patients_again(tx, order)


async def insurance_returned(tx: Tx, leg_id: UUID, *, who: str) -> None:
    """The insurance has taken its part back: now the patient's part may go. Twice changes nothing."""
    order, leg = await _lock(tx, leg_id)
    if leg.state is not LegState.RETURNING or leg.cause is None:
        return
    await move(
        tx, LEG, leg_id, leg.state, LegState.RETURNED, who=who, why="taken back", returned_at=await records.now(tx)
    )
    back = rules.legs_insurance_returned(leg.payer, leg.cause, leg.shares)
    await ledger.post(tx, "refunded", back, order_id=order.id, leg_id=leg_id)
    await note(tx, order.id, leg_id, "payments.insurance_returned", leg.amount_fen)
    for refund in await records.refunds_of(tx, [order.id]):
        if refund.state is RefundState.REQUESTED:
            await tx.defer(SEND, refund_id=str(refund.id), key=f"payments:{refund.id}")
    await tx.emit(
        InsuranceReturned(
            order_id=str(order.id),
            leg_id=str(leg_id),
            subject_kind=order.subject_kind,
            subject_id=str(order.subject_id),
            cause=leg.cause.value,
        )
    )


async def proof(tx: Tx, order_id: UUID) -> Proof:
    """What the HIS is told about the money of a paid order, both legs together. Raises `Absent`."""
    order, own = await locked(tx, order_id), await records.accepted_attempt(tx, order_id)
    if own is not None and own.transaction_id is not None and own.paid_at is not None:
        return Proof(order.no, own.channel, own.transaction_id, (own.paid_fen or 0) + order.insurance_fen, own.paid_at)
    leg = await legs.leg_of(tx, order_id)
    if leg is None or leg.paid_at is None or order.state is not OrderState.PAID:
        raise Absent(f"payment of order {order_id}")
    return Proof(order.no, "insurance", leg.settle_no or str(leg.id), leg.amount_fen, leg.paid_at)


async def _lock(tx: Tx, leg_id: UUID) -> tuple[Order, InsuranceLeg]:
    found = await legs.leg(tx, leg_id)
    if found is None:
        raise Absent(f"insurance leg {leg_id}")
    order = await locked(tx, found.order_id)
    found = await legs.leg(tx, leg_id)
    if found is None:
        raise Absent(f"insurance leg {leg_id}")
    return order, found


async def _patients_again(tx: Tx, order: Order) -> None:
    """The order has no insurance any more; the part that the patient paid goes back, so that both or none stand."""
    await legs.share_order(tx, order.id, 0)
    own = await records.accepted_attempt(tx, order.id)
    if own is None:
        return
    await records.halve_attempt(tx, own.id)
    refund = await give_back(
        tx,
        order,
        own,
        cause=Cause.HALF,
        amount_fen=own.paid_fen or 0,
        reason=settings.REFUND_TEXTS.default.half_zh,
        why="the insurance did not settle",
        key=str(own.id),
    )
    await tx.emit(
        PaymentReturned(
            order_id=str(order.id),
            refund_id=str(refund.id),
            subject_kind=order.subject_kind,
            subject_id=str(order.subject_id),
            cause=Cause.HALF.value,
        )
    )
