"""Staged lines: copied in, compared as sets, thrown away.

Rows pass through this process as COPY text, a few thousand at a time, whatever the size of the day.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import LiteralString
from uuid import UUID

import msgspec
from psycopg.rows import dict_row

from jiuyi.domains.reconciliation.types import Line, Said, Side
from jiuyi.kit.db import Tx

_AT_ONCE = 2000
SAID_COLUMNS: LiteralString = (
    "kind, channel, trade_no, refund_no, transaction_id, order_no, merchant_id, amount_fen, at"
)
BILL_COLUMNS: LiteralString = SAID_COLUMNS + ", account_fen"
OURS_COLUMNS: LiteralString = SAID_COLUMNS + ", verdict, promised_fen, returned_fen, paid_fen, told_fen, account_fen"
PLACE = """
SELECT set_config('reconciliation.run', %(run)s, true), set_config('reconciliation.source', %(side)s, true)
"""
CLEAR = "SELECT reconciliation.clear_lines()"
WEIGH = "SELECT reconciliation.weigh_lines(), set_config('work_mem', '64MB', true)"
# One unsettled difference of an earlier day is up to three lines: the sides that have it.
CARRY = """
INSERT INTO reconciliation.line (run_id, source, kind, channel, trade_no, refund_no, transaction_id, order_no,
                                 merchant_id, amount_fen, at, verdict, promised_fen, returned_fen, paid_fen, told_fen,
                                 item_id)
SELECT %(run)s, s.side, i.kind, i.channel, i.trade_no, i.refund_no, i.transaction_id, i.order_no, i.merchant_id,
       abs(s.fen), i.at, CASE WHEN s.side = 'ours' THEN coalesce(i.verdict, 'accepted') END, 0, 0, 0,
       CASE WHEN s.side = 'ours' THEN abs(i.told_fen) END, i.id
FROM reconciliation.item i
CROSS JOIN LATERAL (VALUES ('channel', i.channel_fen), ('ours', i.ours_fen), ('his', i.his_fen)) AS s (side, fen)
WHERE s.fen IS NOT NULL AND i.day < %(day)s AND i.day >= %(day)s - %(days)s::int AND i.fault = ANY(%(faults)s)
  AND (i.state NOT IN ('settled', 'proposed', 'mending') OR i.closed_day = %(day)s)
"""
# Sides are compared as sets by count and the exclusive or of 64-bit hashes; only what differs is looked at one by one.
_GROUPS: LiteralString = """
SELECT channel, transaction_id FROM (
    SELECT channel, transaction_id, source, verdict, item_id,
           hashtextextended(
               concat_ws('|', kind, coalesce(refund_no, trade_no), amount_fen, merchant_id, account_fen), 0
           ) AS with_number,
           told_fen,
           hashtextextended(concat_ws('|', kind, coalesce(told_fen, amount_fen)), 0) AS with_amount
    FROM reconciliation.line WHERE run_id = %(run)s
) AS hashed
GROUP BY channel, transaction_id
HAVING coalesce(bool_or(item_id IS NOT NULL OR verdict NOT IN ('accepted', 'asked')), false)
    OR channel <> ALL(%(unbilled)s) AND (
        count(*) FILTER (WHERE source = 'channel') <> count(*) FILTER (WHERE source = 'ours')
        OR bit_xor(with_number) FILTER (WHERE source = 'channel')
           IS DISTINCT FROM bit_xor(with_number) FILTER (WHERE source = 'ours'))
    OR count(*) FILTER (WHERE source = 'his')
       <> count(*) FILTER (WHERE source = 'ours' AND told_fen IS DISTINCT FROM 0)
    OR bit_xor(with_amount) FILTER (WHERE source = 'his')
       IS DISTINCT FROM bit_xor(with_amount) FILTER (WHERE source = 'ours' AND told_fen IS DISTINCT FROM 0)
"""
SUSPECTS: LiteralString = (
    "WITH suspect AS MATERIALIZED ("
    + _GROUPS
    + """)
SELECT l.nr, l.source, l.kind, l.channel, l.trade_no, l.refund_no, l.transaction_id, l.order_no, l.merchant_id,
       l.amount_fen, l.at, l.verdict, l.promised_fen, l.returned_fen, l.paid_fen, l.told_fen, l.account_fen, l.item_id
FROM reconciliation.line l JOIN suspect s ON s.channel = l.channel AND s.transaction_id = l.transaction_id
WHERE l.run_id = %(run)s ORDER BY l.channel, l.transaction_id, l.nr
"""
)
TOTAL = """
INSERT INTO reconciliation.total (run_id, channel, side, count, fen, told_fen)
SELECT run_id, channel, source, count(*), sum(CASE kind WHEN 'payment' THEN amount_fen ELSE -amount_fen END),
       sum(coalesce(told_fen, amount_fen) * CASE kind WHEN 'payment' THEN 1 ELSE -1 END)
