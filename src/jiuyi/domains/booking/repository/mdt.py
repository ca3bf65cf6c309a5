"""MDT applications and their documents."""

from typing import Any, LiteralString
from uuid import UUID

from jiuyi.domains.booking.types import MdtApplicationRow, MdtDocumentRow
from jiuyi.kit.db import Tx

_COLUMNS: LiteralString = """
SELECT m.id, m.account_id, m.patient_id, m.team_code, m.number, m.summary_sealed, m.state, m.round,
  m.reviewer_note_sealed,
  m.clinics_until, m.created_at, coalesce(m.claimed_at < app_now() - interval '60 seconds', false) AS stale_claim,
  m.clinics_until IS NOT NULL AND m.clinics_until < app_today() AS lapsed
FROM booking.mdt_application m
"""
_BY_ID: LiteralString = _COLUMNS + " WHERE m.id = %s"
_LOCKED: LiteralString = _COLUMNS + " WHERE m.id = %s FOR UPDATE OF m"
_BY_NUMBER: LiteralString = _COLUMNS + " WHERE m.number = %s FOR UPDATE OF m"
_OF_ACCOUNT: LiteralString = _COLUMNS + " WHERE m.account_id = ANY(%s) ORDER BY m.created_at DESC LIMIT 100"
_BUSY: LiteralString = """
SELECT id FROM booking.mdt_application WHERE state IN ('draft', 'sending', 'withdrawing')
  AND (claimed_at IS NULL OR claimed_at < app_now() - interval '60 seconds')
  AND created_at < app_now() - interval '10 seconds' ORDER BY created_at LIMIT %(most)s
"""
_INSERT: LiteralString = """
INSERT INTO booking.mdt_application (id, account_id, patient_id, team_code, number, summary_sealed, state, created_at)
VALUES (%(id)s, %(account)s, %(patient)s, %(team)s, %(number)s, %(summary)s, 'draft', app_now())
"""
_FIRST_STEP: LiteralString = """
INSERT INTO booking.step (subject, axis, source, target, who, why, at)
VALUES (%(id)s, 'application', '', 'draft', %(who)s, 'applied', app_now())
"""
_OPEN_OF_TEAM: LiteralString = """
SELECT id FROM booking.mdt_application WHERE patient_id = %(patient)s AND team_code = %(team)s
  AND state IN ('draft', 'sending', 'submitted', 'more_wanted', 'accepted', 'booked') LIMIT 1
"""
_DOCUMENT: LiteralString = """
INSERT INTO booking.mdt_document (id, account_id, blob_id, name_sealed, content_type, size, sha256, created_at)
VALUES (%(id)s, %(account)s, %(blob)s, %(name)s, %(content_type)s, %(size)s, %(sha256)s, app_now())
"""
_LOOSE: LiteralString = """
SELECT count(*) FROM booking.mdt_document WHERE account_id = ANY(%s) AND created_at > app_now() - interval '1 day'
"""
_ATTACH: LiteralString = """
UPDATE booking.mdt_document SET application_id = %(application)s
WHERE id = ANY(%(ids)s) AND account_id = ANY(%(accounts)s) AND application_id IS NULL RETURNING id
"""
_DOCUMENTS: LiteralString = """
SELECT id, account_id, application_id, blob_id, name_sealed, content_type, size, sha256, sent_at IS NOT NULL AS sent
FROM booking.mdt_document WHERE application_id = ANY(%s) ORDER BY created_at, id
"""
_SENT: LiteralString = "UPDATE booking.mdt_document SET sent_at = app_now() WHERE id = %s"
_SEND_AGAIN: LiteralString = "UPDATE booking.mdt_document SET sent_at = NULL WHERE application_id = %s"
_SUMMARY: LiteralString = "UPDATE booking.mdt_application SET summary_sealed = %(summary)s WHERE id = %(id)s"
STATEMENTS = (
    _BY_ID,
    _LOCKED,
    _BY_NUMBER,
    _OF_ACCOUNT,
    _BUSY,
    _INSERT,
    _FIRST_STEP,
    _OPEN_OF_TEAM,
    _DOCUMENT,
    _LOOSE,
    _ATTACH,
    _DOCUMENTS,
    _SENT,
    _SEND_AGAIN,
    _SUMMARY,
)


async def application(tx: Tx, application_id: UUID) -> MdtApplicationRow | None:
    """One application."""
    return await tx.one(MdtApplicationRow, _BY_ID, (application_id,))


async def locked(tx: Tx, application_id: UUID) -> MdtApplicationRow:
    """One application, its row locked. Raises `Absent`."""
    return await tx.must(MdtApplicationRow, _LOCKED, (application_id,))


async def by_number(tx: Tx, number: str) -> MdtApplicationRow | None:
    """The application that the HIS names, its row locked."""
    return await tx.one(MdtApplicationRow, _BY_NUMBER, (number,))


async def of_accounts(tx: Tx, accounts: list[UUID]) -> list[MdtApplicationRow]:
    """A person's applications, the newest first."""
    return await tx.all(MdtApplicationRow, _OF_ACCOUNT, (accounts,))


async def busy(tx: Tx, most: int) -> list[UUID]:
    """Applications that wait to be sent or taken back and that nobody is working on."""
    return await tx.values(_BUSY, {"most": most})


async def insert(tx: Tx, row: dict[str, Any], *, who: str) -> None:
    """Write an application."""
    await tx.run(_INSERT, row)
    await tx.run(_FIRST_STEP, {"id": row["id"], "who": who})


async def open_of_team(tx: Tx, patient_id: UUID, team_code: str) -> UUID | None:
    """An application of this patient to this team that has not ended."""
    found: UUID | None = await tx.value(_OPEN_OF_TEAM, {"patient": patient_id, "team": team_code})
    return found


async def insert_document(tx: Tx, row: dict[str, Any]) -> None:
    """Write an uploaded document."""
    await tx.run(_DOCUMENT, row)


async def uploads_today(tx: Tx, accounts: list[UUID]) -> int:
    """How many documents a person uploaded in a day, under all their accounts."""
    return int(await tx.value(_LOOSE, (accounts,)))


async def attach(tx: Tx, application_id: UUID, accounts: list[UUID], ids: list[UUID]) -> int:
    """Make uploaded documents part of an application; return how many could be."""
    return await tx.run(_ATTACH, {"application": application_id, "accounts": accounts, "ids": ids})


async def documents(tx: Tx, application_ids: list[UUID]) -> list[MdtDocumentRow]:
    """The documents of applications."""
    return await tx.all(MdtDocumentRow, _DOCUMENTS, (application_ids,))


async def sent(tx: Tx, document_id: UUID) -> None:
    """The HIS has it."""
    await tx.run(_SENT, (document_id,))


async def send_again(tx: Tx, application_id: UUID) -> None:
    """A new round replaces summary and documents in the HIS (contracts/his.md §2.5): all documents go out again."""
    await tx.run(_SEND_AGAIN, (application_id,))


async def set_summary(tx: Tx, application_id: UUID, summary: bytes) -> None:
    """Replace the summary."""
    await tx.run(_SUMMARY, {"id": application_id, "summary": summary})
