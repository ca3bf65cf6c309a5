"""Differences, proposals and decisions."""

from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from jiuyi.domains.reconciliation.types import Item, Kind, Proposal
from jiuyi.kit.db import Tx

_ITEM: LiteralString = """
SELECT id, day, seq, fault, kind, channel, state, transaction_id, at, channel_fen, ours_fen, his_fen, told_fen,
       found_at, tries, trade_no, refund_no, order_no, merchant_id, verdict, attempt_id, refund_id, order_id,
       subject_kind, subject_id, act, note, acted_at, closed_day, settled_at, late_sides
FROM reconciliation.item
"""
ITEM = _ITEM + "WHERE id = %(id)s"
LOCK_ITEM = _ITEM + "WHERE id = %(id)s FOR UPDATE"
OF_DAY = _ITEM + "WHERE day = %(day)s ORDER BY seq"
CLOSED_ON = _ITEM + "WHERE closed_day = %(day)s ORDER BY day, seq"
UNACCOUNTED = _ITEM + "WHERE state <> 'settled' AND day < %(until)s ORDER BY day, seq"
FOR_PEOPLE = _ITEM + "WHERE state IN ('open', 'proposed') ORDER BY day, seq"
VANISHED = _ITEM + (
    "WHERE day = %(day)s AND run_id <> %(run)s AND state NOT IN ('settled', 'mending') ORDER BY seq FOR UPDATE"
)
UNENTERED = """
SELECT transaction_id FROM reconciliation.item
WHERE transaction_id = ANY(%(transactions)s) AND kind = 'payment' AND his_fen IS NULL AND closed_day IS NULL
"""
CROSSED = """
SELECT DISTINCT ON (transaction_id, kind) transaction_id, kind, channel_fen FROM reconciliation.item
WHERE transaction_id = ANY(%(transactions)s) AND day < %(day)s AND channel_fen IS NOT NULL AND ours_fen IS NULL
ORDER BY transaction_id, kind, day DESC
"""
FINGERPRINTED = """
SELECT fingerprint, id FROM reconciliation.item WHERE day = %(day)s AND fingerprint = ANY(%(fingerprints)s)
"""
LAST_SEQ = "SELECT coalesce(max(seq), 0) FROM reconciliation.item WHERE day = %(day)s"
COUNT_FOUND = "SELECT count(*) FROM reconciliation.item WHERE day = %(day)s AND state = 'found'"
FOUND_OF = _ITEM + "WHERE day = %(day)s AND state = 'found' ORDER BY seq LIMIT %(most)s FOR UPDATE"
INSERT = """
INSERT INTO reconciliation.item (id, day, seq, fingerprint, run_id, fault, kind, channel, trade_no, refund_no,
    transaction_id, order_no, merchant_id, verdict, channel_fen, ours_fen, his_fen, told_fen, at, attempt_id, refund_id,
    order_id, subject_kind, subject_id, state, note, next_at, found_at, settled_at)
VALUES (%(id)s, %(day)s, %(seq)s, %(fingerprint)s, %(run_id)s, %(fault)s, %(kind)s, %(channel)s, %(trade_no)s,
    %(refund_no)s, %(transaction_id)s, %(order_no)s, %(merchant_id)s, %(verdict)s, %(channel_fen)s, %(ours_fen)s,
    %(his_fen)s, %(told_fen)s, %(at)s, %(attempt_id)s, %(refund_id)s, %(order_id)s, %(subject_kind)s, %(subject_id)s,
    %(state)s, %(note)s, CASE WHEN %(state)s IN ('found', 'waiting') THEN app_now() END, app_now(),
    CASE WHEN %(state)s = 'settled' THEN app_now() END)
"""
SIDES = """
UPDATE reconciliation.item SET run_id = %(run_id)s, fault = %(fault)s, channel_fen = %(channel_fen)s,
    ours_fen = %(ours_fen)s, his_fen = %(his_fen)s, told_fen = coalesce(%(told_fen)s, told_fen),
    attempt_id = coalesce(attempt_id, %(attempt_id)s),
    refund_id = coalesce(refund_id, %(refund_id)s), order_id = coalesce(order_id, %(order_id)s),
    late_sides = late_sides || %(late)s::text[]
WHERE id = %(id)s
"""
SEEN = "UPDATE reconciliation.item SET run_id = %(run)s WHERE id = ANY(%(ids)s)"
# What is in hand is put off first, so that two workers never act on the same; it doubles up to six hours.
TAKE_DUE = """
UPDATE reconciliation.item SET tries = tries + 1,
       next_at = app_now() + make_interval(secs => least(21600, 60 * 2 ^ least(tries, 16)))
WHERE id IN (SELECT id FROM reconciliation.item WHERE next_at <= app_now() AND state IN ('found', 'mending', 'waiting')
             ORDER BY next_at LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""
NEXT_AT = "UPDATE reconciliation.item SET next_at = app_now() + make_interval(secs => %(seconds)s) WHERE id = %(id)s"
PROPOSE = """
INSERT INTO reconciliation.proposal (id, item_id, act, why, maker, made_at)
VALUES (%(id)s, %(item_id)s, %(act)s, %(why)s, %(maker)s, app_now())
"""
DECIDE = """
INSERT INTO reconciliation.decision (proposal_id, maker, verdict, checker, why, decided_at)
VALUES (%(proposal_id)s, %(maker)s, %(verdict)s, %(checker)s, %(why)s, app_now())
"""
_PROPOSAL: LiteralString = """
SELECT p.id, p.item_id, p.act, p.why, p.maker, p.made_at, d.verdict, d.checker, d.why AS decided_why, d.decided_at
FROM reconciliation.proposal p LEFT JOIN reconciliation.decision d ON d.proposal_id = p.id
"""
PROPOSAL = _PROPOSAL + "WHERE p.id = %(id)s"
PROPOSALS = _PROPOSAL + "WHERE p.item_id = ANY(%(ids)s) ORDER BY p.made_at, p.id"
NOW = "SELECT app_now()"
STATEMENTS = (
    ITEM,
    LOCK_ITEM,
    OF_DAY,
    CLOSED_ON,
    UNACCOUNTED,
    FOR_PEOPLE,
    VANISHED,
    UNENTERED,
    FINGERPRINTED,
    LAST_SEQ,
    COUNT_FOUND,
    FOUND_OF,
    INSERT,
    SIDES,
    SEEN,
    TAKE_DUE,
    NEXT_AT,
    CROSSED,
    PROPOSE,
    DECIDE,
    PROPOSAL,
    PROPOSALS,
    NOW,
)


class _Crossed(msgspec.Struct):
    transaction_id: str
    kind: Kind
    channel_fen: int


class _Known(msgspec.Struct):
    fingerprint: str
    id: UUID


async def item(tx: Tx, item_id: UUID) -> Item:
    """Raises `Absent`."""
    return await tx.must(Item, ITEM, {"id": item_id})


async def lock(tx: Tx, item_id: UUID) -> Item:
    """The item, locked until the transaction ends. Raises `Absent`."""
    return await tx.must(Item, LOCK_ITEM, {"id": item_id})


async def of_day(tx: Tx, day: date) -> list[Item]:
    return await tx.all(Item, OF_DAY, {"day": day})


async def closed_on(tx: Tx, day: date) -> list[Item]:
    """Items of earlier days whose missing side turned up on this day."""
    return await tx.all(Item, CLOSED_ON, {"day": day})


async def unaccounted(tx: Tx, until: date) -> list[Item]:
    """Everything unsettled of the days before `until`."""
    return await tx.all(Item, UNACCOUNTED, {"until": until})


async def for_people(tx: Tx) -> list[Item]:
    """Every item that a maker or a checker has to act on, of any day."""
    return await tx.all(Item, FOR_PEOPLE)


async def vanished(tx: Tx, day: date, run_id: UUID) -> list[Item]:
    """Unsettled items of the day that this comparison did not find again, locked."""
    return await tx.all(Item, VANISHED, {"day": day, "run": run_id})


async def unentered(tx: Tx, transactions: list[str]) -> set[str]:
    """Those transactions of which an earlier comparison knows that the HIS has no payment."""
    return set(await tx.values(UNENTERED, {"transactions": transactions}))


async def crossed(tx: Tx, day: date, transactions: list[str]) -> dict[tuple[str, Kind], int]:
    """What an earlier day's bill had of these transactions while our books had nothing: signed fen by kind."""
    rows = await tx.all(_Crossed, CROSSED, {"day": day, "transactions": transactions})
    return {(row.transaction_id, row.kind): row.channel_fen for row in rows}


