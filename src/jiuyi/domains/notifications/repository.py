"""SQL of messages and deliveries."""

from datetime import datetime
from typing import Any
from uuid import UUID

from jiuyi.domains.notifications.types import DELIVERY, About, Delivery, Message, Wish
from jiuyi.kit.db import Tx
from jiuyi.kit.moves import Axis

DELIVERY_AXIS = Axis("notifications", "delivery", "state", DELIVERY)
_MESSAGE = (
    "SELECT id, account_id, kind, subject_kind, subject_id, params, created_at, read_at FROM notifications.message"
)
INSERT = """
INSERT INTO notifications.message (id, account_id, kind, subject_kind, subject_id, params, created_at)
VALUES (%(id)s, %(account_id)s, %(kind)s, %(subject_kind)s, %(subject_id)s, %(params)s::jsonb, app_now())
ON CONFLICT (id) DO NOTHING
"""
INSERT_DELIVERY = """
INSERT INTO notifications.delivery (id, message_id, account_id, way, channel, template, phone_sealed, sms_params, state,
                                    created_at)
VALUES (%(id)s, %(message_id)s, %(account_id)s, %(way)s, %(channel)s, %(template)s, %(phone_sealed)s,
        %(sms_params)s::jsonb, 'waiting', app_now())
"""
READ = _MESSAGE + " WHERE id = %(id)s"
LIST = _MESSAGE + (
    " WHERE account_id = ANY(%(accounts)s) AND (created_at, id) < (%(before)s, %(before_id)s)"
    " ORDER BY created_at DESC, id DESC LIMIT %(limit)s"
)
UNREAD = "SELECT count(*) FROM notifications.message WHERE account_id = ANY(%(accounts)s) AND read_at IS NULL"
MARK_READ = """
UPDATE notifications.message SET read_at = app_now()
WHERE account_id = ANY(%(accounts)s) AND read_at IS NULL AND (%(all)s OR id = ANY(%(ids)s))
"""
READ_DELIVERY = """
SELECT id, message_id, account_id, way, channel, template, phone_sealed, sms_params, state
FROM notifications.delivery WHERE id = %(id)s
"""
SET_RECEIPT = "UPDATE notifications.delivery SET external_id = %(external_id)s WHERE id = %(id)s"
BY_EXTERNAL = """
SELECT id, message_id, account_id, way, channel, template, phone_sealed, sms_params, state
FROM notifications.delivery WHERE external_id = %(external_id)s AND channel = %(channel)s
"""
STUCK = """
SELECT id FROM notifications.delivery
WHERE state IN ('waiting', 'sending') AND created_at < app_now() - interval '10 minutes'
  AND created_at > app_now() - interval '1 day' LIMIT 500
"""
INSERT_PERMIT = """
INSERT INTO notifications.permit (id, account_id, channel, code, uses_left, created_at, expires_at)
VALUES (%(id)s, %(account_id)s, %(channel)s, %(code)s, %(uses)s, app_now(),
        app_now() + make_interval(days => %(days)s))
ON CONFLICT (channel, code) DO NOTHING
"""
USE_PERMIT = """
UPDATE notifications.permit SET uses_left = uses_left - 1
WHERE id = (
    SELECT id FROM notifications.permit
    WHERE account_id = ANY(%(accounts)s) AND channel = %(channel)s AND uses_left > 0 AND expires_at > app_now()
    ORDER BY expires_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING code
"""
PRUNE_PERMITS = "DELETE FROM notifications.permit WHERE expires_at < app_now() - interval '1 day'"
WISH = """
INSERT INTO notifications.wish (id, account_id, about, created_at) VALUES (%(id)s, %(account_id)s, %(about)s, app_now())
ON CONFLICT (account_id, about) DO NOTHING
"""
WAITED_FOR = "SELECT EXISTS (SELECT FROM notifications.wish)"
# Two workers never tell the same person twice: what one takes, the other does not see.
TAKE_WISHES = """
DELETE FROM notifications.wish WHERE id IN (
    SELECT id FROM notifications.wish ORDER BY created_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
) RETURNING id, account_id, about
"""
STATEMENTS = (
    INSERT,
    INSERT_DELIVERY,
    READ,
    LIST,
    UNREAD,
    MARK_READ,
    READ_DELIVERY,
    SET_RECEIPT,
    BY_EXTERNAL,
    STUCK,
    INSERT_PERMIT,
    USE_PERMIT,
    PRUNE_PERMITS,
    WISH,
    WAITED_FOR,
    TAKE_WISHES,
)


