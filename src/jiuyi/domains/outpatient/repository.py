"""Checkouts, their bills and lines, refunds, and the hint for the first page."""

from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from jiuyi.domains.outpatient.types import CheckoutRow, LineRow, RefundRow, WaitingRow
from jiuyi.kit.db import Tx

_CHECKOUT: LiteralString = """
SELECT c.id, c.no, c.account_id, c.patient_id, c.idempotency_key, c.visit_no, c.visit_date, c.department,
  c.department_en, c.doctor, c.doctor_en, c.campus_code, c.total_fen, c.order_id, c.state, c.refusal, c.claimed_at,
  c.told_at, c.tries, c.receipt_no, c.guide_sealed, c.minutes, c.confirmed_at, c.created_at, c.expires_at,
  coalesce(c.claimed_at < app_now() - interval '20 seconds', false) AS stale_claim, app_now() AS now
FROM outpatient.checkout c
"""
_BY_ID: LiteralString = _CHECKOUT + " WHERE c.id = %s"
_LOCKED: LiteralString = _CHECKOUT + " WHERE c.id = %s FOR UPDATE"
_BY_KEY: LiteralString = _CHECKOUT + " WHERE c.account_id = %(account)s AND c.idempotency_key = %(key)s"
_HOLDING: LiteralString = (
    _CHECKOUT  # noqa: S608 - constants only
    + """ WHERE c.id IN (SELECT checkout_id FROM outpatient.bill WHERE live AND bill_no = ANY(%s))
ORDER BY c.id"""
)
_UNDER_WAY: LiteralString = (
    _CHECKOUT
    + """ WHERE c.account_id = ANY(%(accounts)s) AND c.visit_no = ANY(%(visits)s)
  AND c.state IN ('open', 'paid', 'confirming', 'unknown') ORDER BY c.id"""
)
_PAGE: LiteralString = (
    _CHECKOUT  # noqa: S608 - constants only
    + """ WHERE c.account_id = ANY(%(accounts)s) AND c.state <> 'closed'
  AND (%(patient)s::uuid IS NULL OR c.patient_id = %(patient)s)
  AND (%(since)s::date IS NULL OR c.created_at >= %(since)s::date::timestamp AT TIME ZONE 'Asia/Shanghai')
  AND (%(until)s::date IS NULL OR c.created_at < (%(until)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')
  AND (%(back)s::boolean IS NOT TRUE OR c.state = 'refused' OR EXISTS (
    SELECT 1 FROM outpatient.refund r WHERE r.checkout_id = c.id))
  AND (%(at)s::timestamptz IS NULL OR (c.created_at, c.id) < (%(at)s, %(id)s::uuid))
ORDER BY c.created_at DESC, c.id DESC LIMIT %(most)s"""
)
_UNREST: LiteralString = """
SELECT id FROM outpatient.checkout WHERE state IN ('open', 'paid', 'confirming', 'unknown')
  AND (state <> 'open' OR expires_at < app_now())
  AND (claimed_at IS NULL OR claimed_at < app_now() - interval '20 seconds')
ORDER BY state = 'open', created_at LIMIT %(most)s
"""
_BILLS: LiteralString = "SELECT bill_no FROM outpatient.bill WHERE checkout_id = %s"
_INSERT: LiteralString = """
INSERT INTO outpatient.checkout (id, no, account_id, patient_id, idempotency_key, visit_no, visit_date, department,
  department_en, doctor, doctor_en, campus_code, total_fen, order_id, state, created_at, expires_at)
VALUES (%(id)s, %(no)s, %(account_id)s, %(patient_id)s, %(key)s, %(visit_no)s, %(visit_date)s, %(department)s,
  %(department_en)s, %(doctor)s, %(doctor_en)s, %(campus_code)s, %(total_fen)s, %(order_id)s, 'open', app_now(),
  %(expires_at)s)
ON CONFLICT (account_id, idempotency_key) DO NOTHING
"""
_INSERT_BILL: LiteralString = """
INSERT INTO outpatient.bill (checkout_id, bill_no, amount_fen) VALUES (%(checkout)s, %(bill_no)s, %(amount_fen)s)
ON CONFLICT (bill_no) WHERE live DO NOTHING
"""
_INSERT_LINE: LiteralString = """
INSERT INTO outpatient.line (checkout_id, bill_no, line_no, position, kind, amount_fen, facts_sealed)
VALUES (%(checkout)s, %(bill_no)s, %(line_no)s, %(position)s, %(kind)s, %(amount_fen)s, %(facts)s)
"""
_RELEASE: LiteralString = "UPDATE outpatient.bill SET live = false WHERE checkout_id = %s AND live"
_FIRST_STEP: LiteralString = """
INSERT INTO outpatient.step (subject, axis, source, target, who, why, at)
VALUES (%(id)s, 'state', '', %(target)s, %(who)s, %(why)s, app_now())
"""
_LINES: LiteralString = """
SELECT checkout_id, bill_no, line_no, kind, amount_fen, facts_sealed, refund_id FROM outpatient.line
WHERE checkout_id = %s ORDER BY position
"""
_TRIED: LiteralString = """
UPDATE outpatient.checkout SET tries = tries + 1, claimed_at = app_now() WHERE id = %s RETURNING tries
"""
_REFUND: LiteralString = """
SELECT r.id, r.no, r.checkout_id AS owner_id, c.order_id, r.amount_fen, r.reason, r.reason_sealed, r.state, r.refusal,
  r.tries, r.his_refund_no, r.money_id, r.requested_at, r.done_at
FROM outpatient.refund r JOIN outpatient.checkout c ON c.id = r.checkout_id
"""
_REFUND_BY_ID: LiteralString = _REFUND + " WHERE r.id = %s"
_REFUND_BY_KEY: LiteralString = _REFUND + " WHERE r.checkout_id = %(checkout)s AND r.idempotency_key = %(key)s"
_REFUNDS: LiteralString = _REFUND + " WHERE r.checkout_id = %s ORDER BY r.id"
_ENTERED: LiteralString = (
    _CHECKOUT
    + """ WHERE c.patient_id = %(patient)s AND c.state = 'confirmed'
ORDER BY c.created_at DESC, c.id DESC LIMIT %(most)s"""
)
_REFUNDS_UNREST: LiteralString = """
SELECT id FROM outpatient.refund WHERE state IN ('asking', 'unknown')
  AND claimed_at < app_now() - interval '20 seconds' ORDER BY claimed_at LIMIT %(most)s
"""
_INSERT_REFUND: LiteralString = """
INSERT INTO outpatient.refund (id, no, checkout_id, amount_fen, reason_sealed, idempotency_key, state, claimed_at,
  requested_at)
VALUES (%(id)s, %(no)s, %(checkout)s, %(amount_fen)s, %(reason)s, %(key)s, 'asking', app_now(), app_now())
ON CONFLICT (checkout_id) WHERE state IN ('asking', 'unknown') DO NOTHING
"""
_MARK_LINE: LiteralString = """
UPDATE outpatient.line SET refund_id = %(refund)s WHERE checkout_id = %(checkout)s AND bill_no = %(bill_no)s
  AND line_no = %(line_no)s AND refund_id IS NULL
"""
_FREE_LINES: LiteralString = "UPDATE outpatient.line SET refund_id = NULL WHERE refund_id = %s"
_REFUND_TRIED: LiteralString = """
UPDATE outpatient.refund SET tries = tries + 1, claimed_at = app_now() WHERE id = %s RETURNING tries
"""
_SET_WAITING: LiteralString = """
INSERT INTO outpatient.waiting (patient_id, bills, amount_fen, department, department_en, as_of)
VALUES (%(patient)s, %(bills)s, %(amount_fen)s, %(department)s, %(department_en)s, app_now())
ON CONFLICT (patient_id) DO UPDATE SET bills = excluded.bills, amount_fen = excluded.amount_fen,
  department = excluded.department, department_en = excluded.department_en, as_of = excluded.as_of
"""
_WAITING: LiteralString = """
SELECT patient_id, bills, amount_fen, department, department_en, as_of FROM outpatient.waiting
WHERE patient_id = ANY(%s) AND bills > 0 AND as_of > app_now() - interval '3 days' ORDER BY as_of DESC
"""
_NOW: LiteralString = "SELECT app_now()"
STATEMENTS = (
    _BY_ID,
    _LOCKED,
    _BY_KEY,
    _HOLDING,
    _UNDER_WAY,
    _PAGE,
    _UNREST,
    _BILLS,
    _INSERT,
    _INSERT_BILL,
    _INSERT_LINE,
    _RELEASE,
    _FIRST_STEP,
    _LINES,
    _TRIED,
    _REFUND_BY_ID,
    _REFUNDS,
    _REFUND_BY_KEY,
    _ENTERED,
    _REFUNDS_UNREST,
    _INSERT_REFUND,
    _MARK_LINE,
    _FREE_LINES,
    _REFUND_TRIED,
    _SET_WAITING,
    _WAITING,
    _NOW,
)