async def fingerprinted(tx: Tx, day: date, fingerprints: list[str]) -> dict[str, UUID]:
    """The items of the day that have these fingerprints."""
    params = {"day": day, "fingerprints": fingerprints}
    return {row.fingerprint: row.id for row in await tx.all(_Known, FINGERPRINTED, params)}


async def last_seq(tx: Tx, day: date) -> int:
    return int(await tx.value(LAST_SEQ, {"day": day}))


async def count_found(tx: Tx, day: date) -> int:
    return int(await tx.value(COUNT_FOUND, {"day": day}))


async def found_of(tx: Tx, day: date, most: int) -> list[Item]:
    """Items on which the system would act, locked."""
    return await tx.all(Item, FOUND_OF, {"day": day, "most": most})


async def insert(tx: Tx, rows: list[dict[str, Any]]) -> None:
    await tx.many(INSERT, rows)


async def sides(tx: Tx, row: dict[str, Any]) -> None:
    """What the sides of an unsettled item have now."""
    await tx.run(SIDES, row)


async def seen(tx: Tx, run_id: UUID, ids: list[UUID]) -> None:
    """These were found again."""
    await tx.run(SEEN, {"run": run_id, "ids": ids})


async def take_due(tx: Tx, most: int) -> list[UUID]:
    """Take the items on which something is to be done; each is put off by its backoff."""
    return await tx.values(TAKE_DUE, {"most": most})


async def next_at(tx: Tx, item_id: UUID, seconds: float) -> None:
    await tx.run(NEXT_AT, {"id": item_id, "seconds": seconds})


async def propose(tx: Tx, row: dict[str, Any]) -> None:
    await tx.run(PROPOSE, row)


async def decide(tx: Tx, row: dict[str, Any]) -> None:
    """Raises `psycopg.errors.CheckViolation` when maker and checker are one person."""
    await tx.run(DECIDE, row)


async def proposal(tx: Tx, proposal_id: UUID) -> Proposal | None:
    return await tx.one(Proposal, PROPOSAL, {"id": proposal_id})


async def proposals(tx: Tx, item_ids: list[UUID]) -> list[Proposal]:
    return await tx.all(Proposal, PROPOSALS, {"ids": item_ids})


async def now(tx: Tx) -> datetime:
    found: datetime = await tx.value(NOW)
    return found
