"""Writing to the ledger: one posting with its entries. Nothing is ever changed there."""

from uuid import UUID

import msgspec

from jiuyi.domains.payments.types import Leg
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id

INSERT_POSTING = """
INSERT INTO payments.posting (id, kind, order_id, attempt_id, refund_id, leg_id, at)
VALUES (%(id)s, %(kind)s, %(order_id)s, %(attempt_id)s, %(refund_id)s, %(leg_id)s, app_now())
"""
INSERT_ENTRY = """
INSERT INTO payments.entry (posting_id, order_id, account, payer, amount_fen)
VALUES (%(posting_id)s, %(order_id)s, %(account)s, %(payer)s, %(amount_fen)s)
"""
STATEMENTS = (INSERT_POSTING, INSERT_ENTRY)


async def post(
    tx: Tx,
    kind: str,
    legs: list[Leg],
    *,
    order_id: UUID,
    attempt_id: UUID | None = None,
    refund_id: UUID | None = None,
    leg_id: UUID | None = None,
) -> None:
    """Write one balanced posting. The database refuses a second one of the same movement and any imbalance."""
    made = new_id()
    head = {
        "id": made,
        "kind": kind,
        "order_id": order_id,
        "attempt_id": attempt_id,
        "refund_id": refund_id,
        "leg_id": leg_id,
    }
    await tx.run(INSERT_POSTING, head)
    await tx.many(INSERT_ENTRY, [{"posting_id": made, "order_id": order_id, **msgspec.structs.asdict(x)} for x in legs])
