"""Ending an attempt at the channel, and closing an order: the channel is asked before anything is called closed."""

from typing import Literal
from uuid import UUID

from jiuyi.domains.payments import service
from jiuyi.domains.payments.flows.reversing import reverse
from jiuyi.domains.payments.ports import Channels, Settling
from jiuyi.domains.payments.service.alarms import raise_alarm
from jiuyi.domains.payments.service.orders import Closing
from jiuyi.domains.payments.types import CODE_KINDS, Attempt, AttemptState, CloseOutcome, TradeState
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import Refused, Unanswered

_WHO = "payments.close"


async def close_order(db: Db, channels: Channels, knobs: Knobs, order_id: UUID) -> Literal["closed", "paid"]:
    """Close an unpaid order, or learn that it is paid; safe to repeat.

    Raises `Unreachable` or `Unanswered` (kit.outcomes) when the channel cannot say: the order stays `closing`, nobody
    can start to pay it, and the sweeper goes on until `OrderClosed` or `OrderPaid` is published.
    """
    async with db.tx() as tx:
        await service.begin_closing(tx, order_id, who=_WHO)
        live = await service.live_attempt(tx, order_id)
    if live is not None:
        await end_attempt(db, channels.of(live), knobs, live.id, why="the order is closed")
    async with db.tx() as tx:
        ended = await service.finish_closing(tx, order_id, who=_WHO)
    if ended is Closing.LIVE:
        raise Unanswered("payments", "close", "an attempt is still open")
    return "paid" if ended is Closing.PAID else "closed"


async def end_attempt(db: Db, channel: Settling, knobs: Knobs, attempt_id: UUID, *, why: str) -> Attempt:
    """Close an attempt at the channel so that it can never be paid, or learn that it was: returned as it then stands.

    A desk's code is reversed. Raises `Refused`, `Unreachable` or `Unanswered` when the channel cannot say, or somebody
    else is reversing it at this moment; the attempt stays `closing`.
    """
    async with db.tx() as tx:
        claimed = await service.claim_close(tx, attempt_id, who=_WHO, why=why, knobs=knobs)
    if claimed.state is not AttemptState.CLOSING:
        return claimed
    if claimed.method in CODE_KINDS:
        return await reverse(db, channel, knobs, claimed)
    return await _close(db, channel, knobs, claimed)


async def _close(db: Db, channel: Settling, knobs: Knobs, claimed: Attempt) -> Attempt:
    attempt_id = claimed.id
    try:
        outcome = await channel.close(claimed.out_trade_no)
    except Refused:
        # It does not say why it cannot be closed; its state does.
        outcome = CloseOutcome.PAID
    if outcome is CloseOutcome.PAID:
        trade = await channel.query(claimed.out_trade_no)
        async with db.tx() as tx:
            ended = await service.arrived(tx, attempt_id, trade, who=f"query:{channel.name}", knobs=knobs)
            if trade.state is TradeState.ABSENT:
                ended = await service.absent(tx, attempt_id, knobs=knobs)
        if ended.state is AttemptState.CLOSING:
            raise Unanswered(channel.name, "close", f"neither closed nor paid: {trade.state.value}")
        return ended
    async with db.tx() as tx:
        leave = service.absent if outcome is CloseOutcome.ABSENT else service.closed
        ended = await leave(tx, attempt_id, knobs=knobs)
        if ended.state is AttemptState.PAID:
            # Somebody else was told that it is paid while the channel ended it: one of the two is not true any more.
            await raise_alarm(tx, "paid_and_gone", "attempt", attempt_id, state=outcome.value)
        return ended
