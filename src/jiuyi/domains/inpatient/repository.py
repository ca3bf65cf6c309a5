"""Deposits, and who looked for whom."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from jiuyi.domains.inpatient.types import DepositRow, RefundRow
from jiuyi.kit.db import Tx

_DEPOSIT: LiteralString = """
SELECT d.id, d.no, d.account_id, d.patient_id, d.stay_sealed, d.amount_fen, d.order_id, d.state, d.refusal,
  d.claimed_at, d.told_at, d.tries, d.receipt_no, d.confirmed_at, d.created_at, d.expires_at,
  coalesce(d.claimed_at < app_now() - interval '20 seconds', false) AS stale_claim, app_now() AS now
FROM inpatient.deposit d
"""
_BY_ID: LiteralString = _DEPOSIT + " WHERE d.id = %s"
_BY_KEY: LiteralString = _DEPOSIT + " WHERE d.account_id = %(account)s AND d.idempotency_key = %(key)s"
_PAGE: LiteralString = (
    _DEPOSIT
    + """ WHERE d.account_id = ANY(%(accounts)s) AND d.state <> 'closed'
  AND (%(at)s::timestamptz IS NULL OR (d.created_at, d.id) < (%(at)s, %(id)s::uuid))
ORDER BY d.created_at DESC, d.id DESC LIMIT %(most)s"""
)
_UNREST: LiteralString = """
SELECT id FROM inpatient.deposit WHERE state IN ('open', 'paid', 'confirming', 'unknown')
  AND (state <> 'open' OR expires_at < app_now())
  AND (claimed_at IS NULL OR claimed_at < app_now() - interval '20 seconds')
ORDER BY state = 'open', created_at LIMIT %(most)s
"""
_LOCK_STAY: LiteralString = "SELECT pg_advisory_xact_lock(hashtextextended(encode(%s::bytea, 'hex'), 0))"
_TODAY: LiteralString = """
SELECT coalesce(sum(amount_fen), 0)::bigint FROM inpatient.deposit WHERE stay_index = %(index)s
  AND (state NOT IN ('open', 'closed', 'refused') OR (state = 'open' AND account_id = ANY(%(accounts)s)))
  AND created_at >= app_today()::timestamp AT TIME ZONE 'Asia/Shanghai'
"""
_INSERT: LiteralString = """
INSERT INTO inpatient.deposit (id, no, account_id, idempotency_key, patient_id, stay_index, stay_sealed, amount_fen,
  order_id, state, created_at, expires_at)
VALUES (%(id)s, %(no)s, %(account_id)s, %(key)s, %(patient_id)s, %(index)s, %(stay)s, %(amount_fen)s, %(order_id)s,
  'open', app_now(), %(expires_at)s)
ON CONFLICT (account_id, idempotency_key) DO NOTHING
"""
_FIRST_STEP: LiteralString = """
INSERT INTO inpatient.step (subject, axis, source, target, who, why, at)
VALUES (%(id)s, 'state', '', 'open', %(who)s, 'asked', app_now())
"""
_TRIED: LiteralString = """
UPDATE inpatient.deposit SET tries = tries + 1, claimed_at = app_now() WHERE id = %s RETURNING tries
"""
_LOOKED: LiteralString = """
INSERT INTO inpatient.lookup (account_id, at) VALUES (%s, app_now())
"""
_LOOKUPS: LiteralString = """
SELECT count(*) FROM inpatient.lookup WHERE account_id = ANY(%s) AND at > app_now() - interval '1 hour'
"""
_FORGET_LOOKUPS: LiteralString = "DELETE FROM inpatient.lookup WHERE at < app_now() - interval '1 day'"
_ENTERED: LiteralString = (
    _DEPOSIT
    + """ WHERE d.patient_id = %(patient)s AND d.state = 'confirmed'
ORDER BY d.created_at DESC, d.id DESC LIMIT %(most)s"""
)
_LOCKED: LiteralString = _DEPOSIT + " WHERE d.id = %s FOR UPDATE"
_REFUND: LiteralString = """
SELECT r.id, r.no, r.deposit_id AS owner_id, d.order_id, r.amount_fen, r.reason, r.reason_sealed, r.state, r.tries,
  r.money_id, r.requested_at
FROM inpatient.refund r JOIN inpatient.deposit d ON d.id = r.deposit_id
"""
_REFUND_BY_ID: LiteralString = _REFUND + " WHERE r.id = %s"
_REFUND_BY_KEY: LiteralString = _REFUND + " WHERE r.deposit_id = %(deposit)s AND r.idempotency_key = %(key)s"
_GIVEN_BACK: LiteralString = _REFUND + " WHERE r.deposit_id = %s AND r.state = 'done' ORDER BY r.id"
_REFUND_UNDER_WAY: LiteralString = """
SELECT EXISTS (SELECT 1 FROM inpatient.refund WHERE deposit_id = %s AND state IN ('asking', 'unknown'))
"""
_REFUNDS_UNREST: LiteralString = """
SELECT id FROM inpatient.refund WHERE state IN ('asking', 'unknown')
  AND claimed_at < app_now() - interval '20 seconds' ORDER BY claimed_at LIMIT %(most)s
"""
_INSERT_REFUND: LiteralString = """
INSERT INTO inpatient.refund (id, no, deposit_id, idempotency_key, amount_fen, reason_sealed, state, claimed_at,
  requested_at)
