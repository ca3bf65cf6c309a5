"""SQL of accounts, identities and sessions."""

from typing import Any
from uuid import UUID

from jiuyi.domains.accounts.types import AccountRow, Channel, IdentityRow, KnownSession, SessionRow
from jiuyi.kit.db import Tx

# An absorbed account's person is found in the account that it is part of now.
_ROOT = "(SELECT coalesce(joined_into, id) FROM accounts.account WHERE id = %(account_id)s)"
_IDENTITY = """
SELECT id, account_id, channel, subject_sealed, nickname_sealed, follows, created_at, joined_at, new_until
FROM accounts.identity
"""
LOCK_SUBJECT = "SELECT pg_advisory_xact_lock(hashtextextended(encode(%(index)s, 'hex'), 72))"
# Shared with whoever joins accounts: a session is never opened on an account that is being absorbed.
IDENTITY_BY_SUBJECT = _IDENTITY + " WHERE channel = %(channel)s AND subject_index = %(index)s FOR SHARE"
IDENTITY_OF = _IDENTITY + f" WHERE account_id = {_ROOT} AND channel = %(channel)s ORDER BY created_at DESC LIMIT 1"
IDENTITY_BY_ID = _IDENTITY + " WHERE id = %(id)s"
LAST_CHANNEL = f"""
SELECT i.channel FROM accounts.identity i
WHERE i.account_id = {_ROOT}
ORDER BY i.follows DESC, (SELECT max(s.created_at) FROM accounts.session s
          WHERE s.identity_id = i.id) DESC NULLS LAST, i.created_at DESC
LIMIT 1
"""  # noqa: S608 - constants only
INSERT_ACCOUNT = "INSERT INTO accounts.account (id, created_at) VALUES (%(id)s, app_now())"
INSERT_IDENTITY = """
INSERT INTO accounts.identity (id, account_id, channel, subject_sealed, subject_index, nickname_sealed, created_at)
VALUES (%(id)s, %(account_id)s, %(channel)s, %(subject_sealed)s, %(index)s, %(nickname_sealed)s, app_now())
"""
SET_NICKNAME = "UPDATE accounts.identity SET nickname_sealed = %(nickname_sealed)s WHERE id = %(id)s"
SET_FOLLOWS = """
UPDATE accounts.identity SET follows = %(follows)s WHERE channel = %(channel)s AND subject_index = %(index)s
"""
INSERT_SESSION = """
INSERT INTO accounts.session (id, token_digest, account_id, identity_id, channel, carrier, csrf, device, created_at,
                              last_seen_at, expires_at)
VALUES (%(id)s, %(token_digest)s, %(account_id)s, %(identity_id)s, %(channel)s, %(carrier)s, %(csrf)s, %(device)s,
        app_now(), app_now(), app_now() + make_interval(hours => %(hours)s))
"""
_SESSION = """
SELECT id, account_id, identity_id, channel, csrf, device, created_at, last_seen_at, expires_at,
       last_seen_at < app_now() - make_interval(mins => %(idle)s) AS idle
FROM accounts.session
"""
# Use is noted to the minute: a rush of people who have just opened the page reads their sessions and writes none.
_KNOWN = """SELECT token_digest, last_seen_at < app_now() - interval '1 minute' AS unnoted,
  ARRAY(SELECT a.id FROM accounts.account a WHERE a.joined_into = session.account_id ORDER BY a.id) AS joined,
  (SELECT i.new_until FROM accounts.identity i WHERE i.id = session.identity_id) AS new_until,
  """
SESSIONS_BY_TOKENS = _SESSION.replace("SELECT ", _KNOWN, 1) + (
    " WHERE token_digest = ANY(%(digests)s) AND revoked_at IS NULL AND expires_at > app_now()"
)
SESSIONS_OF = _SESSION + (
    " WHERE account_id = %(account_id)s AND revoked_at IS NULL AND expires_at > app_now()"
    " ORDER BY last_seen_at DESC LIMIT 50"
)
SEEN = """
UPDATE accounts.session SET last_seen_at = app_now()
WHERE id IN (SELECT id FROM accounts.session WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE)
"""
REVOKE = """
UPDATE accounts.session SET revoked_at = app_now()
WHERE id = %(id)s AND account_id = %(account_id)s AND revoked_at IS NULL RETURNING id
"""
ACCOUNT = f"""
SELECT id, phone_sealed, phone_index, language, state, created_at FROM accounts.account WHERE id = {_ROOT}
"""  # noqa: S608 - constants only
ROOT = "SELECT coalesce(joined_into, id) FROM accounts.account WHERE id = %(id)s"
ALL_OF = """
SELECT a.id FROM accounts.account a JOIN accounts.account b ON b.id = %(id)s
WHERE coalesce(a.joined_into, a.id) = coalesce(b.joined_into, b.id) ORDER BY a.id
"""
SET_LANGUAGE = "UPDATE accounts.account SET language = %(language)s WHERE id = %(id)s"
LOCK_PHONE = "SELECT pg_advisory_xact_lock(hashtextextended(encode(%(phone_index)s, 'hex'), 73))"
ACCOUNTS_WITH_PHONE = """
SELECT count(*) FROM accounts.account WHERE phone_index = %(phone_index)s AND state = 'active' AND id <> %(id)s
"""
SET_PHONE = """
UPDATE accounts.account
SET phone_sealed = %(phone_sealed)s, phone_index = %(phone_index)s, phone_verified_at = app_now()
WHERE id = %(id)s
"""
PRUNE_SESSIONS = "DELETE FROM accounts.session WHERE expires_at < app_now() - interval '30 days'"
STATEMENTS = (
    LOCK_SUBJECT,
    IDENTITY_BY_SUBJECT,
    IDENTITY_OF,
    IDENTITY_BY_ID,
    LAST_CHANNEL,
    INSERT_ACCOUNT,
    INSERT_IDENTITY,
    SET_NICKNAME,
    SET_FOLLOWS,
    INSERT_SESSION,
    SESSIONS_BY_TOKENS,
    SESSIONS_OF,
    SEEN,
    REVOKE,
    ACCOUNT,
    SET_LANGUAGE,
    LOCK_PHONE,
    ACCOUNTS_WITH_PHONE,
    SET_PHONE,
    PRUNE_SESSIONS,
    ROOT,
    ALL_OF,
)