FROM reconciliation.line WHERE run_id = %(run)s AND item_id IS NULL GROUP BY run_id, channel, source
"""
# Both sides of what an insurance's bill does not list: ours by its payer, the HIS's by the settlement that ours names.
HAS_APART = """
SELECT EXISTS (SELECT 1 FROM reconciliation.line WHERE run_id = %(run)s AND channel = %(channel)s AND source = 'ours'
               AND item_id IS NULL AND merchant_id <> ALL(%(payers)s))
"""
SET_APART = """
WITH apart AS MATERIALIZED (
    SELECT DISTINCT transaction_id FROM reconciliation.line
    WHERE run_id = %(run)s AND channel = %(channel)s AND source = 'ours' AND item_id IS NULL
      AND merchant_id <> ALL(%(payers)s)
)
UPDATE reconciliation.line l SET channel = %(apart)s FROM apart a
WHERE l.run_id = %(run)s AND l.channel = %(channel)s AND l.transaction_id = a.transaction_id
"""
COUNT_OURS = """
SELECT count(*) FROM reconciliation.line
WHERE run_id = %(run)s AND channel = %(channel)s AND source = 'ours' AND item_id IS NULL
"""
STATEMENTS = (PLACE, CLEAR, WEIGH, CARRY, SUSPECTS, TOTAL, HAS_APART, SET_APART, COUNT_OURS)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


async def clear(tx: Tx) -> None:
    """Throw away every staged line."""
    await tx.run(CLEAR)


async def weigh(tx: Tx) -> None:
    """Let the planner know what was staged, and give this transaction room to compare it."""
    await tx.run(WEIGH)


async def stage(tx: Tx, run_id: UUID, side: Side, said: Iterable[Said]) -> None:
    """Copy what an outside source says."""
    await tx.run(PLACE, {"run": str(run_id), "side": side.value})
    block = "".join(map(_row, said)).encode()
    async with (
        tx.connection.cursor() as cursor,
        cursor.copy("COPY reconciliation.line (" + BILL_COLUMNS + ") FROM STDIN") as copy,
    ):
        await copy.write(block)


async def stage_ours(tx: Tx, run_id: UUID, blocks: AsyncIterator[bytes]) -> int:
    """Copy our own movements, unread; return how many."""
    await tx.run(PLACE, {"run": str(run_id), "side": Side.OURS.value})
    rows = 0
    async with (
        tx.connection.cursor() as cursor,
        cursor.copy("COPY reconciliation.line (" + OURS_COLUMNS + ") FROM STDIN") as copy,
    ):
        async for block in blocks:
            rows += block.count(b"\n")
            await copy.write(block)
    return rows


def _row(said: Said) -> str:
    return "\t".join(
        (
            said.kind,
            _text(said.channel),
            _text(said.trade_no),
            _text(said.refund_no),
            _text(said.transaction_id or f"order:{said.order_no or ''}"),
            _text(said.order_no),
            _text(said.merchant_id),
            str(said.amount_fen),
            said.at.isoformat(),
            "\\N\n" if said.account_fen is None else f"{said.account_fen}\n",
        )
    )


def _text(value: str | None) -> str:
    if value is None:
        return "\\N"
    return value if value.isalnum() else value.translate(_ESCAPES)


async def carry(tx: Tx, run_id: UUID, day: object, days: int, faults: list[str]) -> int:
    """Stage the unsettled differences of earlier days whose missing side may turn up; return how many lines."""
    return await tx.run(CARRY, {"run": run_id, "day": day, "days": days, "faults": faults})


async def set_apart(tx: Tx, run_id: UUID, channel: str, apart: str, payers: list[str]) -> int:
    """Give the lines of payers that are not among `payers` a channel of their own; return how many lines."""
    params = {"run": run_id, "channel": channel, "apart": apart, "payers": payers}
    if not await tx.value(HAS_APART, params):
        return 0
    await weigh(tx)  # without it the planner takes the lines for a handful
    return await tx.run(SET_APART, params)


async def count_ours(tx: Tx, run_id: UUID, channel: str) -> int:
    """How many movements of the day our books have at a channel."""
    return int(await tx.value(COUNT_OURS, {"run": run_id, "channel": channel}))


async def total(tx: Tx, run_id: UUID) -> None:
    """Write the totals of every channel and side."""
    await tx.run(TOTAL, {"run": run_id})


async def suspects(tx: Tx, run_id: UUID, unbilled: list[str]) -> AsyncIterator[Line]:
    """The lines of every group whose sides do not agree, streamed by group. `unbilled`: channels without bill."""
    params = {"run": run_id, "unbilled": unbilled}
    async with tx.connection.cursor(name="suspects", row_factory=dict_row) as cursor:
        cursor.itersize = _AT_ONCE
        await cursor.execute(SUSPECTS, params)
        async for row in cursor:
            yield msgspec.convert(row, Line, builtin_types=(datetime, UUID))
