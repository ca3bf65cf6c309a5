"""Taking money from a code at a desk: claim a number, ask the channel once, and never let go before it is certain."""

from uuid import UUID

from jiuyi.domains.payments import service, settings
from jiuyi.domains.payments.errors import ChannelSilent, CodeNotRecognised, KindNotTaken
from jiuyi.domains.payments.flows.asking import ask
from jiuyi.domains.payments.flows.closing import end_attempt
from jiuyi.domains.payments.ports import Channels, CodeChannel, CodeRefused
from jiuyi.domains.payments.rules import masked_code
from jiuyi.domains.payments.service import cards, collecting
from jiuyi.domains.payments.service.alarms import look_at
from jiuyi.domains.payments.service.attempts import MOST_TITLE, Next, may_ask
from jiuyi.domains.payments.service.attempts import attempt as read_attempt
from jiuyi.domains.payments.service.collecting import BegunAtDesk
from jiuyi.domains.payments.types import (
    KIND_NAMES,
    LIVE,
    Attempt,
    CardResult,
    CodeAsk,
    CodeKind,
    Refusal,
    TradeState,
    channel_names,
)
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit.clock import local
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered, Unreachable

_ROUNDS = 3


async def collect(
    db: Db,
    channels: Channels,
    knobs: Knobs,
    *,
    order_id: UUID,
    at: AtDesk,
    key: str,
    code: str,
    kind: CodeKind | None = None,
    payer: str | None = None,
) -> Attempt:
    """Take the money of an order from a scanned code, or show a code (`kind` says so, `code` is empty).

    `kind` is given where digits do not tell (face payment). The same `key` is the same collection. An attempt of the
    patient's own phone is closed at its channel first; one of another desk is left alone. Raises what
    `service.collecting.begin_at_desk` raises, `CodeNotRecognised`, `KindNotTaken` and `ChannelSilent`.
    """
    meant = kind or collecting.kind_of(code, knobs)
    if meant is None:
        raise CodeNotRecognised
    channel = channels.by_code(meant)
    if channel is None:
        zh, en = KIND_NAMES[meant]
        raise KindNotTaken(kind_zh=zh, kind_en=en)
    lives = settings.SHOWN_CODE_SECONDS if meant is CodeKind.UNIONPAY_SHOWN else settings.CODE_WAIT_SECONDS
    for _ in range(_ROUNDS):
        async with db.tx() as tx:
            begun = await collecting.begin_at_desk(
                tx,
                knobs=knobs,
                terms=collecting.terms_of(meant, channel.name, channel.merchant_id, channel.app_id),
                order_id=order_id,
                at=at,
                key=key,
                code_masked=masked_code(code) if kind is None else "",
                lives_seconds=knobs.get(lives),
            )
        if begun.next is Next.ANSWER:
            return begun.attempt
        if begun.next is Next.PREPARE:
            return await _take(db, channel, knobs, _ask_for(begun, at, meant, code, payer))
        # One that turns out to be paid makes the next round say so: it was not taken here, and has no collection here.
        await _end_earlier(db, channels, knobs, begun.attempt)
    raise ChannelSilent(**channel_names(channel.name))


def _ask_for(begun: BegunAtDesk, at: AtDesk, kind: CodeKind, code: str, payer: str | None) -> tuple[UUID, CodeAsk]:
    row = begun.attempt
    return row.id, CodeAsk(
        out_trade_no=row.out_trade_no,
        kind=kind,
        code=code,
        total_fen=row.amount_fen,
        description=begun.order.title_zh[:MOST_TITLE],
        begun_at=local(row.created_at),
        expires_at=local(row.expires_at),
        terminal=at.device_code,
        payer=payer,
    )


async def collect_card(
    db: Db, channels: Channels, knobs: Knobs, *, order_id: UUID, at: AtDesk, key: str, result: CardResult
) -> Attempt:
    """Book what a card terminal took. An open cashier on the patient's phone is closed first.

    Raises what `service.cards.book_card` raises and `ChannelSilent`.
    """
    for _ in range(_ROUNDS):
        async with db.tx() as tx:
            earlier, found = await cards.book_card(tx, knobs=knobs, order_id=order_id, at=at, key=key, result=result)
        if earlier is None:
            return found
        await _end_earlier(db, channels, knobs, earlier)
    raise ChannelSilent(**channel_names(cards.BANK_CARD))


async def _end_earlier(db: Db, channels: Channels, knobs: Knobs, earlier: Attempt) -> None:
    try:
        await end_attempt(db, channels.of(earlier), knobs, earlier.id, why="a desk takes the payment")
    except NotDone as error:
        look_at(error, "attempt", earlier.id)
        raise ChannelSilent(**channel_names(earlier.channel)) from error


async def _take(db: Db, channel: CodeChannel, knobs: Knobs, asked: tuple[UUID, CodeAsk]) -> Attempt:
    """The one call that takes money. It is never repeated: a doubt is asked about, and in the end reversed."""
    attempt_id, question = asked
    try:
        if question.kind is CodeKind.UNIONPAY_SHOWN:
            token = await channel.show_code(question)
            async with db.tx() as tx:
                return await service.prepared(tx, attempt_id, token, knobs=knobs)
        trade = await channel.pay_code(question)
    except Refused as error:
        reason = error.reason if isinstance(error, CodeRefused) else Refusal.CHANNEL
        return await _failed(db, attempt_id, reason)
    except Unreachable:
        return await _failed(db, attempt_id, Refusal.UNREACHABLE)
    except Unanswered as error:
        look_at(error, "attempt", attempt_id)
        async with db.tx() as tx:
            await service.prepare_unknown(tx, attempt_id, knobs=knobs)
            return await read_attempt(tx, attempt_id)
    async with db.tx() as tx:
        if trade.state is TradeState.WAITING:
            return await collecting.waits(tx, attempt_id, knobs=knobs, why="the payer confirms")
        return await service.heard(tx, attempt_id, trade, who=f"answer:{channel.name}", knobs=knobs)


async def _failed(db: Db, attempt_id: UUID, reason: Refusal) -> Attempt:
    async with db.tx() as tx:
        await service.prepare_refused(tx, attempt_id, reason.value)
        return await read_attempt(tx, attempt_id)


async def poll(db: Db, channels: Channels, knobs: Knobs, attempt_id: UUID) -> None:
    """Ask about an attempt of a desk, reverse it when its time is over, and come again until it has ended."""
    try:
        found = await ask(db, channels, knobs, attempt_id)
    except NotDone as error:
        look_at(error, "attempt", attempt_id)
        async with db.tx() as tx:
            found = await read_attempt(tx, attempt_id)
    if found.state in LIVE:
        async with db.tx() as tx:
            await collecting.poll_in(tx, attempt_id, knobs.get(settings.CODE_POLL_SECONDS))


async def check_collection(db: Db, channels: Channels, knobs: Knobs, *, attempt_id: UUID, at: AtDesk) -> Attempt:
    """The operator wants to know now: ask the channel, at most once in a while. Raises `NotFound`."""
    async with db.tx() as tx:
        found = await collecting.access_collection(tx, attempt_id, at)
        asking = found.state in LIVE and await may_ask(tx, attempt_id, knobs.get(settings.CHECK_GAP_SECONDS))
    if asking:
        try:
            return await ask(db, channels, knobs, attempt_id)
        except NotDone as error:
            look_at(error, "attempt", attempt_id)
    async with db.tx() as tx:
        return await read_attempt(tx, attempt_id)