async def identity_by_subject(tx: Tx, channel: Channel, index: bytes) -> IdentityRow | None:
    """Lock the subject for this transaction and return its identity, if it was seen before."""
    params = {"channel": channel, "index": index}
    await tx.run(LOCK_SUBJECT, params)
    return await tx.one(IdentityRow, IDENTITY_BY_SUBJECT, params)


async def identity_of(tx: Tx, account_id: UUID, channel: Channel) -> IdentityRow | None:
    """The account's identity in a channel."""
    return await tx.one(IdentityRow, IDENTITY_OF, {"account_id": account_id, "channel": channel})


async def identity(tx: Tx, identity_id: UUID) -> IdentityRow:
    """An identity. Raises `Absent`."""
    return await tx.must(IdentityRow, IDENTITY_BY_ID, {"id": identity_id})


async def last_channel(tx: Tx, account_id: UUID) -> Channel | None:
    """The channel of the identity that signed in last."""
    found = await tx.value(LAST_CHANNEL, {"account_id": account_id})
    return None if found is None else Channel(found)


async def insert_account(tx: Tx, account_id: UUID) -> None:
    """A new, empty account."""
    await tx.run(INSERT_ACCOUNT, {"id": account_id})


async def insert_identity(tx: Tx, row: dict[str, Any]) -> None:
    """A new identity."""
    await tx.run(INSERT_IDENTITY, row)


async def set_nickname(tx: Tx, identity_id: UUID, nickname_sealed: bytes | None) -> None:
    """Remember the nickname of the day."""
    await tx.run(SET_NICKNAME, {"id": identity_id, "nickname_sealed": nickname_sealed})


async def set_follows(tx: Tx, channel: Channel, index: bytes, *, follows: bool) -> None:
    """Whether the person follows the hospital's account in the channel."""
    await tx.run(SET_FOLLOWS, {"channel": channel, "index": index, "follows": follows})


async def insert_session(tx: Tx, row: dict[str, Any]) -> None:
    """A new session."""
    await tx.run(INSERT_SESSION, row)


async def sessions_by_tokens(tx: Tx, digests: list[bytes], idle_minutes: int) -> dict[bytes, KnownSession]:
    """The live sessions of tokens, by digest; the others are missing."""
    rows = await tx.all(KnownSession, SESSIONS_BY_TOKENS, {"digests": digests, "idle": idle_minutes})
    return {row.token_digest: row for row in rows}


async def sessions_of(tx: Tx, account_id: UUID, idle_minutes: int) -> list[SessionRow]:
    """The account's live sessions, newest use first."""
    return await tx.all(SessionRow, SESSIONS_OF, {"account_id": account_id, "idle": idle_minutes})


async def seen(tx: Tx, session_ids: list[UUID]) -> None:
    """Note that sessions were used."""
    await tx.run(SEEN, {"ids": session_ids})


async def revoke(tx: Tx, session_id: UUID, account_id: UUID) -> bool:
    """End a session of this account; False when there is none."""
    return await tx.value(REVOKE, {"id": session_id, "account_id": account_id}) is not None


async def account(tx: Tx, account_id: UUID) -> AccountRow:
    """An account. Raises `Absent`."""
    return await tx.must(AccountRow, ACCOUNT, {"account_id": account_id})


async def root(tx: Tx, account_id: UUID) -> UUID:
    """The account that this one is part of: itself, unless it was absorbed."""
    found: UUID = await tx.value(ROOT, {"id": account_id})
    return found


async def all_of(tx: Tx, account_id: UUID) -> list[UUID]:
    """Every account of the same person: the one that stays and those that are part of it."""
    return await tx.values(ALL_OF, {"id": account_id})


async def set_language(tx: Tx, account_id: UUID, language: str) -> None:
    """The language in which messages are written."""
    await tx.run(SET_LANGUAGE, {"id": account_id, "language": language})


async def lock_phone(tx: Tx, phone_index: bytes) -> None:
    """Whoever decides about a number does so alone."""
    await tx.run(LOCK_PHONE, {"phone_index": phone_index})


async def accounts_with_phone(tx: Tx, phone_index: bytes, but: UUID) -> int:
    """Lock the number for this transaction and count the other active accounts that have it."""
    params = {"phone_index": phone_index, "id": but}
    await tx.run(LOCK_PHONE, params)
    return int(await tx.value(ACCOUNTS_WITH_PHONE, params))


async def set_phone(tx: Tx, account_id: UUID, phone_sealed: bytes, phone_index: bytes) -> None:
    """Store a verified number."""
    await tx.run(SET_PHONE, {"id": account_id, "phone_sealed": phone_sealed, "phone_index": phone_index})


async def prune_sessions(tx: Tx) -> int:
    """Forget sessions that ended a month ago."""
    return await tx.run(PRUNE_SESSIONS)
