"""What the books of payments say to reconciliation: movements of a day, and what is known of single numbers."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from jiuyi.domains.payments.types import KnownPayment, KnownRefund
from jiuyi.kit.db import Tx

_ROWS_AT_ONCE = 500
# The amount is the ledger's, never the row's: what was not posted is not in the books.
MOVEMENTS: LiteralString = """
SELECT 'payment' AS kind, a.channel, a.out_trade_no AS trade_no, NULL::text AS refund_no, a.transaction_id,
       o.no AS order_no, a.merchant_id, e.amount_fen, a.paid_at AS at, a.verdict,
       coalesce(r.promised, 0) AS promised_fen, coalesce(r.returned, 0) AS returned_fen, a.paid_fen,
       CASE WHEN o.kind = 'registration' THEN e.amount_fen + o.insurance_fen END AS told_fen,
       NULL::bigint AS account_fen
FROM payments.attempt a
JOIN payments.orders o ON o.id = a.order_id
JOIN payments.posting p ON p.attempt_id = a.id AND p.refund_id IS NULL AND p.kind <> 'earned'
JOIN payments.entry e ON e.posting_id = p.id AND e.account LIKE 'channel:%%'
LEFT JOIN LATERAL (
    SELECT sum(f.amount_fen) AS promised, sum(f.amount_fen) FILTER (WHERE f.state = 'done') AS returned
    FROM payments.refund f WHERE f.attempt_id = a.id
) r ON true
WHERE a.paid_at >= %(begin)s AND a.paid_at < %(end)s
UNION ALL
SELECT 'refund', a.channel, a.out_trade_no, f.out_refund_no, a.transaction_id, o.no, a.merchant_id, -e.amount_fen,
       f.done_at, f.cause, r.promised, coalesce(r.returned, 0), a.paid_fen,
       CASE WHEN o.kind = 'registration' AND f.amount_fen = a.paid_fen THEN o.insurance_fen - e.amount_fen END,
       NULL
FROM payments.refund f
JOIN payments.attempt a ON a.id = f.attempt_id
JOIN payments.orders o ON o.id = f.order_id
JOIN payments.posting p ON p.refund_id = f.id AND p.kind = 'refunded'
JOIN payments.entry e ON e.posting_id = p.id AND e.account LIKE 'channel:%%'
JOIN LATERAL (
    SELECT sum(g.amount_fen) AS promised, sum(g.amount_fen) FILTER (WHERE g.state = 'done') AS returned
    FROM payments.refund g WHERE g.attempt_id = a.id
) r ON true
WHERE f.done_at >= %(begin)s AND f.done_at < %(end)s
UNION ALL
SELECT m.kind, 'insurance', n.no, CASE WHEN m.kind = 'refund' THEN n.no END, n.no, o.no, l.payer, abs(m.fen), m.at,
       CASE WHEN m.kind = 'refund' THEN coalesce(l.cause, 'asked')
            ELSE coalesce(nullif(l.cause, 'asked'), 'accepted') END,
       CASE WHEN l.state IN ('returning', 'returned') THEN l.amount_fen ELSE 0 END,
       CASE WHEN l.state = 'returned' THEN l.amount_fen ELSE 0 END, l.amount_fen,
       CASE WHEN o.kind = 'registration' AND o.own_fen > 0 THEN 0 END, abs(m.account_fen)
FROM payments.insurance_leg l
JOIN payments.orders o ON o.id = l.order_id
CROSS JOIN LATERAL (SELECT coalesce(l.settle_no, l.id::text) AS no) n
JOIN LATERAL (
    SELECT CASE WHEN sum(e.amount_fen) > 0 THEN 'payment' ELSE 'refund' END AS kind, sum(e.amount_fen)::bigint AS fen,
           coalesce(sum(e.amount_fen) FILTER (WHERE e.payer = 'personal_account'), 0)::bigint AS account_fen,
           CASE WHEN sum(e.amount_fen) > 0 THEN l.paid_at ELSE l.returned_at END AS at
    FROM payments.posting p JOIN payments.entry e ON e.posting_id = p.id AND e.account LIKE 'insurance:%%'
    WHERE p.leg_id = l.id GROUP BY p.id
) m ON m.at >= %(begin)s AND m.at < %(end)s
WHERE l.paid_at < %(end)s AND (l.paid_at >= %(begin)s OR l.returned_at >= %(begin)s)
"""
_KNOWN: LiteralString = """
SELECT a.id AS attempt_id, a.channel, a.out_trade_no, a.transaction_id, a.state, a.verdict, a.paid_fen, a.paid_at,
       o.id AS order_id, o.no AS order_no, o.kind AS order_kind, o.subject_kind, o.subject_id,
       (SELECT coalesce(sum(f.amount_fen), 0)::bigint FROM payments.refund f WHERE f.attempt_id = a.id) AS promised_fen,
       (SELECT coalesce(sum(f.amount_fen), 0)::bigint FROM payments.refund f
        WHERE f.attempt_id = a.id AND f.state = 'done') AS returned_fen
