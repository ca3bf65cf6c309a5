"""Sending a refund and learning what became of it. Always the same number; never sent blindly a second time."""

from uuid import UUID

from jiuyi.domains.payments import service, settings
from jiuyi.domains.payments.ports import BalanceShort, Channels, Settling
from jiuyi.domains.payments.service.alarms import look_at
from jiuyi.domains.payments.service.attempts import attempt as read_attempt
from jiuyi.domains.payments.service.refunds import refund as read_refund
from jiuyi.domains.payments.types import GivenBackState, Refund, RefundAsk, RefundState
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered, Unreachable

_UNKNOWN_THERE = frozenset({GivenBackState.ABSENT, GivenBackState.UNSEEN})


async def send_refund(db: Db, channels: Channels, knobs: Knobs, refund_id: UUID, *, first: bool = False) -> Refund:
    """Carry a refund one step further: send it, or ask about one that was sent. Safe at any time, any number of times.

    `first`: send it only if it never was (the job of the promise; what comes later is the sweeper's). What the channel
    cannot say now is tried again by the sweeper; nothing is raised for it.
    """
    async with db.tx() as tx:
        found = await read_refund(tx, refund_id)
        paid = await read_attempt(tx, found.attempt_id)
        channel = channels.of(paid, found)
        ask = await service.claim_send(tx, refund_id, knobs=knobs, first=first)
    if ask is not None:
        await _send(db, channel, knobs, refund_id, ask)
    elif found.state in {RefundState.UNKNOWN, RefundState.PENDING, RefundState.FAILED} or _stale(found, knobs):
        await _ask(db, channel, knobs, found, paid.out_trade_no)
    async with db.tx() as tx:
        return await read_refund(tx, refund_id)


def _stale(found: Refund, knobs: Knobs) -> bool:
    """Whether a sending was claimed by a process that must have died."""
    return found.state is RefundState.SENDING and (found.seconds_sent or 0) >= knobs.get(settings.PREPARING_SECONDS)


async def _send(db: Db, channel: Settling, knobs: Knobs, refund_id: UUID, ask: RefundAsk) -> None:
    try:
        said = await channel.refund(ask)
    except BalanceShort:
        async with db.tx() as tx:
            await service.refund_not_sent(tx, refund_id, "balance_short", knobs.get(settings.REFUND_RETRY_SECONDS))
    except Refused as error:
        await _refused(db, channel, knobs, refund_id, ask, error.code)
    except Unreachable:
        async with db.tx() as tx:
            await service.refund_not_sent(tx, refund_id, "unreachable", knobs.get(settings.ASK_FIRST_SECONDS))
    except Unanswered as error:
        look_at(error, "refund", refund_id)
        async with db.tx() as tx:
            await service.refund_unknown(tx, refund_id, knobs.get(settings.ASK_FIRST_SECONDS))
    else:
        async with db.tx() as tx:
            await service.given_back(tx, refund_id, said, who=f"answer:{channel.name}", knobs=knobs)


async def _refused(db: Db, channel: Settling, knobs: Knobs, refund_id: UUID, ask: RefundAsk, code: str) -> None:
    """A refusal may hide that the number was accepted before: ask before calling it failed."""
    try:
        said = await channel.query_refund(ask.out_refund_no, ask.out_trade_no)
    except NotDone as error:
        look_at(error, "refund", refund_id)
        async with db.tx() as tx:
            await service.refund_unknown(tx, refund_id, knobs.get(settings.ASK_FIRST_SECONDS))
        return
    async with db.tx() as tx:
        if said.state in _UNKNOWN_THERE:
            await service.refund_refused(tx, refund_id, code)
        else:
            await service.given_back(tx, refund_id, said, who=f"query:{channel.name}", knobs=knobs)


async def _ask(db: Db, channel: Settling, knobs: Knobs, found: Refund, out_trade_no: str) -> None:
    try:
        said = await channel.query_refund(found.out_refund_no, out_trade_no)
    except NotDone as error:
        look_at(error, "refund", found.id)
        return  # the sweeper has put it off and comes again
    async with db.tx() as tx:
        await service.given_back(tx, found.id, said, who=f"query:{channel.name}", knobs=knobs)
        again = None
        if said.state in _UNKNOWN_THERE:
            again = await service.claim_send(tx, found.id, knobs=knobs, again=True)
    if again is not None:
        await _send(db, channel, knobs, found.id, again)
