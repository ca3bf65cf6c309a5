"""Promising an insurance's part back: on the ledger at once, asked of the insurance after the commit."""

from uuid import UUID

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments import rules
from jiuyi.domains.payments.events import InsuranceReturnAsked
from jiuyi.domains.payments.repository import ledger
from jiuyi.domains.payments.types import LEG_GRAPH, Cause, InsuranceLeg, LegState, Order
from jiuyi.kit.db import Tx
from jiuyi.kit.moves import Axis, move

LEG = Axis("payments", "insurance_leg", "state", LEG_GRAPH)


async def ask_back(tx: Tx, order: Order, leg: InsuranceLeg, *, why: str) -> None:
    """A paid order is to be given back: the insurance's part first. The order is locked by the caller."""
    asked = Cause.ASKED.value
    await move(tx, LEG, leg.id, leg.state, LegState.RETURNING, who="payments", why=why, cause=asked)
    await promise_back(tx, order, leg, Cause.ASKED)


async def promise_back(tx: Tx, order: Order, leg: InsuranceLeg, cause: Cause) -> None:
    """Post what the insurance is to get back, and have it asked."""
    asked = rules.legs_insurance_asked(cause, leg.shares)
    await ledger.post(tx, "refund_asked", asked, order_id=order.id, leg_id=leg.id)
    await note(tx, order.id, leg.id, "payments.insurance_return_asked", leg.amount_fen)
    await tx.emit(InsuranceReturnAsked(order_id=str(order.id), leg_id=str(leg.id)))


async def note(tx: Tx, order_id: UUID, leg_id: UUID, action: str, fen: int) -> None:
    """Into the audit log."""
    await audit.note(
        tx,
        actor=Actor.system("payments"),
        action=action,
        subject_kind="order",
        subject=order_id,
        detail={"leg": str(leg_id), "amount_fen": fen},
    )
