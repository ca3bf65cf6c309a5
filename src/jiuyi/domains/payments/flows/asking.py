"""Asking the channel how an attempt stands: because the phone asks, a notice did not fit, or time has passed."""

from typing import Literal
from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.payments import service, settings
from jiuyi.domains.payments.flows.closing import end_attempt
from jiuyi.domains.payments.ports import Channels
from jiuyi.domains.payments.service.alarms import look_at
from jiuyi.domains.payments.service.attempts import attempt as read_attempt
from jiuyi.domains.payments.service.attempts import may_ask
from jiuyi.domains.payments.types import LIVE, Attempt, AttemptState, Trade, TradeState
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone

_TOKENLESS = frozenset({AttemptState.PREPARING, AttemptState.UNKNOWN})


async def ask(db: Db, channels: Channels, knobs: Knobs, attempt_id: UUID) -> Attempt:
    """Ask about one attempt and act on the answer: record, end what is over, or leave it for the next question.

    Raises `NotDone` when the channel cannot say.
    """
    async with db.tx() as tx:
        asked = await read_attempt(tx, attempt_id)
    channel = channels.of(asked)
    if asked.state is AttemptState.PAID:
        return asked
    trade = await channel.query(asked.out_trade_no)
    async with db.tx() as tx:
        found = await service.arrived(tx, attempt_id, trade, who=f"query:{channel.name}", knobs=knobs, asked=asked)
        if trade.state is TradeState.ABSENT:
            found = await service.absent(tx, attempt_id, knobs=knobs)
        if found.state not in LIVE:
            await service.looked(tx, attempt_id, knobs=knobs)
    if _is_over(found, trade, knobs.get(settings.PREPARING_SECONDS)):
        found = await end_attempt(db, channel, knobs, attempt_id, why="its time is over")
    return found


def _is_over(found: Attempt, trade: Trade, stale_after: int) -> bool:
    """Whether an attempt that is not paid is to be ended now: its time is over, or no phone holds its token.

    One that somebody is reversing at this moment is left to them.
    """
    if found.state is AttemptState.CLOSING:
        return not found.reversing
    if found.state not in LIVE or trade.state is TradeState.PAID:
        return False
    return found.due or (found.state in _TOKENLESS and found.seconds_claimed >= stale_after)


async def check(
    db: Db,
    channels: Channels,
    knobs: Knobs,
    *,
    order_id: UUID,
    by: Principal,
    said: Literal["ok", "cancelled", "failed"] | None,
) -> None:
    """The phone wants to know: note its hint and ask the channel, at most once in a while. Raises `NotFound`.

    When the channel does not answer, the order simply stays as it is known.
    """
    async with db.tx() as tx:
        order = await service.access_order(tx, order_id, by)
        live = await service.live_attempt(tx, order.id)
        if live is not None and said == "ok":
            await service.said_paid(tx, live.id, who=f"account:{by.account_id}")
        asking = live is not None and await may_ask(tx, live.id, knobs.get(settings.CHECK_GAP_SECONDS))
    if live is None or not asking:
        return
    try:
        await ask(db, channels, knobs, live.id)
    except NotDone as error:
        look_at(error, "attempt", live.id)
