"""SQL of joining accounts and of taking a way in out again."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from jiuyi.domains.accounts.types import IdentityRow, JoiningRow
from jiuyi.kit.db import Tx

_JOINING = """
SELECT id, account_id, identity_id, phone_sealed, other_account_id, kept_account_id, tries, state, expires_at,
       expires_at <= app_now() AS expired
FROM accounts.joining
"""
INSERT_JOINING = """
INSERT INTO accounts.joining (id, account_id, identity_id, phone_sealed, phone_index, other_account_id, state,
                              created_at, expires_at)
VALUES (%(id)s, %(account_id)s, %(identity_id)s, %(phone_sealed)s, %(phone_index)s, %(other)s, 'open', app_now(),
        app_now() + make_interval(mins => %(minutes)s))
"""
JOINING = _JOINING + " WHERE id = %(id)s FOR UPDATE"
JOININGS_LATELY = """
SELECT count(*) FROM accounts.joining
WHERE (account_id = ANY(%(accounts)s) OR phone_index = %(phone_index)s) AND created_at > app_now() - interval '1 day'
"""
JOINING_TRIED = "UPDATE accounts.joining SET tries = tries + 1 WHERE id = %(id)s"
JOINING_OTHER = "UPDATE accounts.joining SET other_account_id = %(other)s WHERE id = %(id)s"
JOINING_ENDS = """
UPDATE accounts.joining SET state = 'joined', joined_at = app_now(), kept_account_id = %(kept)s, consent = %(consent)s
WHERE id = %(id)s AND state = 'open'
"""
JOINED_LATELY = """
SELECT count(*) FROM accounts.joining WHERE state = 'joined' AND joined_at > app_now() - interval '30 days'
  AND (account_id = ANY(%(accounts)s) OR other_account_id = ANY(%(accounts)s))
"""
DETACHED_LATELY = """
SELECT count(*) FROM accounts.detachment
WHERE at > app_now() - interval '30 days'
  AND (account_id = %(account_id)s
       OR identity_id IN (SELECT id FROM accounts.identity WHERE account_id = %(account_id)s))
"""
PHONE_HOLDERS = """
SELECT id FROM accounts.account
WHERE phone_index = %(phone_index)s AND state = 'active' AND id <> %(id)s
  AND phone_verified_at > app_now() - make_interval(days => %(days)s)
ORDER BY created_at, id
"""
# Whoever signs in holds their identity and then wants its account: everybody takes them in this order.
LOCK_IDENTITIES = "SELECT id FROM accounts.identity WHERE account_id = ANY(%(ids)s) ORDER BY id FOR UPDATE"
LOCK_ACCOUNTS = "SELECT id FROM accounts.account WHERE id = ANY(%(ids)s) AND state = 'active' ORDER BY id FOR UPDATE"
IDENTITIES = """
SELECT id, account_id, channel, subject_sealed, nickname_sealed, follows, created_at, joined_at, new_until
FROM accounts.identity WHERE account_id = ANY(%(ids)s) ORDER BY created_at, id
"""
IDENTITIES_SEEN = """
SELECT DISTINCT ON (identity_id) identity_id AS id, last_seen_at AS at FROM accounts.session
WHERE identity_id = ANY(%(ids)s) ORDER BY identity_id, last_seen_at DESC
"""
ABSORB = """
UPDATE accounts.account SET state = 'joined', joined_into = %(kept)s
WHERE id = %(absorbed)s
"""
ABSORB_EARLIER = "UPDATE accounts.account SET joined_into = %(kept)s WHERE joined_into = %(absorbed)s"
MOVE_IDENTITIES = """
UPDATE accounts.identity SET account_id = %(kept)s, joined_at = app_now() WHERE account_id = %(absorbed)s
"""
MARK_NEW = """
UPDATE accounts.identity SET new_until = app_now() + make_interval(hours => %(hours)s) WHERE id = %(id)s
"""
TAKE_PHONE = """
UPDATE accounts.account k SET phone_sealed = a.phone_sealed, phone_index = a.phone_index,
  phone_verified_at = a.phone_verified_at
FROM accounts.account a
WHERE k.id = %(kept)s AND a.id = %(absorbed)s AND k.phone_index IS NULL AND a.phone_index IS NOT NULL
"""
REVOKE_ALL = """
UPDATE accounts.session SET revoked_at = app_now()
WHERE id IN (SELECT id FROM accounts.session
             WHERE (account_id = %(account_id)s OR identity_id = %(identity_id)s::uuid) AND revoked_at IS NULL
             ORDER BY id FOR UPDATE)
