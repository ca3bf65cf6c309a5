"""The sweeper: nothing that waits for an answer is forgotten. Each round takes what is due, a few at a time."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from jiuyi.domains.payments.flows.asking import ask
from jiuyi.domains.payments.flows.closing import close_order
from jiuyi.domains.payments.flows.refunding import send_refund
from jiuyi.domains.payments.ports import Channels
from jiuyi.domains.payments.service.alarms import look_at
from jiuyi.domains.payments.service.due import due_attempts, due_orders, due_refunds
from jiuyi.kit import tasks
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone

_MOST = 100


async def sweep_attempts(db: Db, channels: Channels, knobs: Knobs) -> int:
    """Ask about the attempts that are due; return how many."""
    async with db.tx() as tx:
        ids = await due_attempts(tx, knobs=knobs, most=_MOST)
    await _each(ids, "attempt", lambda each: ask(db, channels, knobs, each))
    return len(ids)


async def sweep_orders(db: Db, channels: Channels, knobs: Knobs) -> int:
    """Close the orders whose time is over, or that were left half closed; return how many."""
    async with db.tx() as tx:
        ids = await due_orders(tx, knobs=knobs, most=_MOST)
    await _each(ids, "order", lambda each: close_order(db, channels, knobs, each))
    return len(ids)


async def sweep_refunds(db: Db, channels: Channels, knobs: Knobs) -> int:
    """Send or ask about the refunds that are due; return how many."""
    async with db.tx() as tx:
        ids = await due_refunds(tx, knobs=knobs, most=_MOST)
    await _each(ids, "refund", lambda each: send_refund(db, channels, knobs, each))
    return len(ids)


async def _each(ids: list[UUID], what: str, work: Callable[[UUID], Awaitable[Any]]) -> None:
    """Work on each; one that the channel cannot answer now comes again by its own schedule."""

    async def one(subject: UUID) -> None:
        try:
            await work(subject)
        except NotDone as error:
            look_at(error, what, subject)

    await tasks.each(ids, one)
