"""What payers are told about refunds."""

from uuid import UUID

from jiuyi.domains.notifications import service as notifications
from jiuyi.domains.notifications.types import Kind
from jiuyi.domains.payments.service.attempts import attempt as read_attempt
from jiuyi.domains.payments.service.orders import order as read_order
from jiuyi.domains.payments.service.refunds import refund as read_refund
from jiuyi.domains.payments.types import RefundState, channel_account
from jiuyi.kit.db import Tx
from jiuyi.kit.money import yuan

_TOLD = {RefundState.DONE: Kind.REFUNDED, RefundState.FAILED: Kind.REFUND_FAILED}


async def tell_of_refund(tx: Tx, refund_id: UUID) -> None:
    """Tell the payer that money came back, or that people must act; quiet the second time."""
    refund = await read_refund(tx, refund_id)
    kind = _TOLD.get(refund.state)
    if kind is None:
        return
    order = await read_order(tx, refund.order_id)
    route, route_en = channel_account((await read_attempt(tx, refund.attempt_id)).channel)
    params = {
        "item": order.title_zh,
        "item_en": order.title_en,
        "amount": yuan(refund.amount_fen),
        "time": (refund.done_at or refund.requested_at).isoformat(),
        "route": route,
        "route_en": route_en,
        "number": refund.no,
    }
    await notifications.tell(tx, order.account_id, kind, "order", order.id, params, once=refund.id)
