"""SQL of what is taken at desks."""

from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from jiuyi.domains.payments.repository.records import OWED
from jiuyi.domains.payments.types import Collected, Collection, DayPart, Order, Sums
from jiuyi.kit.db import Tx

INSERT = """
INSERT INTO payments.collection (attempt_id, device_id, device_code, shift_id, operator, kind, code_masked, record)
VALUES (%(attempt_id)s, %(device_id)s, %(device_code)s, %(shift_id)s, %(operator)s, %(kind)s, %(code_masked)s,
        %(record)s::jsonb)
"""
COLLECTION = """
SELECT attempt_id, device_id, device_code, shift_id, operator, kind, code_masked, stop_asked_at IS NOT NULL AS stopping,
       record
FROM payments.collection WHERE attempt_id = %(attempt_id)s
"""
# Its time is over as soon as the channel takes a reversal; who asks twice shortens nothing.
STOP = """
UPDATE payments.attempt SET expires_at = least(expires_at, created_at + make_interval(secs => %(least)s))
WHERE id = %(attempt_id)s
"""
STOPPING = """
UPDATE payments.collection SET stop_asked_at = coalesce(stop_asked_at, app_now()) WHERE attempt_id = %(attempt_id)s
"""
SECONDS_LEFT = """
SELECT greatest(0, ceil(extract(epoch FROM expires_at - app_now())))::int FROM payments.attempt WHERE id = %(id)s
"""
_LINES: LiteralString = """
SELECT a.id AS payment_id, o.id AS order_id, o.no AS order_no, o.kind AS order_kind, o.subject_id, o.patient_id,
       c.device_code, c.operator, c.kind, a.amount_fen, a.state, a.verdict, a.fault, a.token IS NOT NULL AS has_token,
       (SELECT coalesce(sum(r.amount_fen), 0)::bigint FROM payments.refund r
         WHERE r.attempt_id = a.id AND a.verdict = 'accepted') AS refund_fen,
       a.transaction_id, a.created_at AS at
FROM payments.collection c JOIN payments.attempt a ON a.id = c.attempt_id JOIN payments.orders o ON o.id = a.order_id
"""
OF_SHIFT = _LINES + "WHERE c.shift_id = %(shift_id)s ORDER BY a.id DESC LIMIT %(most)s"
OF_DEVICE = (
    _LINES
    + "WHERE c.device_id = %(device_id)s AND a.created_at > app_now() - interval '1 day' ORDER BY a.id DESC"
    + " LIMIT %(most)s"
)
_SUMS: LiteralString = """
SELECT count(*)::int AS count, coalesce(sum(a.paid_fen), 0)::bigint AS fen,
       coalesce(sum(back.count), 0)::int AS refund_count, coalesce(sum(back.fen), 0)::bigint AS refund_fen
FROM payments.collection c JOIN payments.attempt a ON a.id = c.attempt_id
LEFT JOIN LATERAL (
    SELECT count(*) AS count, sum(r.amount_fen) AS fen FROM payments.refund r WHERE r.attempt_id = a.id
) back ON true
"""
SUMS_OF_SHIFT = _SUMS + "WHERE c.shift_id = %(shift_id)s AND a.verdict = 'accepted'"
SUMS_OF_DEVICE = (
    _SUMS
    + "WHERE c.device_id = %(device_id)s AND a.verdict = 'accepted' AND a.created_at > app_now() - interval '1 day'"
)
_ON_DAY: LiteralString = """
a.created_at >= %(day)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
  AND a.created_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
"""
OF_DAY = (
    _LINES + "WHERE " + _ON_DAY + " AND (%(after)s::uuid IS NULL OR a.id < %(after)s::uuid)"
    " ORDER BY a.id DESC LIMIT %(most)s"
)
# The whole, the ways and the shifts of one moment: their sums agree.
_PARTS: LiteralString = """
SELECT c.kind, c.device_code, c.shift_id, c.operator, min(a.created_at) AS first_at, max(a.created_at) AS last_at,
       count(*)::int AS count, coalesce(sum(a.paid_fen), 0)::bigint AS fen,
       coalesce(sum(back.count), 0)::int AS refund_count, coalesce(sum(back.fen), 0)::bigint AS refund_fen,
       coalesce(sum(back.open_fen), 0)::bigint AS refund_open_fen
FROM payments.collection c JOIN payments.attempt a ON a.id = c.attempt_id
LEFT JOIN LATERAL (
    SELECT count(*) AS count, sum(r.amount_fen) AS fen, sum(r.amount_fen) FILTER (WHERE r.state <> 'done') AS open_fen
    FROM payments.refund r WHERE r.attempt_id = a.id
) back ON true
"""
PARTS_OF_DAY = (
    _PARTS
    + "WHERE a.verdict = 'accepted' AND "
    + _ON_DAY
    + " GROUP BY GROUPING SETS ((), (c.kind), (c.device_code, c.shift_id, c.operator))"
    + " ORDER BY c.device_code, c.kind, first_at"
)
TRANSACTION_KNOWN = """
SELECT EXISTS (SELECT FROM payments.attempt WHERE channel = %(channel)s AND transaction_id = %(transaction_id)s)
"""
STATEMENTS = (
    TRANSACTION_KNOWN,
    INSERT,
    COLLECTION,
    STOP,
    STOPPING,
    SECONDS_LEFT,
    OF_SHIFT,
    OF_DEVICE,
    SUMS_OF_SHIFT,
    SUMS_OF_DEVICE,
    OF_DAY,
    PARTS_OF_DAY,
)