RETURNING id
"""
LIVE_SESSIONS = """
SELECT id FROM accounts.session WHERE account_id = %(account_id)s AND revoked_at IS NULL AND expires_at > app_now()
"""
MOVE_IDENTITY = """
UPDATE accounts.identity SET account_id = %(to)s, joined_at = NULL, new_until = NULL
WHERE id = %(id)s AND account_id = %(account_id)s RETURNING id
"""
INSERT_DETACHMENT = """
INSERT INTO accounts.detachment (id, identity_id, account_id, new_account_id, at)
VALUES (%(id)s, %(identity_id)s, %(account_id)s, %(to)s, app_now())
"""
NOW = "SELECT app_now()"
PRUNE_JOININGS = "DELETE FROM accounts.joining WHERE state = 'open' AND expires_at < app_now() - interval '30 days'"
STATEMENTS = (
    INSERT_JOINING,
    JOINING,
    JOININGS_LATELY,
    JOINING_TRIED,
    JOINING_OTHER,
    JOINING_ENDS,
    JOINED_LATELY,
    DETACHED_LATELY,
    PHONE_HOLDERS,
    LOCK_IDENTITIES,
    LOCK_ACCOUNTS,
    IDENTITIES,
    IDENTITIES_SEEN,
    ABSORB,
    ABSORB_EARLIER,
    MOVE_IDENTITIES,
    MARK_NEW,
    TAKE_PHONE,
    REVOKE_ALL,
    LIVE_SESSIONS,
    MOVE_IDENTITY,
    INSERT_DETACHMENT,
    NOW,
    PRUNE_JOININGS,
)


class SeenRow(msgspec.Struct, frozen=True):
    """When an identity was last here."""

    id: UUID
    at: datetime


async def insert(tx: Tx, row: dict[str, Any]) -> None:
    """A new try to join."""
    await tx.run(INSERT_JOINING, row)


async def locked(tx: Tx, joining_id: UUID) -> JoiningRow | None:
    """The try, locked."""
    return await tx.one(JoiningRow, JOINING, {"id": joining_id})


async def lately(tx: Tx, accounts: list[UUID], phone_index: bytes) -> int:
    """How many tries this person, or this number, began within a day."""
    return int(await tx.value(JOININGS_LATELY, {"accounts": accounts, "phone_index": phone_index}))


async def tried(tx: Tx, joining_id: UUID) -> None:
    """Count a document that belongs to nobody there."""
    await tx.run(JOINING_TRIED, {"id": joining_id})


async def found(tx: Tx, joining_id: UUID, other: UUID) -> None:
    """Note the other account."""
    await tx.run(JOINING_OTHER, {"id": joining_id, "other": other})


async def ends(tx: Tx, joining_id: UUID, kept: UUID, consent: str) -> None:
    """The accounts are one."""
    await tx.run(JOINING_ENDS, {"id": joining_id, "kept": kept, "consent": consent})


async def joined_lately(tx: Tx, accounts: list[UUID]) -> int:
    """How often one of these accounts was joined with another within 30 days."""
    return int(await tx.value(JOINED_LATELY, {"accounts": accounts}))


async def detached_lately(tx: Tx, account_id: UUID) -> int:
    """How often a way in was taken out of this account, or its own ways in out of others, within 30 days."""
    return int(await tx.value(DETACHED_LATELY, {"account_id": account_id}))


async def phone_holders(tx: Tx, phone_index: bytes, but: UUID, days: int) -> list[UUID]:
    """The other accounts that proved the number within `days`, the oldest first."""
    return await tx.values(PHONE_HOLDERS, {"phone_index": phone_index, "id": but, "days": days})


async def lock_accounts(tx: Tx, ids: list[UUID]) -> list[UUID]:
    """Lock accounts with their ways in; those that are still active come back."""
    await tx.run(LOCK_IDENTITIES, {"ids": ids})
    return await tx.values(LOCK_ACCOUNTS, {"ids": ids})


async def identities(tx: Tx, ids: list[UUID]) -> list[IdentityRow]:
    """The ways in to accounts, the oldest first."""
    return await tx.all(IdentityRow, IDENTITIES, {"ids": ids})


async def last_seen(tx: Tx, identity_ids: list[UUID]) -> dict[UUID, datetime]:
    """When each way in was last used."""
    return {row.id: row.at for row in await tx.all(SeenRow, IDENTITIES_SEEN, {"ids": identity_ids})}


async def absorb(tx: Tx, kept: UUID, absorbed: UUID) -> None:
    """Make one account part of another, with all that is part of it and its ways in."""
    params = {"kept": kept, "absorbed": absorbed}
    await tx.run(TAKE_PHONE, params)
    await tx.run(ABSORB_EARLIER, params)
    await tx.run(ABSORB, params)
    await tx.run(MOVE_IDENTITIES, params)


async def mark_new(tx: Tx, identity_id: UUID, hours: int) -> None:
    """Note that a way in joined the account just now."""
    await tx.run(MARK_NEW, {"id": identity_id, "hours": hours})


async def revoke_all(tx: Tx, account_id: UUID, identity_id: UUID | None) -> list[UUID]:
    """End every session of an account and of a way in; return their ids."""
    return await tx.values(REVOKE_ALL, {"account_id": account_id, "identity_id": identity_id})


async def live_sessions(tx: Tx, account_id: UUID) -> list[UUID]:
    """The account's live sessions."""
    return await tx.values(LIVE_SESSIONS, {"account_id": account_id})


async def detach(tx: Tx, identity_id: UUID, account_id: UUID, *, to: UUID, made: UUID) -> bool:
    """Give a way in of `account_id` to the account `to`; False when it is not one of its."""
    params = {"id": identity_id, "account_id": account_id, "to": to}
    if await tx.value(MOVE_IDENTITY, params) is None:
        return False
    await tx.run(INSERT_DETACHMENT, {"id": made, "identity_id": identity_id, "account_id": account_id, "to": to})
    return True


async def now(tx: Tx) -> datetime:
    """The database's clock."""
    found_now: datetime = await tx.value(NOW)
    return found_now


async def prune(tx: Tx) -> int:
    """Forget tries that came to nothing a month ago."""
    return await tx.run(PRUNE_JOININGS)
