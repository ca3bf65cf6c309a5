"""SQL of orders, attempts and refunds."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from jiuyi.domains.payments.types import Attempt, Order, Refund
from jiuyi.kit.db import Tx

_ORDER: LiteralString = """
SELECT o.id, o.no, o.kind, o.subject_kind, o.subject_id, o.account_id, o.patient_id, o.total_fen, o.insurance_fen,
       o.own_fen, o.title_zh, o.title_en, o.state, o.frozen_why, o.created_at, o.expires_at, o.ended_at,
       coalesce(o.expires_at <= app_now(), false) AS overdue,
       EXISTS (SELECT 1 FROM payments.attempt a WHERE a.order_id = o.id AND a.state = 'paying') AS paying,
       EXISTS (SELECT 1 FROM payments.refund r WHERE r.order_id = o.id AND r.state = 'failed') AS refund_failed,
       coalesce(p.paid_at, l.paid_at) AS paid_at,
       coalesce(p.channel, CASE WHEN l.paid_at IS NOT NULL THEN 'insurance' END) AS channel,
       coalesce(p.method, CASE WHEN l.paid_at IS NOT NULL THEN 'insurance' END) AS method,
       coalesce(s.received_fen, 0) AS received_fen, coalesce(s.paid_fen, 0) AS paid_fen,
       coalesce(s.asked_fen, 0) AS asked_fen, coalesce(s.refunded_fen, 0) AS refunded_fen,
       coalesce(s.returned_fen, 0) AS returned_fen, l.state AS leg
FROM payments.orders o
LEFT JOIN LATERAL (SELECT * FROM payments.sums WHERE order_id = o.id) s ON true
LEFT JOIN LATERAL (
    SELECT a.paid_at, a.channel, a.method FROM payments.attempt a WHERE a.order_id = o.id AND a.state = 'paid'
    ORDER BY (a.verdict = 'accepted') DESC, a.seq LIMIT 1
) p ON true
LEFT JOIN LATERAL (
    SELECT i.state, i.paid_at FROM payments.insurance_leg i WHERE i.order_id = o.id AND i.state <> 'dropped'
    ORDER BY (i.state <> 'returned') DESC, i.id DESC LIMIT 1
) l ON true
"""
ORDER = _ORDER + "WHERE o.id = %(id)s"
LOCK_ORDER = "SELECT id FROM payments.orders WHERE id = %(id)s FOR UPDATE"
ORDERS = _ORDER + "WHERE o.id = ANY(%(ids)s)"
ORDER_OF = _ORDER + (
    "WHERE o.subject_kind = %(subject_kind)s AND o.subject_id = %(subject_id)s AND o.kind = %(kind)s"
    " AND o.state <> 'closed'"
)
PAID_ORDERS = (
    _ORDER
    + """
WHERE o.account_id = ANY(%(accounts)s) AND coalesce(p.paid_at, l.paid_at) IS NOT NULL
  AND (%(patient_id)s::uuid IS NULL OR o.patient_id = %(patient_id)s::uuid)
  AND (%(before_at)s::timestamptz IS NULL
       OR (coalesce(p.paid_at, l.paid_at), o.id) < (%(before_at)s::timestamptz, %(before_id)s::uuid))
ORDER BY coalesce(p.paid_at, l.paid_at) DESC, o.id DESC LIMIT %(most)s
"""
)
OWED = (
    _ORDER
    + """
WHERE o.patient_id = %(patient_id)s AND o.state = 'open' AND (o.expires_at IS NULL OR o.expires_at > app_now())
ORDER BY o.expires_at NULLS LAST, o.id
"""
)
INSERT_ORDER = """
INSERT INTO payments.orders (id, no, kind, subject_kind, subject_id, account_id, patient_id, total_fen, title_zh,
                             title_en, created_at, expires_at)
VALUES (%(id)s, %(no)s, %(kind)s, %(subject_kind)s, %(subject_id)s, %(account_id)s, %(patient_id)s, %(total_fen)s,
        %(title_zh)s, %(title_en)s, app_now(), %(expires_at)s)