async def insert(tx: Tx, row: dict[str, Any]) -> bool:
    """A new message; False when one of that id is there already."""
    return await tx.run(INSERT, row) == 1


async def insert_delivery(tx: Tx, row: dict[str, Any]) -> None:
    """A new delivery."""
    await tx.run(INSERT_DELIVERY, row)


async def message(tx: Tx, message_id: UUID) -> Message:
    """A message. Raises `Absent`."""
    return await tx.must(Message, READ, {"id": message_id})


async def listed(tx: Tx, accounts: list[UUID], before: datetime, before_id: UUID, limit: int) -> list[Message]:
    """The account's messages older than a place, newest first."""
    params = {"accounts": accounts, "before": before, "before_id": before_id, "limit": limit}
    return await tx.all(Message, LIST, params)


async def unread(tx: Tx, accounts: list[UUID]) -> int:
    """How many messages are unread."""
    return int(await tx.value(UNREAD, {"accounts": accounts}))


async def mark_read(tx: Tx, accounts: list[UUID], ids: list[UUID], *, all_of_them: bool) -> None:
    """Mark messages of this account as read."""
    await tx.run(MARK_READ, {"accounts": accounts, "ids": ids, "all": all_of_them})


async def delivery(tx: Tx, delivery_id: UUID) -> Delivery:
    """A delivery. Raises `Absent`."""
    return await tx.must(Delivery, READ_DELIVERY, {"id": delivery_id})


async def set_receipt(tx: Tx, delivery_id: UUID, external_id: str) -> None:
    """Remember the channel's own number."""
    await tx.run(SET_RECEIPT, {"id": delivery_id, "external_id": external_id})


async def by_external(tx: Tx, channel: str, external_id: str) -> Delivery | None:
    """The delivery that the channel numbered so."""
    return await tx.one(Delivery, BY_EXTERNAL, {"channel": channel, "external_id": external_id})


async def stuck(tx: Tx) -> list[UUID]:
    """Deliveries whose job was lost."""
    return await tx.values(STUCK)


async def insert_permit(tx: Tx, row: dict[str, Any]) -> None:
    """A new permit; one that is known already changes nothing."""
    await tx.run(INSERT_PERMIT, row)


async def use_permit(tx: Tx, accounts: list[UUID], channel: str) -> str | None:
    """Use one message of the permit that ends first; None when there is none."""
    found = await tx.value(USE_PERMIT, {"accounts": accounts, "channel": channel})
    return None if found is None else str(found)


async def prune_permits(tx: Tx) -> int:
    """Forget permits whose time is over."""
    return await tx.run(PRUNE_PERMITS)


async def wish(tx: Tx, wish_id: UUID, account_id: UUID, about: About) -> None:
    """Somebody waits; who waits already goes on waiting."""
    await tx.run(WISH, {"id": wish_id, "account_id": account_id, "about": about.value})


async def waited_for(tx: Tx) -> bool:
    """Whether anybody waits for the hospital's system."""
    return bool(await tx.value(WAITED_FOR))


async def take_wishes(tx: Tx, most: int) -> list[Wish]:
    """Who has waited longest; they wait no more."""
    return await tx.all(Wish, TAKE_WISHES, {"most": most})
