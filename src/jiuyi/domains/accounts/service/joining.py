"""Joining two accounts of one person, and taking a way in out again."""

from datetime import datetime
from uuid import UUID

import msgspec

from jiuyi.domains.accounts import settings
from jiuyi.domains.accounts.errors import (
    JoiningEnded,
    JoiningExpired,
    JoiningsUsedUp,
    JoiningTriesUsedUp,
    LastWayIn,
    TooNewToDetach,
)
from jiuyi.domains.accounts.events import AccountsJoined, IdentityDetached
from jiuyi.domains.accounts.repository import joining, people
from jiuyi.domains.accounts.service.people import NICKNAME, PHONE, REVOKED
from jiuyi.domains.accounts.types import (
    CHANNEL_NAMES,
    Channel,
    IdentityRow,
    IdentityView,
    Joined,
    JoiningRow,
    Principal,
)
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.kit import masking
from jiuyi.kit.clock import local
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import NotFound


class Change(msgspec.Struct, frozen=True):
    """A way in that joined or left, for the messages about it; `others` are the account's other channels."""

    label: str
    label_en: str
    at: datetime
    others: list[Channel]


def label(vault: Vault, row: IdentityRow, language: str) -> str:
    """How a way in is named: channel and masked nickname, `微信用户 L**`."""
    nickname = masking.name(vault.open(row.nickname_sealed, NICKNAME)) if row.nickname_sealed else ""
    zh, en = CHANNEL_NAMES[row.channel]
    return (f"{en} user {nickname}" if language == "en" else f"{zh}用户 {nickname}").strip()


async def identities(tx: Tx, vault: Vault, by: Principal, language: str) -> list[IdentityView]:
    """The account's ways in: one for each channel."""
    found = {row.channel: row for row in await joining.identities(tx, [by.account_id])}
    seen = await joining.last_seen(tx, [row.id for row in found.values()])
    return [
        IdentityView(
            id=row.id,
            channel=row.channel,
            label=label(vault, row, language),
            is_me=row.channel is by.channel,
            joined_at=row.joined_at,
            last_seen_at=seen.get(row.id),
            can_detach=len(found) > 1,
        )
        for row in found.values()
    ]


async def labels_of(tx: Tx, vault: Vault, account_id: UUID, language: str = "zh") -> list[str]:
    """How an account's ways in are named, for who is about to join it."""
    return [label(vault, row, language) for row in await joining.identities(tx, [account_id])]


async def open_joining(
    tx: Tx, vault: Vault, knobs: Knobs, by: Principal, number: str, other: UUID | None = None
) -> JoiningRow:
    """Begin to join: `number` was proved just now. `other` is set where the other account is certain already.

    Raises `JoiningsUsedUp`.
    """
    index, made = vault.index(number, PHONE), new_id()
    await people.lock_phone(tx, index)
    if await joining.lately(tx, by.accounts, index) >= knobs.get(settings.JOININGS_PER_DAY):
        raise JoiningsUsedUp
    row = {
        "id": made,
        "account_id": by.account_id,
        "identity_id": by.identity_id,
        "phone_sealed": vault.seal(number, PHONE),
        "phone_index": index,
        "other": other,
        "minutes": knobs.get(settings.JOINING_MINUTES),
    }
    await joining.insert(tx, row)
    await audit.note(
        tx,
        actor=Actor.account(by.account_id),
        action="accounts.joining_begun",
        subject_kind="joining",
        subject=made,
    )
    return await joining_of(tx, knobs, by, made)


async def joining_of(tx: Tx, knobs: Knobs, by: Principal, joining_id: UUID) -> JoiningRow:
    """The open joining that this way in began, locked.

    Raises `JoiningEnded`; to who began it, and nobody else, also `JoiningExpired` and `JoiningTriesUsedUp`.
    """
    row = await joining.locked(tx, joining_id)
    if row is None or (row.account_id, row.identity_id) != (by.account_id, by.identity_id):
        raise JoiningEnded
    if row.state != "open":
        raise JoiningEnded
    if row.expired:
        raise JoiningExpired(minutes=knobs.get(settings.JOINING_MINUTES))
    if row.tries >= knobs.get(settings.JOINING_TRIES):
        raise JoiningTriesUsedUp
    return row


def phone_trust_days(knobs: Knobs) -> int:
    """For how many days a proved number may join accounts."""
    return knobs.get(settings.PHONE_TRUST_DAYS)


def new_hours(knobs: Knobs) -> int:
    """For how many hours a way in that joined is *new*."""
    return knobs.get(settings.NEW_HOURS)


def joining_number(vault: Vault, row: JoiningRow) -> str:
    """The number that a joining proved, in clear: to look for who else proved it, never for a page."""
    return vault.open(row.phone_sealed, PHONE)


async def joinable(tx: Tx, vault: Vault, knobs: Knobs, account_id: UUID, number: str, others: list[UUID]) -> list[UUID]:
    """The accounts that proved `number` lately (`others`: those that proved it for a patient) and may be joined.

    An account has one person of each channel: where both have one, they are two people, or one in two phones.
    """
    index, days = vault.index(number, PHONE), knobs.get(settings.PHONE_TRUST_DAYS)
    ids = [*await joining.phone_holders(tx, index, account_id, days), *others]
    channels: dict[UUID, set[Channel]] = {}
    for row in await joining.identities(tx, [account_id, *ids]):
        channels.setdefault(row.account_id, set()).add(row.channel)
    mine = channels.get(account_id, set())
    fit = [one for one in dict.fromkeys(ids) if one in channels and not channels[one] & mine]
    return [one for one in fit if one != account_id]


