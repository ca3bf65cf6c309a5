"""SQL of insurance legs."""

from typing import Any, LiteralString
from uuid import UUID

from jiuyi.domains.payments.types import InsuranceLeg
from jiuyi.kit.db import Tx

_LEG: LiteralString = """
SELECT id, order_id, payer, pooled_fen, personal_account_fen, other_fen, amount_fen, state, cause, settle_no, paid_at,
       returned_at
FROM payments.insurance_leg
"""
LEG = _LEG + "WHERE id = %(id)s"
# The one that counts; when none does any more, the last one that was returned.
LEG_OF = _LEG + (
    "WHERE order_id = %(order_id)s AND state <> 'dropped' ORDER BY (state <> 'returned') DESC, id DESC LIMIT 1"
)
INSERT_LEG: LiteralString = """
INSERT INTO payments.insurance_leg (id, order_id, payer, pooled_fen, personal_account_fen, other_fen, created_at)
VALUES (%(id)s, %(order_id)s, %(payer)s, %(pooled_fen)s, %(personal_account_fen)s, %(other_fen)s, app_now())
"""
SHARE_ORDER = "UPDATE payments.orders SET insurance_fen = %(fen)s WHERE id = %(id)s"
STATEMENTS = (LEG, LEG_OF, INSERT_LEG, SHARE_ORDER)


async def leg(tx: Tx, leg_id: UUID) -> InsuranceLeg | None:
    return await tx.one(InsuranceLeg, LEG, {"id": leg_id})


async def leg_of(tx: Tx, order_id: UUID) -> InsuranceLeg | None:
    """The insurance leg of an order that counts, else the last one that went back."""
    return await tx.one(InsuranceLeg, LEG_OF, {"order_id": order_id})


async def insert_leg(tx: Tx, row: dict[str, Any]) -> None:
    await tx.run(INSERT_LEG, row)


async def share_order(tx: Tx, order_id: UUID, fen: int) -> None:
    """How much of an order an insurance pays; 0 gives all of it back to the patient."""
    await tx.run(SHARE_ORDER, {"id": order_id, "fen": fen})