async def checkout(tx: Tx, checkout_id: UUID) -> CheckoutRow | None:
    """One checkout."""
    return await tx.one(CheckoutRow, _BY_ID, (checkout_id,))


async def locked(tx: Tx, checkout_id: UUID) -> CheckoutRow:
    """One checkout, its row locked. Raises `Absent`."""
    return await tx.must(CheckoutRow, _LOCKED, (checkout_id,))


async def by_key(tx: Tx, account_id: UUID, key: str) -> CheckoutRow | None:
    """The checkout that an account asked for with this key."""
    return await tx.one(CheckoutRow, _BY_KEY, {"account": account_id, "key": key})


async def holding(tx: Tx, bill_nos: list[str]) -> list[CheckoutRow]:
    """Checkouts that hold any of these bills."""
    return await tx.all(CheckoutRow, _HOLDING, (bill_nos,))


async def under_way(tx: Tx, accounts: list[UUID], visit_nos: list[str]) -> list[CheckoutRow]:
    """The account's checkouts of these visits that have not ended."""
    return await tx.all(CheckoutRow, _UNDER_WAY, {"accounts": accounts, "visits": visit_nos})


async def page(
    tx: Tx,
    accounts: list[UUID],
    *,
    patient_id: UUID | None,
    since: date | None,
    until: date | None,
    back: bool,
    at: datetime | None,
    last: UUID | None,
    most: int,
) -> list[CheckoutRow]:
    """The account's checkouts, newest first; `back`: only those of which something goes back."""
    params = {
        "accounts": accounts,
        "patient": patient_id,
        "since": since,
        "until": until,
        "back": back,
        "at": at,
        "id": last,
        "most": most,
    }
    return await tx.all(CheckoutRow, _PAGE, params)


