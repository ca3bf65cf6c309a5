"""Refunds that a cashier asks for: money of an order goes back to whoever paid it."""

from uuid import UUID

from jiuyi.domains.audit import service as audit
from jiuyi.domains.payments.errors import (
    CancelInstead,
    RefundedElsewhere,
    RefundKeyUsed,
    RefundNotPossible,
    RefundTooMuch,
)
from jiuyi.domains.payments.repository import records
from jiuyi.domains.payments.service.orders import order as read_order
from jiuyi.domains.payments.service.refunds import request_refund
from jiuyi.domains.payments.types import DeskRefundView, OrderState
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit.db import Tx
from jiuyi.kit.problems import NotFound

_MONEY_ONLY = frozenset({"registration"})
"""Kinds of which a part may go back as money alone; all of it, or others, only when the HIS has let go of it."""


async def refund_at_desk(
    tx: Tx, order_id: UUID, at: AtDesk, *, amount_fen: int, reason: str, key: str
) -> DeskRefundView:
    """Promise a part of a paid order back, as money alone; the same key of a device is the same refund.

    Raises `NotFound`, `RefundedElsewhere`, `RefundNotPossible` for an order that is not paid or not known to be,
    `CancelInstead`, `RefundKeyUsed`, `RefundTooMuch` and what `request_refund` raises.
    """
    order = await records.lock_order(tx, order_id)
    if order is None:
        raise NotFound
    if order.kind not in _MONEY_ONLY:
        raise RefundedElsewhere
    own_key = f"desk:{at.device_code}:{key}"
    existing = await records.refund_by_key(tx, order_id, own_key)
    if existing is None:
        if order.state is not OrderState.PAID:
            raise RefundNotPossible
        if amount_fen > order.left_fen:
            raise RefundTooMuch
        if amount_fen == order.left_fen:
            raise CancelInstead
        actor = staff.actor_of(at)
        made = await request_refund(tx, order_id, amount_fen, reason, f"desk {actor.name}", key=own_key)
        await audit.note(
            tx,
            actor=actor,
            action="payments.refund_asked_at_desk",
            subject_kind="order",
            subject=order_id,
            detail={"refund": str(made.id) if made else None, "amount_fen": amount_fen},
        )
    elif order.insurance_fen == 0 and existing.amount_fen != amount_fen:
        raise RefundKeyUsed
    else:
        made = existing
    left = (await read_order(tx, order_id)).left_fen
    return DeskRefundView(
        order_id=order.id,
        order_no=order.no,
        refund_id=made.id if made else None,
        amount_fen=amount_fen,
        left_fen=left,
        state=made.state if made else None,
    )
