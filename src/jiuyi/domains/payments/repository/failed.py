"""SQL of refunds that did not go through."""

from typing import LiteralString

from jiuyi.domains.payments.types import FailedRefund
from jiuyi.kit.db import Tx

_FAILED: LiteralString = """
SELECT r.id, r.no, r.out_refund_no, o.no AS order_no, a.channel, r.amount_fen, r.fault, r.tries, r.requested_at
FROM payments.refund r JOIN payments.orders o ON o.id = r.order_id JOIN payments.attempt a ON a.id = r.attempt_id
WHERE r.state = 'failed'
"""
FAILED = _FAILED + "ORDER BY r.requested_at, r.id LIMIT %(most)s"
FAILED_BY_NO = _FAILED + "AND r.no = %(no)s"
SLIP_KNOWN = """
SELECT EXISTS (SELECT FROM payments.refund r JOIN payments.attempt a ON a.id = r.attempt_id
               WHERE a.channel = %(channel)s AND r.channel_refund_id = %(slip)s)
"""
STATEMENTS = (FAILED, FAILED_BY_NO, SLIP_KNOWN)


async def failed(tx: Tx, most: int) -> list[FailedRefund]:
    """The oldest first."""
    return await tx.all(FailedRefund, FAILED, {"most": most})


async def failed_by_no(tx: Tx, no: str) -> FailedRefund | None:
    return await tx.one(FailedRefund, FAILED_BY_NO, {"no": no})


async def slip_known(tx: Tx, channel: str, slip: str) -> bool:
    """Whether a refund of this channel was given back under this number already."""
    return bool(await tx.value(SLIP_KNOWN, {"channel": channel, "slip": slip}))