async def transaction_known(tx: Tx, channel: str, transaction_id: str) -> bool:
    """Whether a transaction of a channel was booked before."""
    return bool(await tx.value(TRANSACTION_KNOWN, {"channel": channel, "transaction_id": transaction_id}))


async def insert(tx: Tx, row: dict[str, Any]) -> None:
    await tx.run(INSERT, row)


async def collection(tx: Tx, attempt_id: UUID) -> Collection | None:
    return await tx.one(Collection, COLLECTION, {"attempt_id": attempt_id})


async def stop(tx: Tx, attempt_id: UUID, least: float) -> None:
    """Bring the attempt's end forward to `least` seconds after its beginning."""
    await tx.run(STOPPING, {"attempt_id": attempt_id})
    await tx.run(STOP, {"attempt_id": attempt_id, "least": least})


async def seconds_left(tx: Tx, attempt_id: UUID) -> int:
    """Whole seconds until the attempt's time is over."""
    return int(await tx.value(SECONDS_LEFT, {"id": attempt_id}) or 0)


async def lines(tx: Tx, device_id: UUID, shift_id: UUID | None, most: int) -> list[Collected]:
    """The newest collections of a shift, or of a device in a day where nobody stands."""
    params = {"device_id": device_id, "shift_id": shift_id, "most": most}
    return await tx.all(Collected, OF_SHIFT if shift_id else OF_DEVICE, params)


async def sums(tx: Tx, device_id: UUID, shift_id: UUID | None) -> Sums:
    """What a shift took, or a device in a day."""
    params = {"device_id": device_id, "shift_id": shift_id}
    return await tx.must(Sums, SUMS_OF_SHIFT if shift_id else SUMS_OF_DEVICE, params)


async def lines_of_day(tx: Tx, day: date, after: UUID | None, most: int) -> list[Collected]:
    """What every desk took on a day, newest first, after the attempt `after`."""
    return await tx.all(Collected, OF_DAY, {"day": day, "after": after, "most": most})


async def parts_of_day(tx: Tx, day: date) -> list[DayPart]:
    """The same in sums: of the whole day, of each way of payment, of each shift of each machine."""
    return await tx.all(DayPart, PARTS_OF_DAY, {"day": day})


async def owed(tx: Tx, patient_id: UUID) -> list[Order]:
    """A patient's orders that can be paid now, the most urgent first."""
    return await tx.all(Order, OWED, {"patient_id": patient_id})
