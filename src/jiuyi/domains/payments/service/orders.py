"""Orders: opening, the one door to them, closing, freezing."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments.events import InsuredOrderClosing, OrderClosed, OrderFrozen
from jiuyi.domains.payments.repository import legs, records
from jiuyi.domains.payments.service.alarms import raise_alarm
from jiuyi.domains.payments.types import ORDER_GRAPH, Attempt, InsuranceLeg, LegState, Order, OrderState
from jiuyi.kit.db import Absent, Tx
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.moves import Axis, move
from jiuyi.kit.problems import NotFound

ORDER = Axis("payments", "orders", "state", ORDER_GRAPH)


class SubjectHasOrder(Exception):
    """The subject has an open or paid order over another amount. A fault of the caller: amounts never change."""


class Closing(StrEnum):
    """What asking to close an order came to."""

    CLOSED = "closed"
    PAID = "paid"
    LIVE = "live"
    """An attempt is still open at the channel, or an insurance may still settle: end it first."""


async def open_order(
    tx: Tx,
    *,
    kind: str,
    subject_kind: str,
    subject_id: UUID,
    account_id: UUID,
    patient_id: UUID,
    total_fen: int,
    title_zh: str,
    title_en: str,
    expires_at: datetime | None,
) -> Order:
    """Open the order of a subject; asked again with the same amount, the same order. `total_fen` comes from the HIS.

    Raises `SubjectHasOrder` when there is one over another amount.
    """
    made = new_id()
    row = {
        "id": made,
        "no": number_from("P", made),
        "kind": kind,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "account_id": account_id,
        "patient_id": patient_id,
        "total_fen": total_fen,
        "title_zh": title_zh,
        "title_en": title_en,
        "expires_at": expires_at,
    }
    if await records.insert_order(tx, row):
        await audit.note(
            tx,
            actor=Actor.account(account_id),
            action="payments.order_opened",
            subject_kind="order",
            subject=made,
            detail={"for": subject_kind, "subject": str(subject_id), "total_fen": total_fen},
        )
        return await order(tx, made)
    found = await records.order_of(tx, subject_kind, subject_id, kind)
    if found is None:
        raise Absent(f"order of {subject_kind} {subject_id}")
    if (found.total_fen, found.account_id, found.patient_id) != (total_fen, account_id, patient_id):
        raise SubjectHasOrder(f"{subject_kind} {subject_id} has order {found.no}")
    return found


async def order(tx: Tx, order_id: UUID) -> Order:
    """The order with its sums. For domains that know its id; requests go through `access_order`. Raises `Absent`."""
    found = await records.order(tx, order_id)
    if found is None:
        raise Absent(f"order {order_id}")
    return found


async def orders(tx: Tx, ids: list[UUID]) -> dict[UUID, Order]:
    """Orders by id, for lists."""
    return {found.id: found for found in await records.orders(tx, ids)} if ids else {}


async def access_order(tx: Tx, order_id: UUID, by: Principal, *, lock: bool = False) -> Order:
    """The one door from an id in a request to an order: its own account only. Raises `NotFound`."""
    found = await (records.lock_order if lock else records.order)(tx, order_id)
    if found is None or not by.owns(found.account_id):
        raise NotFound
    return found


async def locked(tx: Tx, order_id: UUID) -> Order:
    """The order, locked. Raises `Absent`."""
    found = await records.lock_order(tx, order_id)
    if found is None:
        raise Absent(f"order {order_id}")
    return found


async def lock_order(tx: Tx, order_id: UUID) -> Order:
    """The order, locked until the transaction ends. Whoever locks rows of their own besides takes this lock first."""
    return await locked(tx, order_id)


async def live_attempt(tx: Tx, order_id: UUID) -> Attempt | None:
    """The attempt that may still become paid, if any."""
    return await records.live_attempt(tx, order_id)


async def accepted_attempt(tx: Tx, order_id: UUID) -> Attempt | None:
    """The attempt whose payment the order stands on: number, channel and moment for whoever must be told."""
    return await records.accepted_attempt(tx, order_id)


async def begin_closing(tx: Tx, order_id: UUID, *, who: str) -> None:
    """Nobody can start to pay the order from here on. Does nothing when it has ended or is being closed."""
    found = await locked(tx, order_id)
    if found.state is OrderState.OPEN:
        await move(tx, ORDER, order_id, OrderState.OPEN, OrderState.CLOSING, who=who, why="close asked")
    leg = await _insured(tx, found)
    if leg is not None:
        await tx.emit(InsuredOrderClosing(order_id=str(order_id), leg_id=str(leg.id)))


async def _insured(tx: Tx, found: Order) -> InsuranceLeg | None:
    """The insurance's part of an order that has not ended, while it may still be paid or was paid alone."""
    if found.state not in {OrderState.OPEN, OrderState.CLOSING}:
        return None
    leg = await legs.leg_of(tx, found.id)
    return leg if leg is not None and leg.state in {LegState.AGREED, LegState.PAID} else None


async def finish_closing(tx: Tx, order_id: UUID, *, who: str) -> Closing:
    """Close the order unless it is paid or an attempt is still open; publishes `OrderClosed`."""
    found = await locked(tx, order_id)
    if found.state is OrderState.PAID:
        return Closing.PAID
    if found.state is OrderState.CLOSED:
        return Closing.CLOSED
    if await records.live_attempt(tx, order_id) is not None or await _insured(tx, found) is not None:
        return Closing.LIVE
    if found.state is OrderState.OPEN:
        await move(tx, ORDER, order_id, OrderState.OPEN, OrderState.CLOSING, who=who, why="close asked")
    ended = await records.now(tx)
    await move(tx, ORDER, order_id, OrderState.CLOSING, OrderState.CLOSED, who=who, why="nothing open", ended_at=ended)
    await audit.note(
        tx, actor=Actor.system("payments"), action="payments.order_closed", subject_kind="order", subject=order_id
    )
    await tx.emit(
        OrderClosed(order_id=str(order_id), subject_kind=found.subject_kind, subject_id=str(found.subject_id))
    )
    return Closing.CLOSED


async def freeze(tx: Tx, found: Order, why: str) -> None:
    """What was told does not fit: alarm, and nobody pays this order until it is cleared."""
    await raise_alarm(tx, "mismatch", "order", found.id, why=why)
    if await records.freeze(tx, found.id, why):
        event = OrderFrozen(order_id=str(found.id), subject_kind=found.subject_kind, subject_id=str(found.subject_id))
        await tx.emit(event)


async def thaw(tx: Tx, order_id: UUID, why: str) -> None:
    """The channel's signed answer settled the doubt."""
    if await records.thaw(tx, order_id):
        await audit.note(
            tx,
            actor=Actor.system("payments"),
            action="payments.order_thawed",
            subject_kind="order",
            subject=order_id,
            detail={"why": why},
        )