FROM payments.attempt a JOIN payments.orders o ON o.id = a.order_id
"""
KNOWN_BY_NUMBER = _KNOWN + (
    "WHERE a.channel = %(channel)s"
    " AND (a.out_trade_no = ANY(%(trade_nos)s) OR a.transaction_id = ANY(%(transactions)s))"
)
KNOWN_BY_ORDER = _KNOWN + "WHERE a.channel = %(channel)s AND o.no = ANY(%(order_nos)s) ORDER BY a.seq"
KNOWN_REFUNDS = """
SELECT f.id AS refund_id, f.out_refund_no, f.state, f.attempt_id, f.amount_fen, f.done_at
FROM payments.refund f WHERE f.out_refund_no = ANY(%(refund_nos)s)
"""
# A leg in the words of an attempt; its numbers are its own id and the settlement's at the insurance.
KNOWN_LEGS: LiteralString = """
SELECT l.id AS attempt_id, 'insurance' AS channel, coalesce(l.settle_no, l.id::text) AS out_trade_no,
       l.settle_no AS transaction_id, CASE WHEN l.paid_at IS NULL THEN 'closed' ELSE 'paid' END AS state,
       CASE WHEN l.paid_at IS NOT NULL THEN coalesce(nullif(l.cause, 'asked'), 'accepted') END AS verdict,
       CASE WHEN l.paid_at IS NOT NULL THEN l.amount_fen END AS paid_fen, l.paid_at, o.id AS order_id,
       o.no AS order_no, o.kind AS order_kind, o.subject_kind, o.subject_id,
       CASE WHEN l.state IN ('returning', 'returned') THEN l.amount_fen ELSE 0 END AS promised_fen,
       CASE WHEN l.state = 'returned' THEN l.amount_fen ELSE 0 END AS returned_fen
FROM payments.insurance_leg l JOIN payments.orders o ON o.id = l.order_id
WHERE l.settle_no = ANY(%(numbers)s) OR l.id = ANY(%(ids)s) OR o.no = ANY(%(order_nos)s)
ORDER BY l.id
"""
STATEMENTS = (MOVEMENTS, KNOWN_BY_NUMBER, KNOWN_BY_ORDER, KNOWN_REFUNDS, KNOWN_LEGS)


async def movements(tx: Tx, begin: datetime, end: datetime) -> AsyncIterator[bytes]:
    """The movements of money in [begin, end) as blocks of COPY text: columns as in `MOVEMENTS`."""
    async with tx.connection.cursor() as cursor:
        params = {"begin": begin, "end": end}
        async with cursor.copy("COPY (" + MOVEMENTS + ") TO STDOUT", params) as copy:
            held: list[bytes] = []
            async for row in copy:
                held.append(bytes(row))
                if len(held) >= _ROWS_AT_ONCE:
                    yield b"".join(held)
                    held.clear()
            if held:
                yield b"".join(held)


async def known_by_number(tx: Tx, channel: str, trade_nos: list[str], transactions: list[str]) -> list[KnownPayment]:
    params = {"channel": channel, "trade_nos": trade_nos, "transactions": transactions}
    return await tx.all(KnownPayment, KNOWN_BY_NUMBER, params)


async def known_by_order(tx: Tx, channel: str, order_nos: list[str]) -> list[KnownPayment]:
    return await tx.all(KnownPayment, KNOWN_BY_ORDER, {"channel": channel, "order_nos": order_nos})


async def known_legs(tx: Tx, numbers: list[str], ids: list[UUID], order_nos: list[str]) -> list[KnownPayment]:
    """Insurance legs in the words of attempts: `attempt_id` is the leg's id."""
    return await tx.all(KnownPayment, KNOWN_LEGS, {"numbers": numbers, "ids": ids, "order_nos": order_nos})


async def known_refunds(tx: Tx, refund_nos: list[str]) -> list[KnownRefund]:
    return await tx.all(KnownRefund, KNOWN_REFUNDS, {"refund_nos": refund_nos})
