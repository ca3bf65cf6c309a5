"""Accounts, identities, sessions, and the principal that every signed-in route gets."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from jiuyi.kit.crypto import Sealed


class Channel(StrEnum):
    """A way in: a sign-in, a way to pay, a way to be told."""

    WECHAT_OA = "wechat_oa"
    ALIPAY_LIFE = "alipay_life"
    ALIPAY_MINI = "alipay_mini"
    WECHAT_MINI = "wechat_mini"


CHANNEL_NAMES = {
    Channel.WECHAT_OA: ("微信", "WeChat"),
    Channel.ALIPAY_LIFE: ("支付宝", "Alipay"),
    Channel.ALIPAY_MINI: ("支付宝小程序", "Alipay Mini Program"),
    Channel.WECHAT_MINI: ("微信小程序", "WeChat Mini Program"),
}


class Principal(msgspec.Struct, frozen=True):
    """Who is asking. `csrf` is None for bearer tokens.

    `joined`: accounts that have become part of this one; what was done under them is this person's too.
    `new_until`: this identity joined the account lately, and what is most private waits until then.
    """

    account_id: UUID
    identity_id: UUID
    session_id: UUID
    channel: Channel
    csrf: str | None
    joined: tuple[UUID, ...] = ()
    new_until: datetime | None = None

    @property
    def accounts(self) -> list[UUID]:
        """Every account under which this person does, or did, something."""
        return [self.account_id, *self.joined]

    def owns(self, account_id: UUID) -> bool:
        """Whether something that `account_id` did is this person's."""
        return account_id == self.account_id or account_id in self.joined


class ChannelUser(msgspec.Struct, frozen=True):
    """Whom a channel says is there. `subject` is its openid; `anonymous` marks WeChat's snapshot pages.

    `former` is another name of the same person in the same channel, where the channel is changing its names.
    """

    subject: str
    nickname: str | None = None
    anonymous: bool = False
    former: str | None = None


class AccountRow(msgspec.Struct):
    """An account as stored."""

    id: UUID
    phone_sealed: Sealed | None
    phone_index: bytes | None
    language: str
    state: str
    created_at: datetime


class IdentityRow(msgspec.Struct):
    """An identity as stored."""

    id: UUID
    account_id: UUID
    channel: Channel
    subject_sealed: Sealed
    nickname_sealed: Sealed | None
    follows: bool
    created_at: datetime
    joined_at: datetime | None
    new_until: datetime | None


class SessionRow(msgspec.Struct):
    """A session as stored; the token itself never is."""

    id: UUID
    account_id: UUID
    identity_id: UUID
    channel: Channel
    csrf: str | None
    device: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    idle: bool


class KnownSession(SessionRow):
    """A session as a token's digest finds it."""

    token_digest: bytes
    unnoted: bool
    joined: list[UUID]
    new_until: datetime | None


class WayIn(msgspec.Struct, frozen=True):
    """A way in to an account, for the hospital's people: nothing that names somebody."""

    identity_id: UUID
    channel: Channel
    since: datetime
    last_seen_at: datetime | None


class Standing(msgspec.Struct, frozen=True):
    """How an account stands. `sessions`: devices that are signed in."""

    account_id: UUID
    ways: list[WayIn]
    sessions: int


class JoiningRow(msgspec.Struct, frozen=True):
    """A try to join, its phone proved. `other_account_id` is known once a document of its patients was named."""

    id: UUID
    account_id: UUID
    identity_id: UUID
    phone_sealed: Sealed
    other_account_id: UUID | None
    kept_account_id: UUID | None
    tries: int
    state: str
    expires_at: datetime
    expired: bool


class Joined(msgspec.Struct, frozen=True):
    """Two accounts that have just become one: the ids of the one that stays and the one that is part of it now."""

    kept: UUID
    absorbed: UUID


class SessionView(msgspec.Struct):
    """A signed-in device, for the account's own page."""

    id: UUID
    channel: Channel
    device: str
    created_at: datetime
    last_seen_at: datetime
    current: bool


class NewSession(msgspec.Struct):
    """What the carrier gets, once: the token in clear and the CSRF value (None for bearer)."""

    token: str
    csrf: str | None
    principal: Principal


class TokenView(msgspec.Struct):
    """A mini program's session: `token` goes into `Authorization: Bearer` and is shown this once."""

    token: str
    channel: Channel


class IdentityView(msgspec.Struct, frozen=True):
    """A way in to the account. `joined_at` is None for the one that it began with."""

    id: UUID
    channel: Channel
    label: str
    is_me: bool
    joined_at: datetime | None
    last_seen_at: datetime | None
    can_detach: bool


class AccountView(msgspec.Struct):
    """The account's own facts, masked."""

    account_id: UUID
    channel: Channel
    phone: str | None
    language: str