async def wrong_document(tx: Tx, knobs: Knobs, row: JoiningRow) -> int:
    """Count a document that no account with this number has; how many tries are left."""
    await joining.tried(tx, row.id)
    return knobs.get(settings.JOINING_TRIES) - row.tries - 1


async def other_found(tx: Tx, row: JoiningRow, other: UUID) -> None:
    """Note the account that the document belongs to."""
    await joining.found(tx, row.id, other)


async def join(
    tx: Tx, vault: Vault, knobs: Knobs, by: Principal, row: JoiningRow, *, joined: Joined, consent: str, gains: bool
) -> None:
    """Make two accounts one: its ways in move, its sessions end, whoever asked signs in anew.

    `gains`: the way in that asked will see somebody whom it did not see before; it is *new* for a while then.
    Raises `JoiningEnded` (one of them has been joined meanwhile) and `JoiningsUsedUp`.
    """
    both = sorted([joined.kept, joined.absorbed])
    if await joining.lock_accounts(tx, both) != both:
        raise JoiningEnded
    if await joining.joined_lately(tx, both) >= knobs.get(settings.CHANGES_PER_30_DAYS):
        raise JoiningsUsedUp
    await joining.absorb(tx, joined.kept, joined.absorbed)
    if gains:
        await joining.mark_new(tx, by.identity_id, knobs.get(settings.NEW_HOURS))
    if (await people.account(tx, joined.kept)).phone_index is None:
        number = vault.open(row.phone_sealed, PHONE)
        await people.set_phone(tx, joined.kept, vault.seal(number, PHONE), vault.index(number, PHONE))
    ended = await joining.revoke_all(tx, joined.absorbed, by.identity_id)
    for session_id in [*ended, *await joining.live_sessions(tx, joined.kept)]:
        await tx.notify(REVOKED, str(session_id))
    await joining.ends(tx, row.id, joined.kept, consent)
    await audit.note(
        tx,
        actor=Actor.account(by.account_id),
        action="accounts.joined",
        subject_kind="account",
        subject=joined.kept,
        detail={"absorbed": str(joined.absorbed), "joining": str(row.id), "channel": by.channel, "consent": consent},
    )
    await tx.emit(AccountsJoined(joining_id=row.id, account_id=joined.kept, identity_id=by.identity_id))


async def detach(tx: Tx, knobs: Knobs, by: Principal, identity_id: UUID) -> None:
    """Take a way in out of the account: it goes on with an empty account of its own, and its sessions end.

    Everything that was done stays with this account. Raises `NotFound`, `LastWayIn`, `TooNewToDetach`,
    `JoiningsUsedUp`.
    """
    await joining.lock_accounts(tx, [by.account_id])
    rows = await joining.identities(tx, [by.account_id])
    gone = next((row for row in rows if row.id == identity_id), None)
    if gone is None:
        raise NotFound
    # A channel that is changing its names knows one person by several.
    same = [row for row in rows if row.channel is gone.channel]
    if len(same) == len(rows):
        raise LastWayIn
    if by.new_until is not None and gone.channel is not by.channel and by.new_until > await joining.now(tx):
        raise TooNewToDetach(until=local(by.new_until).strftime("%Y-%m-%d %H:%M"))
    if await joining.detached_lately(tx, by.account_id) >= knobs.get(settings.CHANGES_PER_30_DAYS):
        raise JoiningsUsedUp
    await take_out(tx, by.account_id, gone, same, actor=Actor.account(by.account_id))


async def take_out(
    tx: Tx, account_id: UUID, gone: IdentityRow, same: list[IdentityRow], *, actor: Actor, why: str | None = None
) -> None:
    """Give a way in (with the channel's other names of it, `same`) an account of its own; both are told."""
    fresh, made = new_id(), new_id()
    await people.insert_account(tx, fresh)
    for row in same:
        await joining.detach(tx, row.id, account_id, to=fresh, made=made if row is gone else new_id())
        for session_id in await joining.revoke_all(tx, fresh, row.id):
            await tx.notify(REVOKED, str(session_id))
    detail = {"identity": str(gone.id), "channel": gone.channel, "new_account": str(fresh)}
    await audit.note(
        tx,
        actor=actor,
        action="accounts.detached",
        subject_kind="account",
        subject=account_id,
        detail=detail if why is None else detail | {"why": why},
    )
    event = IdentityDetached(detachment_id=made, account_id=account_id, identity_id=gone.id, new_account_id=fresh)
    await tx.emit(event)


async def change_of(tx: Tx, vault: Vault, account_id: UUID, identity_id: UUID) -> Change | None:
    """How a way in is named in messages; None when it has gone on to another account meanwhile."""
    rows = await joining.identities(tx, [account_id])
    row = next((one for one in rows if one.id == identity_id), None)
    if row is None:
        return None
    others = dict.fromkeys(one.channel for one in rows if one.channel is not row.channel)
    return Change(label(vault, row, "zh"), label(vault, row, "en"), await joining.now(tx), list(others))
