"""What the hospital's people do with an account for somebody who lost a phone. Who, and why, is in the audit log.

The limits that protect an account from whoever holds its phone do not hold here.
"""

from uuid import UUID

from jiuyi.domains.accounts.errors import LastWayIn
from jiuyi.domains.accounts.repository import joining, people
from jiuyi.domains.accounts.service.joining import take_out
from jiuyi.domains.accounts.service.people import REVOKED
from jiuyi.domains.accounts.types import Standing, WayIn
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.kit.db import Tx
from jiuyi.kit.problems import NotFound


async def standing(tx: Tx, account_id: UUID) -> Standing:
    """The account that this one is part of, its ways in, and how many devices are signed in. Raises `NotFound`."""
    root = await _root(tx, account_id)
    rows = await joining.identities(tx, [root])
    seen = await joining.last_seen(tx, [row.id for row in rows])
    ways = [WayIn(row.id, row.channel, row.joined_at or row.created_at, seen.get(row.id)) for row in rows]
    return Standing(root, ways, len(await joining.live_sessions(tx, root)))


async def sign_out(tx: Tx, account_id: UUID, *, actor: Actor, why: str) -> int:
    """End every session of an account, in every process within a second; how many there were. Raises `NotFound`."""
    root = await _root(tx, account_id)
    ended = await joining.revoke_all(tx, root, None)
    for session_id in ended:
        await tx.notify(REVOKED, str(session_id))
    await audit.note(
        tx,
        actor=actor,
        action="accounts.signed_out_by_staff",
        subject_kind="account",
        subject=root,
        detail={"sessions": len(ended), "why": why},
    )
    return len(ended)


async def detach_by_staff(tx: Tx, account_id: UUID, identity_id: UUID, *, actor: Actor, why: str) -> None:
    """Take a way in out of an account, as its owner could. Raises `NotFound` and `LastWayIn`."""
    root = await _root(tx, account_id)
    await joining.lock_accounts(tx, [root])
    rows = await joining.identities(tx, [root])
    gone = next((row for row in rows if row.id == identity_id), None)
    if gone is None:
        raise NotFound
    same = [row for row in rows if row.channel is gone.channel]
    if len(same) == len(rows):
        raise LastWayIn
    await take_out(tx, root, gone, same, actor=actor, why=why)


async def _root(tx: Tx, account_id: UUID) -> UUID:
    found: UUID | None = await people.root(tx, account_id)
    if found is None:
        raise NotFound
    return found
