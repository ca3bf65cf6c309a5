"""Reversing a desk's code: look, announce, tell the channel, note what it said. At most one does it at a time."""

import asyncio

from jiuyi.domains.payments import service
from jiuyi.domains.payments.ports import Settling, TooSoon
from jiuyi.domains.payments.service.alarms import raise_alarm
from jiuyi.domains.payments.service.reversals import CALL_SECONDS, Turn
from jiuyi.domains.payments.types import Attempt, AttemptState, CloseOutcome, TradeState
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered


async def reverse(db: Db, channel: Settling, knobs: Knobs, claimed: Attempt) -> Attempt:
    """End a `closing` attempt at the channel, or learn that it is paid and stays so.

    Raises `Unreachable` or `Unanswered` when it is not certain yet or somebody else has the turn: it stays `closing`.
    """
    # What was paid in the last moment stays paid: once the turn is announced, it would not.
    found, turn = await _look(db, channel, knobs, claimed)
    if found.state is not AttemptState.CLOSING:
        return found
    if turn is None:
        raise Unanswered(channel.name, "reverse", "it is another's turn, or left to settle")
    try:
        async with asyncio.timeout(CALL_SECONDS):
            outcome = await channel.close(claimed.out_trade_no)
    except (TooSoon, Refused) as error:
        async with db.tx() as tx:
            left = await service.undo_turn(tx, turn)
        if isinstance(error, TooSoon):
            raise
        return await _refused(db, channel, knobs, left, error)
    except (NotDone, TimeoutError) as error:
        async with db.tx() as tx:
            await service.end_turn(tx, turn)
        if isinstance(error, TimeoutError):
            raise Unanswered(channel.name, "reverse", f"no answer in {CALL_SECONDS:.0f} s") from error
        raise
    async with db.tx() as tx:
        leave = service.absent if outcome is CloseOutcome.ABSENT else service.closed
        ended = await leave(tx, claimed.id, knobs=knobs)
        if ended.state is AttemptState.PAID:
            # Only a holder who stood still for longer than `SETTLED_SECONDS` between announcing and telling.
            await raise_alarm(tx, "paid_and_gone", "attempt", claimed.id, state=outcome.value)
        return ended


async def _look(db: Db, channel: Settling, knobs: Knobs, asked: Attempt) -> tuple[Attempt, Turn | None]:
    """Ask, book what may be booked, and take the turn where there is something to reverse: one or the other."""
    trade = await channel.query(asked.out_trade_no)
    async with db.tx() as tx:
        found = await service.arrived(tx, asked.id, trade, who=f"query:{channel.name}", knobs=knobs, asked=asked)
        return found, await service.take_turn(tx, asked.id, paid=trade.state is TradeState.PAID)


async def _refused(db: Db, channel: Settling, knobs: Knobs, left: Attempt, error: Refused) -> Attempt:
    """It does not say why it gives nothing back; its state does. Money that stays there is booked."""
    trade = await channel.query(left.out_trade_no)
    async with db.tx() as tx:
        ended = await service.arrived(tx, left.id, trade, who=f"query:{channel.name}", knobs=knobs, asked=left)
    if ended.state is AttemptState.CLOSING:
        raise Unanswered(channel.name, "reverse", f"{error.code}, and {trade.state.value}") from error
    return ended
