"""Facts about accounts that became one, or are two again."""

from typing import ClassVar
from uuid import UUID

from jiuyi.kit.events import Event


class AccountsJoined(Event, frozen=True):
    """Two accounts are one: its other ways in are told. `identity_id` is the one that asked."""

    name: ClassVar[str] = "accounts.joined"
    joining_id: UUID
    account_id: UUID
    identity_id: UUID


class IdentityDetached(Event, frozen=True):
    """A way in has an account of its own again: it and the account that it left are told."""

    name: ClassVar[str] = "accounts.detached"
    detachment_id: UUID
    account_id: UUID
    identity_id: UUID
    new_account_id: UUID