async def unrest(tx: Tx, most: int) -> list[UUID]:
    """Checkouts that need driving although nobody came for them: those with money in them first."""
    return await tx.values(_UNREST, {"most": most})


async def bills(tx: Tx, checkout_id: UUID) -> set[str]:
    """Numbers of a checkout's bills."""
    return set(await tx.values(_BILLS, (checkout_id,)))


async def insert(tx: Tx, row: dict[str, Any]) -> bool:
    """A new checkout, open; False when the account has one under this key."""
    return await tx.run(_INSERT, row) == 1


async def insert_bill(tx: Tx, checkout_id: UUID, bill_no: str, amount_fen: int) -> bool:
    """Take a bill; False when another checkout holds it."""
    params = {"checkout": checkout_id, "bill_no": bill_no, "amount_fen": amount_fen}
    return await tx.run(_INSERT_BILL, params) == 1


async def insert_lines(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """The lines of a checkout."""
    await tx.many(_INSERT_LINE, rows)


async def release(tx: Tx, checkout_id: UUID) -> None:
    """Its bills may be chosen again."""
    await tx.run(_RELEASE, (checkout_id,))


async def first_step(tx: Tx, subject: UUID, *, target: str, who: str, why: str) -> None:
    """How it began."""
    await tx.run(_FIRST_STEP, {"id": subject, "target": target, "who": who, "why": why})


async def lines(tx: Tx, checkout_id: UUID) -> list[LineRow]:
    """A checkout's lines in the order of the bills."""
    return await tx.all(LineRow, _LINES, (checkout_id,))


async def tried(tx: Tx, checkout_id: UUID) -> int:
    """Count a try; returns how many there were."""
    return int(await tx.value(_TRIED, (checkout_id,)))


async def refund(tx: Tx, refund_id: UUID) -> RefundRow | None:
    """One refund."""
    return await tx.one(RefundRow, _REFUND_BY_ID, (refund_id,))


async def refunds(tx: Tx, checkout_id: UUID) -> list[RefundRow]:
    """A checkout's refunds, oldest first."""
    return await tx.all(RefundRow, _REFUNDS, (checkout_id,))


async def refund_by_key(tx: Tx, checkout_id: UUID, key: str) -> RefundRow | None:
    """The refund of a checkout that was asked for with this key."""
    return await tx.one(RefundRow, _REFUND_BY_KEY, {"checkout": checkout_id, "key": key})


async def entered(tx: Tx, patient_id: UUID, most: int) -> list[CheckoutRow]:
    """A patient's payments that the HIS entered, newest first."""
    return await tx.all(CheckoutRow, _ENTERED, {"patient": patient_id, "most": most})


async def refunds_unrest(tx: Tx, most: int) -> list[UUID]:
    """Refunds whose result was never learnt."""
    return await tx.values(_REFUNDS_UNREST, {"most": most})


async def insert_refund(tx: Tx, row: dict[str, Any]) -> bool:
    """A new refund; False when another one of this checkout has no result yet."""
    return await tx.run(_INSERT_REFUND, row) == 1


async def mark_line(tx: Tx, refund_id: UUID, checkout_id: UUID, bill_no: str, line_no: str) -> bool:
    """Put a line into a refund; False when it is in one already, or is not there."""
    params = {"refund": refund_id, "checkout": checkout_id, "bill_no": bill_no, "line_no": line_no}
    return await tx.run(_MARK_LINE, params) == 1


async def free_lines(tx: Tx, refund_id: UUID) -> None:
    """The refund came to nothing: its lines may be asked for again."""
    await tx.run(_FREE_LINES, (refund_id,))


async def refund_tried(tx: Tx, refund_id: UUID) -> int:
    """Count a try."""
    return int(await tx.value(_REFUND_TRIED, (refund_id,)))


async def set_waiting(tx: Tx, row: dict[str, Any]) -> None:
    """Remember how much a patient had to pay."""
    await tx.run(_SET_WAITING, row)


async def waiting(tx: Tx, patient_ids: list[UUID]) -> list[WaitingRow]:
    """Patients who had something to pay within three days."""
    return await tx.all(WaitingRow, _WAITING, (patient_ids,))


async def now(tx: Tx) -> datetime:
    """The database's time."""
    found: datetime = await tx.value(_NOW)
    return found