ON CONFLICT DO NOTHING RETURNING id
"""
FREEZE = """
UPDATE payments.orders SET frozen_at = app_now(), frozen_why = %(why)s WHERE id = %(id)s AND frozen_at IS NULL
"""
# Not while money that does not fit is still in suspense.
THAW = """
UPDATE payments.orders SET frozen_at = NULL, frozen_why = NULL
WHERE id = %(id)s AND frozen_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM payments.attempt a WHERE a.order_id = orders.id AND a.verdict = 'mismatch'
    AND NOT EXISTS (SELECT 1 FROM payments.refund r WHERE r.attempt_id = a.id))
"""
# Put off as they are taken: while a channel is silent, each comes again ever more slowly, and others get their turn.
DUE_ORDERS = """
UPDATE payments.orders SET closes = closes + 1,
       next_close_at = app_now() + make_interval(secs => least(%(close_most)s, %(close_first)s * 2 ^ least(closes, 16)))
WHERE id IN (
    SELECT o.id FROM payments.orders o
    WHERE (o.next_close_at IS NULL OR o.next_close_at <= app_now())
      AND (o.state = 'open' AND o.expires_at < app_now() - make_interval(secs => %(grace)s)
           OR o.state = 'closing' AND NOT EXISTS (
               SELECT 1 FROM payments.attempt a WHERE a.order_id = o.id
               AND a.state IN ('preparing', 'prepared', 'paying', 'unknown', 'closing'))
           AND NOT EXISTS (SELECT 1 FROM payments.insurance_leg i WHERE i.order_id = o.id
                           AND i.state IN ('agreed', 'paid')))
    ORDER BY o.expires_at LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""
NOW = "SELECT app_now()"

_ATTEMPT: LiteralString = """
SELECT id, order_id, seq, idem_key, channel, method, account_channel, merchant_id, app_id, out_trade_no, amount_fen,
       state, token, transaction_id, paid_fen, paid_at, verdict, fault, asks, claimed_at, created_at, expires_at,
       expires_at <= app_now()
         OR EXISTS (SELECT 1 FROM payments.orders o WHERE o.id = order_id AND o.state <> 'open') AS due,
       extract(epoch FROM app_now() - claimed_at)::float8 AS seconds_claimed,
       extract(epoch FROM app_now() - expires_at)::float8 AS seconds_over,
       reversals, reversal_at, coalesce(reversal_until > app_now(), false) AS reversing,
       extract(epoch FROM app_now() - reversal_at)::float8 AS seconds_reversed
FROM payments.attempt
"""
ATTEMPT = _ATTEMPT + "WHERE id = %(id)s"
ATTEMPT_BY_NO = _ATTEMPT + "WHERE channel = %(channel)s AND out_trade_no = %(out_trade_no)s"
ATTEMPT_BY_KEY = _ATTEMPT + "WHERE order_id = %(order_id)s AND idem_key = %(idem_key)s"
LIVE_ATTEMPT = _ATTEMPT + (
    "WHERE order_id = %(order_id)s AND state IN ('preparing', 'prepared', 'paying', 'unknown', 'closing')"
)
ACCEPTED_ATTEMPT = _ATTEMPT + "WHERE order_id = %(order_id)s AND verdict = 'accepted'"
HALVE_ATTEMPT = "UPDATE payments.attempt SET verdict = 'half' WHERE id = %(id)s AND verdict = 'accepted'"
COUNT_ATTEMPTS = "SELECT count(*) FROM payments.attempt WHERE order_id = %(order_id)s"
INSERT_ATTEMPT = """
INSERT INTO payments.attempt (id, order_id, seq, idem_key, channel, method, account_channel, merchant_id, app_id,
                              out_trade_no, amount_fen, claimed_at, created_at, expires_at, next_ask_at)
VALUES (%(id)s, %(order_id)s, %(seq)s, %(idem_key)s, %(channel)s, %(method)s, %(account_channel)s, %(merchant_id)s,
        %(app_id)s, %(out_trade_no)s, %(amount_fen)s, app_now(), app_now(), %(expires_at)s,
        app_now() + make_interval(secs => %(ask_in)s))
"""
ASK_IN = """
UPDATE payments.attempt SET next_ask_at = app_now() + make_interval(secs => %(seconds)s) WHERE id = %(id)s
"""
ASK_NO_MORE = "UPDATE payments.attempt SET next_ask_at = NULL WHERE id = %(id)s"
CLAIMED = "UPDATE payments.attempt SET claimed_at = app_now() WHERE id = %(id)s"
ENDED_FOR = """
SELECT coalesce(max(at) <= app_now() - make_interval(secs => %(seconds)s), true) FROM payments.step
WHERE subject = %(id)s
"""
MAY_ASK = """
UPDATE payments.attempt SET asked_at = app_now()
WHERE id = %(id)s AND (asked_at IS NULL OR asked_at <= app_now() - make_interval(secs => %(gap)s)) RETURNING id
"""
# A question in hand is put off first, so that two workers never ask the same at once; backoff doubles.
DUE_ATTEMPTS = """
UPDATE payments.attempt SET asks = asks + 1, asked_at = app_now(),
       next_ask_at = app_now() + make_interval(secs => least(%(ask_most)s, %(ask_first)s * 2 ^ least(asks, 16)))
WHERE id IN (SELECT id FROM payments.attempt WHERE next_ask_at <= app_now()
             ORDER BY next_ask_at LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""

_REFUND: LiteralString = """
SELECT id, no, out_refund_no, order_id, attempt_id, cause, amount_fen, reason, state, tries, asks, fault,
       channel_refund_id, requested_at, sent_at, done_at,
       extract(epoch FROM app_now() - sent_at)::float8 AS seconds_sent
FROM payments.refund
"""
REFUND = _REFUND + "WHERE id = %(id)s"
REFUND_BY_OUT_NO = _REFUND + "WHERE out_refund_no = %(out_refund_no)s"
REFUND_BY_KEY = _REFUND + "WHERE order_id = %(order_id)s AND key = %(key)s"
REFUNDS_OF = _REFUND + "WHERE order_id = ANY(%(order_ids)s) ORDER BY requested_at, id"
COUNT_REFUNDS = "SELECT count(*) FROM payments.refund WHERE attempt_id = %(attempt_id)s"
RENUMBER = "UPDATE payments.refund SET out_refund_no = %(out_refund_no)s, asks = 0 WHERE id = %(id)s"
SECONDS_TO_NEXT_REFUND = """
SELECT greatest(0, %(gap)s - extract(epoch FROM app_now() - max(sent_at)))::float8 FROM payments.refund
WHERE order_id = %(order_id)s AND id <> %(id)s
"""
INSERT_REFUND = """
INSERT INTO payments.refund (id, no, out_refund_no, order_id, attempt_id, key, cause, amount_fen, reason, why,
                             requested_at, next_try_at)
VALUES (%(id)s, %(no)s, %(no)s, %(order_id)s, %(attempt_id)s, %(key)s, %(cause)s, %(amount_fen)s, %(reason)s, %(why)s,
        app_now(), app_now() + make_interval(secs => 15))
"""
TRY_IN = "UPDATE payments.refund SET next_try_at = app_now() + make_interval(secs => %(seconds)s) WHERE id = %(id)s"
TRY_NO_MORE = "UPDATE payments.refund SET next_try_at = NULL WHERE id = %(id)s"
SENT = """
UPDATE payments.refund SET sent_at = app_now(), tries = tries + 1,
       next_try_at = app_now() + make_interval(secs => %(seconds)s) WHERE id = %(id)s
"""
DUE_REFUNDS = """
UPDATE payments.refund SET asks = asks + 1,
       next_try_at = app_now() + make_interval(secs => least(%(ask_most)s, %(ask_first)s * 2 ^ least(asks, 16)))
WHERE id IN (SELECT id FROM payments.refund WHERE next_try_at <= app_now()
             ORDER BY next_try_at LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""

STATEMENTS = (
    ORDER,
    LOCK_ORDER,
    ORDERS,
    ORDER_OF,
    PAID_ORDERS,
    OWED,
    INSERT_ORDER,
    FREEZE,
    THAW,
    DUE_ORDERS,
    NOW,
    ATTEMPT,
    ATTEMPT_BY_NO,
    ATTEMPT_BY_KEY,
    LIVE_ATTEMPT,
    ACCEPTED_ATTEMPT,
    HALVE_ATTEMPT,
    COUNT_ATTEMPTS,
    INSERT_ATTEMPT,
    ASK_IN,
    ASK_NO_MORE,
    CLAIMED,
    ENDED_FOR,
    MAY_ASK,
    DUE_ATTEMPTS,
    REFUND,
    REFUND_BY_OUT_NO,
    REFUND_BY_KEY,
    REFUNDS_OF,
    COUNT_REFUNDS,
    RENUMBER,
    SECONDS_TO_NEXT_REFUND,
    INSERT_REFUND,
    TRY_IN,
    TRY_NO_MORE,
    SENT,
    DUE_REFUNDS,
)


async def now(tx: Tx) -> datetime:
    """The database's moment."""
    found: datetime = await tx.value(NOW)
    return found


async def order(tx: Tx, order_id: UUID) -> Order | None:
    return await tx.one(Order, ORDER, {"id": order_id})


async def lock_order(tx: Tx, order_id: UUID) -> Order | None:
    """The order, locked until the transaction ends: everything about one order happens one after the other."""
    if await tx.value(LOCK_ORDER, {"id": order_id}) is None:
        return None
    return await order(tx, order_id)


async def orders(tx: Tx, ids: list[UUID]) -> list[Order]:
    return await tx.all(Order, ORDERS, {"ids": ids})


async def order_of(tx: Tx, subject_kind: str, subject_id: UUID, kind: str) -> Order | None:
    """The order of a subject that is not closed."""
    return await tx.one(Order, ORDER_OF, {"subject_kind": subject_kind, "subject_id": subject_id, "kind": kind})


async def paid_orders(
    tx: Tx, accounts: list[UUID], patient_id: UUID | None, before: tuple[datetime, UUID] | None, most: int
) -> list[Order]:
    """Orders on which this account paid, newest payment first, after the cursor `before` (paid_at, id)."""
    params = {
        "accounts": accounts,
        "patient_id": patient_id,
        "before_at": before[0] if before else None,
        "before_id": before[1] if before else None,
        "most": most,
    }
    return await tx.all(Order, PAID_ORDERS, params)


async def insert_order(tx: Tx, row: dict[str, Any]) -> bool:
    """False when the subject has an order already."""
    return await tx.value(INSERT_ORDER, row) is not None


async def freeze(tx: Tx, order_id: UUID, why: str) -> bool:
    """False when it was frozen before."""
    return await tx.run(FREEZE, {"id": order_id, "why": why}) > 0


async def thaw(tx: Tx, order_id: UUID) -> bool:
    """False when it was not frozen, or must stay so."""
    return await tx.run(THAW, {"id": order_id}) > 0


async def due_orders(tx: Tx, grace: int, close_first: float, close_most: float, most: int) -> list[UUID]:
    """Take the orders to be closed, each put off by its backoff.

    They are past their end, or were left half closed with nothing open (else the attempt goes first).
    """
    params = {"grace": grace, "close_first": close_first, "close_most": close_most, "most": most}
    return await tx.values(DUE_ORDERS, params)


async def attempt(tx: Tx, attempt_id: UUID) -> Attempt | None:
    return await tx.one(Attempt, ATTEMPT, {"id": attempt_id})


async def attempt_by_no(tx: Tx, channel: str, out_trade_no: str) -> Attempt | None:
    return await tx.one(Attempt, ATTEMPT_BY_NO, {"channel": channel, "out_trade_no": out_trade_no})


async def attempt_by_key(tx: Tx, order_id: UUID, key: str) -> Attempt | None:
    return await tx.one(Attempt, ATTEMPT_BY_KEY, {"order_id": order_id, "idem_key": key})


async def live_attempt(tx: Tx, order_id: UUID) -> Attempt | None:
    return await tx.one(Attempt, LIVE_ATTEMPT, {"order_id": order_id})


async def accepted_attempt(tx: Tx, order_id: UUID) -> Attempt | None:
    return await tx.one(Attempt, ACCEPTED_ATTEMPT, {"order_id": order_id})


async def halve_attempt(tx: Tx, attempt_id: UUID) -> None:
    """The accepted payment does not stand any more: the insurance's part did not come."""
    await tx.run(HALVE_ATTEMPT, {"id": attempt_id})


async def count_attempts(tx: Tx, order_id: UUID) -> int:
    return int(await tx.value(COUNT_ATTEMPTS, {"order_id": order_id}))


async def insert_attempt(tx: Tx, row: dict[str, Any]) -> None:
    await tx.run(INSERT_ATTEMPT, row)


async def ask_in(tx: Tx, attempt_id: UUID, seconds: float) -> None:
    """The channel is asked about this attempt in `seconds`."""
    await tx.run(ASK_IN, {"id": attempt_id, "seconds": seconds})


async def ask_no_more(tx: Tx, attempt_id: UUID) -> None:
    await tx.run(ASK_NO_MORE, {"id": attempt_id})


async def claimed(tx: Tx, attempt_id: UUID) -> None:
    """A call about this attempt begins now."""
    await tx.run(CLAIMED, {"id": attempt_id})


async def ended_for(tx: Tx, attempt_id: UUID, seconds: float) -> bool:
    """Whether the attempt's last step is at least `seconds` old."""
    return bool(await tx.value(ENDED_FOR, {"id": attempt_id, "seconds": seconds}))


async def may_ask(tx: Tx, attempt_id: UUID, gap: float) -> bool:
    """Note a question that the phone caused; False when the last one is less than `gap` seconds old."""
    return await tx.value(MAY_ASK, {"id": attempt_id, "gap": gap}) is not None


async def due_attempts(tx: Tx, ask_first: float, ask_most: float, most: int) -> list[UUID]:
    """Take the attempts that are due to be asked about; each is put off by its backoff."""
    return await tx.values(DUE_ATTEMPTS, {"ask_first": ask_first, "ask_most": ask_most, "most": most})


async def refund(tx: Tx, refund_id: UUID) -> Refund | None:
    return await tx.one(Refund, REFUND, {"id": refund_id})


async def refund_by_out_no(tx: Tx, out_refund_no: str) -> Refund | None:
    return await tx.one(Refund, REFUND_BY_OUT_NO, {"out_refund_no": out_refund_no})


async def refund_by_key(tx: Tx, order_id: UUID, key: str) -> Refund | None:
    return await tx.one(Refund, REFUND_BY_KEY, {"order_id": order_id, "key": key})


async def refunds_of(tx: Tx, order_ids: list[UUID]) -> list[Refund]:
    return await tx.all(Refund, REFUNDS_OF, {"order_ids": order_ids})


async def count_refunds(tx: Tx, attempt_id: UUID) -> int:
    return int(await tx.value(COUNT_REFUNDS, {"attempt_id": attempt_id}))


async def renumber(tx: Tx, refund_id: UUID, out_refund_no: str) -> None:
    """Only after the channel closed the earlier number."""
    await tx.run(RENUMBER, {"id": refund_id, "out_refund_no": out_refund_no})


async def seconds_to_next_refund(tx: Tx, row: Refund, gap: int) -> float:
    """How long the channel wants between two refunds of one order; 0 when this one may go now."""
    params = {"order_id": row.order_id, "id": row.id, "gap": gap}
    return float(await tx.value(SECONDS_TO_NEXT_REFUND, params) or 0)


async def insert_refund(tx: Tx, row: dict[str, Any]) -> None:
    await tx.run(INSERT_REFUND, row)


async def try_in(tx: Tx, refund_id: UUID, seconds: float) -> None:
    """The refund is sent or asked about again in `seconds`."""
    await tx.run(TRY_IN, {"id": refund_id, "seconds": seconds})


async def try_no_more(tx: Tx, refund_id: UUID) -> None:
    await tx.run(TRY_NO_MORE, {"id": refund_id})


async def sent(tx: Tx, refund_id: UUID, seconds: float) -> None:
    """The refund goes out now; when nothing is heard of it, it is asked about in `seconds`."""
    await tx.run(SENT, {"id": refund_id, "seconds": seconds})


async def due_refunds(tx: Tx, ask_first: float, ask_most: float, most: int) -> list[UUID]:
    """Take the refunds that are due to be sent or asked about; each is put off by its backoff."""
    return await tx.values(DUE_REFUNDS, {"ask_first": ask_first, "ask_most": ask_most, "most": most})
