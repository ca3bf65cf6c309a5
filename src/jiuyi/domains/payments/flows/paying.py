"""The tap on "pay": end what is open, claim a number, announce it to the channel, hand its parameters to the phone."""

from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.payments import service
from jiuyi.domains.payments.errors import (
    BeingCollected,
    ChannelRefused,
    ChannelSilent,
    MethodUnknown,
    StillPreparing,
)
from jiuyi.domains.payments.flows.closing import end_attempt
from jiuyi.domains.payments.ports import Channel, Channels
from jiuyi.domains.payments.service.alarms import look_at
from jiuyi.domains.payments.service.attempts import Begun, Next
from jiuyi.domains.payments.types import (
    CODE_KINDS,
    Attempt,
    AttemptState,
    PaymentView,
    PayTerms,
    app_names,
    channel_names,
)
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered, Unreachable

_ROUNDS = 3
_OPENABLE = frozenset({AttemptState.PREPARED, AttemptState.PAYING})


async def pay(
    db: Db,
    channels: Channels,
    knobs: Knobs,
    vault: Vault,
    *,
    order_id: UUID,
    by: Principal,
    method: str,
    key: str,
    beside_insurance: bool = False,
) -> PaymentView:
    """Prepare a payment and return what opens the cashier. The same `key` is the same attempt.

    An earlier attempt is closed at the channel first, or found paid: then that is the answer. One that another tap is
    preparing right now is left to it: `StillPreparing`. `beside_insurance`: the settlement in hand asks for the own
    part of an insured order. Raises what `service.begin` raises, `BeingCollected`, `ChannelRefused` and
    `ChannelSilent`.
    """
    channel = channels.by_method(method)
    if channel is None:
        raise MethodUnknown(**app_names(by.channel))
    terms = _terms(channel, method, by)
    for left in reversed(range(_ROUNDS)):
        async with db.tx() as tx:
            begun = await service.begin(
                tx,
                vault=vault,
                knobs=knobs,
                terms=terms,
                order_id=order_id,
                by=by,
                key=key,
                beside_insurance=beside_insurance,
            )
        if begun.next is Next.ANSWER:
            return _answer(channels, begun.attempt)
        if begun.next is Next.PREPARE:
            maker = channels.by_method(begun.attempt.method) or channels.by_name(begun.attempt.channel)
            return await _prepare(db, maker, knobs, begun)
        if begun.attempt.method in CODE_KINDS and not begun.attempt.due:
            raise BeingCollected
        if not left:
            break
        ended = await _end_earlier(db, channels, knobs, begun.attempt)
        if ended.state is AttemptState.PAID:
            return _answer(channels, ended)
    # Each time one was ended, another tap was faster: what that one opened is left alone.
    raise StillPreparing


def _terms(channel: Channel, method: str, by: Principal) -> PayTerms:
    try:
        app_id = channel.app_id(by.channel.value)
    except KeyError as error:
        raise MethodUnknown(**app_names(by.channel)) from error
    return PayTerms(
        method=method,
        channel=channel.name,
        account_channel=by.channel.value,
        merchant_id=channel.merchant_id,
        app_id=app_id,
    )


async def _end_earlier(db: Db, channels: Channels, knobs: Knobs, earlier: Attempt) -> Attempt:
    channel = channels.of(earlier)
    try:
        return await end_attempt(db, channel, knobs, earlier.id, why="another attempt was asked for")
    except NotDone as error:
        look_at(error, "attempt", earlier.id)
        raise ChannelSilent(**channel_names(channel.name)) from error


async def _prepare(db: Db, channel: Channel, knobs: Knobs, begun: Begun) -> PaymentView:
    if begun.ask is None:
        raise AssertionError("begin claims an attempt with its question")
    attempt_id = begun.attempt.id
    names = channel_names(channel.name)
    try:
        token = await channel.prepare(begun.ask)
    except Refused as error:
        async with db.tx() as tx:
            await service.prepare_refused(tx, attempt_id, error.code)
        raise ChannelRefused(**names) from error
    except Unreachable as error:
        async with db.tx() as tx:
            await service.prepare_refused(tx, attempt_id, "unreachable")
        raise ChannelSilent(**names) from error
    except Unanswered as error:
        look_at(error, "attempt", attempt_id)
        async with db.tx() as tx:
            await service.prepare_unknown(tx, attempt_id, knobs=knobs)
        raise ChannelSilent(**names) from error
    async with db.tx() as tx:
        found = await service.prepared(tx, attempt_id, token, knobs=knobs)
    # Ended while the channel was answering: then its token is thrown away, and the view opens nothing.
    return _view(channel, found)


def _answer(channels: Channels, found: Attempt) -> PaymentView:
    if found.method in CODE_KINDS:
        # Taken at a desk: there is nothing for a phone to open.
        return PaymentView(payment_id=found.id, state=found.state, invoke=None)
    return _view(channels.by_method(found.method) or channels.by_name(found.channel), found)


def _view(channel: Channel, found: Attempt) -> PaymentView:
    invoke = None
    if found.state in _OPENABLE and found.token is not None and not found.due:
        invoke = channel.invoke(found.app_id, found.token)
    return PaymentView(payment_id=found.id, state=found.state, invoke=invoke)
