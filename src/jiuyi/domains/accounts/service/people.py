"""Signing in, sessions, and the account's own facts."""

import secrets
from uuid import UUID

from jiuyi.domains.accounts import settings
from jiuyi.domains.accounts.errors import PhoneHasAccounts, SnapshotUser
from jiuyi.domains.accounts.repository import people
from jiuyi.domains.accounts.types import (
    AccountView,
    Channel,
    ChannelUser,
    IdentityRow,
    NewSession,
    Principal,
    SessionView,
)
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.kit import masking
from jiuyi.kit.crypto import Vault, digest
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import NotFound

SUBJECT = "accounts.identity.subject"
NICKNAME = "accounts.identity.nickname"
PHONE = "accounts.account.phone"
REVOKED = "session_revoked"
"""NOTIFY channel: the payload is the id of a session that has ended."""


async def identity_for(tx: Tx, vault: Vault, channel: Channel, user: ChannelUser) -> IdentityRow:
    """Find the person whom the channel named, or make an account for them. Raises `SnapshotUser`."""
    if user.anonymous:
        raise SnapshotUser
    index = vault.index(f"{channel}:{user.subject}", SUBJECT)
    nickname = vault.seal(user.nickname, NICKNAME) if user.nickname else None
    found = await people.identity_by_subject(tx, channel, index)
    if found is not None:
        if nickname is not None:
            await people.set_nickname(tx, found.id, nickname)
        return found
    known = None
    if user.former is not None:
        known = await people.identity_by_subject(tx, channel, vault.index(f"{channel}:{user.former}", SUBJECT))
    identity_id, account_id = new_id(), new_id() if known is None else known.account_id
    if known is None:
        await people.insert_account(tx, account_id)
    row = {
        "id": identity_id,
        "account_id": account_id,
        "channel": channel,
        "subject_sealed": vault.seal(user.subject, SUBJECT),
        "index": index,
        "nickname_sealed": nickname,
    }
    await people.insert_identity(tx, row)
    await audit.note(
        tx,
        actor=Actor.account(account_id),
        action="accounts.opened" if known is None else "accounts.renamed",
        subject_kind="account",
        subject=account_id,
        detail={"channel": channel},
    )
    return await people.identity(tx, identity_id)


async def open_session(tx: Tx, knobs: Knobs, identity: IdentityRow, *, carrier: str, device: str) -> NewSession:
    """Open a session with a fresh 256-bit token (only its digest is stored). `carrier`: `cookie`, `bearer`."""
    token, session_id = secrets.token_urlsafe(32), new_id()
    csrf = secrets.token_urlsafe(18) if carrier == "cookie" else None
    row = {
        "id": session_id,
        "token_digest": digest(token),
        "account_id": identity.account_id,
        "identity_id": identity.id,
        "channel": identity.channel,
        "carrier": carrier,
        "csrf": csrf,
        "device": device[:80],
        "hours": knobs.get(settings.SESSION_HOURS),
    }
    await people.insert_session(tx, row)
    await audit.note(
        tx,
        actor=Actor.account(identity.account_id),
        action="accounts.signed_in",
        subject_kind="session",
        subject=session_id,
        detail={"channel": identity.channel},
    )
    principal = Principal(identity.account_id, identity.id, session_id, identity.channel, csrf)
    return NewSession(token, csrf, principal)


async def sessions(tx: Tx, knobs: Knobs, by: Principal) -> list[SessionView]:
    """The account's signed-in devices."""
    rows = await people.sessions_of(tx, by.account_id, knobs.get(settings.IDLE_MINUTES))
    return [
        SessionView(row.id, row.channel, row.device, row.created_at, row.last_seen_at, row.id == by.session_id)
        for row in rows
    ]


async def revoke_session(tx: Tx, session_id: UUID, by: Principal) -> None:
    """End one of the account's own sessions, in every process within a second. Raises `NotFound`."""
    if not await people.revoke(tx, session_id, by.account_id):
        raise NotFound
    await tx.notify(REVOKED, str(session_id))
    await audit.note(
        tx,
        actor=Actor.account(by.account_id),
        action="accounts.session_ended",
        subject_kind="session",
        subject=session_id,
    )


async def account_view(tx: Tx, vault: Vault, by: Principal) -> AccountView:
    """The account's own facts, masked."""
    row = await people.account(tx, by.account_id)
    phone = masking.phone(vault.open(row.phone_sealed, PHONE)) if row.phone_sealed else None
    return AccountView(row.id, by.channel, phone, row.language)


async def set_phone(tx: Tx, vault: Vault, knobs: Knobs, by: Principal, number: str) -> None:
    """Store a number that was just proved. Raises `PhoneHasAccounts`."""
    index, limit = vault.index(number, PHONE), knobs.get(settings.ACCOUNTS_PER_PHONE)
    if await people.accounts_with_phone(tx, index, by.account_id) >= limit:
        raise PhoneHasAccounts(limit=limit)
    await people.set_phone(tx, by.account_id, vault.seal(number, PHONE), index)
    await audit.note(
        tx,
        actor=Actor.account(by.account_id),
        action="accounts.phone_set",
        subject_kind="account",
        subject=by.account_id,
    )


async def phone_of(tx: Tx, vault: Vault, account_id: UUID) -> str | None:
    """The account's verified number in clear, for sending messages; never for a page."""
    row = await people.account(tx, account_id)
    return vault.open(row.phone_sealed, PHONE) if row.phone_sealed else None


async def openid_for(tx: Tx, vault: Vault, account_id: UUID, channel: Channel) -> str | None:
    """How `channel` names this account's person, for paying and messages in that channel; None when it never did."""
    row = await people.identity_of(tx, account_id, channel)
    return None if row is None else vault.open(row.subject_sealed, SUBJECT)


async def messages_channel(tx: Tx, account_id: UUID) -> Channel | None:
    """Where the account's messages go: the channel in which it was last signed in, among those it follows if any."""
    return await people.last_channel(tx, account_id)


async def label_for(tx: Tx, vault: Vault, account_id: UUID, channel: Channel) -> str:
    """The account's nickname in a channel, masked (`L**`), or an empty string."""
    row = await people.identity_of(tx, account_id, channel)
    return masking.name(vault.open(row.nickname_sealed, NICKNAME)) if row and row.nickname_sealed else ""


async def set_language(tx: Tx, by: Principal, language: str) -> None:
    """Remember the language that the account's pages are shown in."""
    await people.set_language(tx, by.account_id, language)


async def set_follows(tx: Tx, vault: Vault, channel: Channel, subject: str, *, follows: bool) -> None:
    """The channel said that this person follows (or no longer follows) the hospital's account."""
    await people.set_follows(tx, channel, vault.index(f"{channel}:{subject}", SUBJECT), follows=follows)


async def root_of(tx: Tx, account_id: UUID) -> UUID:
    """The account that this one is part of: itself, unless it was joined into another."""
    return await people.root(tx, account_id)


async def all_of(tx: Tx, account_id: UUID) -> list[UUID]:
    """Every account of the same person."""
    return await people.all_of(tx, account_id)