VALUES (%(id)s, %(no)s, %(deposit)s, %(key)s, %(amount_fen)s, %(reason)s, 'asking', app_now(), app_now())
ON CONFLICT (deposit_id) WHERE state IN ('asking', 'unknown') DO NOTHING
"""
_REFUND_STEP: LiteralString = """
INSERT INTO inpatient.step (subject, axis, source, target, who, why, at)
VALUES (%(id)s, 'state', '', 'asking', %(who)s, 'asked', app_now())
"""
_REFUND_TRIED: LiteralString = """
UPDATE inpatient.refund SET tries = tries + 1, claimed_at = app_now() WHERE id = %s RETURNING tries
"""
_NOW: LiteralString = "SELECT app_now()"
STATEMENTS = (
    _BY_ID,
    _BY_KEY,
    _PAGE,
    _UNREST,
    _LOCK_STAY,
    _TODAY,
    _INSERT,
    _FIRST_STEP,
    _TRIED,
    _LOOKED,
    _LOOKUPS,
    _FORGET_LOOKUPS,
    _ENTERED,
    _LOCKED,
    _REFUND_BY_ID,
    _REFUND_BY_KEY,
    _GIVEN_BACK,
    _REFUND_UNDER_WAY,
    _REFUNDS_UNREST,
    _INSERT_REFUND,
    _REFUND_STEP,
    _REFUND_TRIED,
    _NOW,
)


async def deposit(tx: Tx, deposit_id: UUID) -> DepositRow | None:
    """One deposit."""
    return await tx.one(DepositRow, _BY_ID, (deposit_id,))


async def by_key(tx: Tx, account_id: UUID, key: str) -> DepositRow | None:
    """The deposit that an account asked for with this key."""
    return await tx.one(DepositRow, _BY_KEY, {"account": account_id, "key": key})


async def page(tx: Tx, accounts: list[UUID], at: datetime | None, last: UUID | None, most: int) -> list[DepositRow]:
    """The account's deposits, newest first."""
    return await tx.all(DepositRow, _PAGE, {"accounts": accounts, "at": at, "id": last, "most": most})


async def unrest(tx: Tx, most: int) -> list[UUID]:
    """Deposits that need driving although nobody came for them: those with money in them first."""
    return await tx.values(_UNREST, {"most": most})


async def lock_stay(tx: Tx, index: bytes) -> None:
    """One at a time for a stay: the day's limit is counted."""
    await tx.run(_LOCK_STAY, (index,))


async def today(tx: Tx, index: bytes, accounts: list[UUID]) -> int:
    """What was paid for a stay today, and what this person is paying, under any of their accounts (fen).

    What others only began to pay does not count: strangers could use a family's limit up without paying anything.
    """
    return int(await tx.value(_TODAY, {"index": index, "accounts": accounts}))


async def insert(tx: Tx, row: dict[str, Any], who: str) -> bool:
    """A new deposit, open; False when the account has one under this key."""
    if await tx.run(_INSERT, row) == 0:
        return False
    await tx.run(_FIRST_STEP, {"id": row["id"], "who": who})
    return True


async def tried(tx: Tx, deposit_id: UUID) -> int:
    """Count a try."""
    return int(await tx.value(_TRIED, (deposit_id,)))


async def looked(tx: Tx, accounts: list[UUID]) -> int:
    """Count a person's look for somebody else's stay under the first account; how many there were within an hour."""
    await tx.run(_LOOKED, (accounts[0],))
    return int(await tx.value(_LOOKUPS, (accounts,)))


async def forget_lookups(tx: Tx) -> None:
    """Looks older than a day say nothing any more."""
    await tx.run(_FORGET_LOOKUPS)


async def now(tx: Tx) -> datetime:
    """The database's time."""
    found: datetime = await tx.value(_NOW)
    return found


async def entered(tx: Tx, patient_id: UUID, most: int) -> list[DepositRow]:
    """A patient's deposits that the HIS entered, newest first."""
    return await tx.all(DepositRow, _ENTERED, {"patient": patient_id, "most": most})


async def locked(tx: Tx, deposit_id: UUID) -> DepositRow:
    """One deposit, its row locked. Raises `Absent`."""
    return await tx.must(DepositRow, _LOCKED, (deposit_id,))


async def refund(tx: Tx, refund_id: UUID) -> RefundRow | None:
    """One refund."""
    return await tx.one(RefundRow, _REFUND_BY_ID, (refund_id,))


async def refund_by_key(tx: Tx, deposit_id: UUID, key: str) -> RefundRow | None:
    """The refund of a deposit that was asked for with this key."""
    return await tx.one(RefundRow, _REFUND_BY_KEY, {"deposit": deposit_id, "key": key})


async def given_back(tx: Tx, deposit_id: UUID) -> list[RefundRow]:
    """A deposit's refunds that the HIS entered, oldest first."""
    return await tx.all(RefundRow, _GIVEN_BACK, (deposit_id,))


async def refund_under_way(tx: Tx, deposit_id: UUID) -> bool:
    """Whether a refund of the deposit has no result yet."""
    return bool(await tx.value(_REFUND_UNDER_WAY, (deposit_id,)))


async def refunds_unrest(tx: Tx, most: int) -> list[UUID]:
    """Refunds whose result was never learnt."""
    return await tx.values(_REFUNDS_UNREST, {"most": most})


async def insert_refund(tx: Tx, row: dict[str, Any], who: str) -> bool:
    """A new refund; False when another one of this deposit has no result yet."""
    if await tx.run(_INSERT_REFUND, row) == 0:
        return False
    await tx.run(_REFUND_STEP, {"id": row["id"], "who": who})
    return True


async def refund_tried(tx: Tx, refund_id: UUID) -> int:
    """Count a try."""
    return int(await tx.value(_REFUND_TRIED, (refund_id,)))
