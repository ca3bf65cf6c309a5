"""Attempts: beginning, what preparing them came to, ending them. Flows call out between two of these steps."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments import rules, settings
from jiuyi.domains.payments.errors import (
    InsuranceInHand,
    MethodUnknown,
    OrderEnded,
    OrderPaidAlready,
    OrderUnderReview,
    PaymentPaused,
    StillPreparing,
    TooManyAttempts,
)
from jiuyi.domains.payments.repository import legs, records
from jiuyi.domains.payments.service.orders import access_order, locked, thaw
from jiuyi.domains.payments.types import (
    ATTEMPT_GRAPH,
    CODE_KINDS,
    LIVE,
    Attempt,
    AttemptState,
    LegState,
    Order,
    OrderState,
    PayTerms,
    PrepareAsk,
    app_names,
)
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Absent, Tx
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import Axis, move

ATTEMPT = Axis("payments", "attempt", "state", ATTEMPT_GRAPH)
MOST_TITLE = 40
"""WeChat takes 127 bytes of description; 40 Chinese characters are 120 bytes."""


class Next(StrEnum):
    """What a flow does after `begin`."""

    PREPARE = "prepare"
    ANSWER = "answer"
    END_FIRST = "end_first"


class Begun(msgspec.Struct, frozen=True):
    """What is to be done about a tap on "pay": `ask` is set when the channel is to be called."""

    next: Next
    attempt: Attempt
    ask: PrepareAsk | None = None


async def begin(
    tx: Tx,
    *,
    vault: Vault,
    knobs: Knobs,
    terms: PayTerms,
    order_id: UUID,
    by: Principal,
    key: str,
    beside_insurance: bool = False,
) -> Begun:
    """Claim an attempt for the idempotency key `key`, or find the one it has; or say which one must end before.

    `beside_insurance`: the insurance settlement that is in hand asks for its own part. Raises `NotFound`,
    `OrderPaidAlready`, `OrderEnded`, `OrderUnderReview`, `InsuranceInHand`, `PaymentPaused`, `StillPreparing`,
    `TooManyAttempts`, `MethodUnknown`.
    """
    order = await access_order(tx, order_id, by, lock=True)
    existing = await records.attempt_by_key(tx, order_id, key)
    if existing is not None and existing.state not in {AttemptState.PREPARING, AttemptState.UNKNOWN}:
        if existing.state in LIVE:
            await must_be_payable(tx, order, knobs)
        return Begun(Next.ANSWER, existing)
    await must_be_payable(tx, order, knobs)
    await must_be_free(tx, order, beside_insurance=beside_insurance)
    payer = await accounts.openid_for(tx, vault, by.account_id, by.channel)
    if payer is None:
        raise MethodUnknown(**app_names(by.channel))
    if existing is not None:
        again = await _again(tx, existing, knobs, who=f"account:{by.account_id}")
        return Begun(Next.PREPARE, again, _ask(order, again, payer))
    live = await records.live_attempt(tx, order_id)
    if live is not None:
        # Whose call is under way wins: taps that ended each other would leave nobody a cashier. A desk's code says
        # for itself that it is being collected.
        if live.method not in CODE_KINDS and _under_way(live, knobs):
            raise StillPreparing
        return Begun(Next.END_FIRST, live)
    made = await mint(tx, order, knobs=knobs, terms=terms, actor=Actor.account(by.account_id), key=key)
    return Begun(Next.PREPARE, made, _ask(order, made, payer))


async def must_be_payable(tx: Tx, order: Order, knobs: Knobs) -> None:
    """Raises `OrderPaidAlready`, `OrderEnded`, `OrderUnderReview` or `PaymentPaused`."""
    if order.state is OrderState.PAID:
        raise OrderPaidAlready
    if order.state is not OrderState.OPEN or order.overdue:
        raise OrderEnded
    if order.frozen:
        raise OrderUnderReview
    pause = knobs.get(settings.PAUSE)
    if pause.on:
        until = rules.within(await records.now(tx), pause.start, pause.end)
        if until is not None:
            raise PaymentPaused(reason_zh=pause.reason_zh, reason_en=pause.reason_en, until=f"{until:%H:%M}")


async def must_be_free(tx: Tx, order: Order, *, beside_insurance: bool) -> None:
    """Raises `InsuranceInHand` while an insurance may still settle, `OrderPaidAlready` when the own part has come."""
    leg = await legs.leg_of(tx, order.id)
    if leg is not None and leg.state in {LegState.AGREED, LegState.RETURNING} and not beside_insurance:
        raise InsuranceInHand
    if order.own_fen == 0 or await records.accepted_attempt(tx, order.id) is not None:
        raise OrderPaidAlready


def _under_way(row: Attempt, knobs: Knobs) -> bool:
    """Whether the call that prepares it may still be answered; one claimed longer ago lost its process."""
    return row.state is AttemptState.PREPARING and row.seconds_claimed < knobs.get(settings.PREPARING_SECONDS)


async def _again(tx: Tx, existing: Attempt, knobs: Knobs, *, who: str) -> Attempt:
    """The same tap came again and its number was not prepared: prepare the same number once more."""
    if _under_way(existing, knobs):
        raise StillPreparing
    if existing.state is AttemptState.UNKNOWN:
        await move(
            tx, ATTEMPT, existing.id, AttemptState.UNKNOWN, AttemptState.PREPARING, who=who, why="asked again, same key"
        )
    await records.claimed(tx, existing.id)
    await records.ask_in(tx, existing.id, knobs.get(settings.PREPARING_SECONDS))
    return await attempt(tx, existing.id)


async def mint(
    tx: Tx,
    order: Order,
    *,
    knobs: Knobs,
    terms: PayTerms,
    actor: Actor,
    key: str,
    lives_seconds: float | None = None,
) -> Attempt:
    """A new attempt of a locked order, claimed for a call. Raises `TooManyAttempts`."""
    seq = await records.count_attempts(tx, order.id) + 1
    if seq > knobs.get(settings.ATTEMPTS_MOST):
        raise TooManyAttempts
    made, now = new_id(), await records.now(tx)
    row = {
        "id": made,
        "order_id": order.id,
        "seq": seq,
        "idem_key": key,
        "amount_fen": order.own_fen,
        # What the patient reads in the channel's own bill is the order's number and two digits.
        "out_trade_no": f"{order.no}{seq:02d}",
        "expires_at": now + timedelta(seconds=lives_seconds)
        if lives_seconds
        else rules.trade_end(now, order.expires_at),
        "ask_in": knobs.get(settings.PREPARING_SECONDS),
        **msgspec.structs.asdict(terms),
    }
    await records.insert_attempt(tx, row)
    await audit.note(
        tx,
        actor=actor,
        action="payments.attempt_begun",
        subject_kind="order",
        subject=order.id,
        detail={"attempt": str(made), "channel": terms.channel, "amount_fen": order.own_fen},
    )
    return await attempt(tx, made)


def _ask(order: Order, row: Attempt, payer: str) -> PrepareAsk:
    return PrepareAsk(
        out_trade_no=row.out_trade_no,
        app_id=row.app_id,
        payer=payer,
        total_fen=row.amount_fen,
        description=order.title_zh[:MOST_TITLE],
        expires_at=row.expires_at,
    )


async def attempt(tx: Tx, attempt_id: UUID) -> Attempt:
    """One attempt. Raises `Absent`."""
    found = await records.attempt(tx, attempt_id)
    if found is None:
        raise Absent(f"attempt {attempt_id}")
    return found


async def lock(tx: Tx, attempt_id: UUID) -> tuple[Order, Attempt]:
    """The attempt with its order, locked in that order. Raises `Absent`."""
    found = await attempt(tx, attempt_id)
    order = await locked(tx, found.order_id)
    return order, await attempt(tx, attempt_id)


async def prepared(tx: Tx, attempt_id: UUID, token: str, *, knobs: Knobs) -> Attempt:
    """The channel gave its token. When the attempt has moved on meanwhile, the token is thrown away."""
    _, found = await lock(tx, attempt_id)
    if found.state is not AttemptState.PREPARING:
        return found
    await move(
        tx,
        ATTEMPT,
        attempt_id,
        AttemptState.PREPARING,
        AttemptState.PREPARED,
        who=f"channel:{found.channel}",
        why="token given",
        token=token,
    )
    await records.ask_in(tx, attempt_id, knobs.get(settings.ASK_FIRST_SECONDS))
    return await attempt(tx, attempt_id)


async def prepare_refused(tx: Tx, attempt_id: UUID, code: str) -> None:
    """The channel said no, or was never reached: nothing is open there."""
    _, found = await lock(tx, attempt_id)
    if found.state is AttemptState.PREPARING:
        await move(
            tx,
            ATTEMPT,
            attempt_id,
            AttemptState.PREPARING,
            AttemptState.FAILED,
            who=f"channel:{found.channel}",
            why=code,
            fault=code,
        )
        await records.ask_no_more(tx, attempt_id)


async def prepare_unknown(tx: Tx, attempt_id: UUID, *, knobs: Knobs) -> None:
    """No answer that can be trusted. The phone has no token, so nobody can pay it; it is asked about and ended."""
    _, found = await lock(tx, attempt_id)
    if found.state is AttemptState.PREPARING:
        await move(
            tx,
            ATTEMPT,
            attempt_id,
            AttemptState.PREPARING,
            AttemptState.UNKNOWN,
            who=f"channel:{found.channel}",
            why="no answer",
        )
        await records.ask_in(tx, attempt_id, knobs.get(settings.ASK_FIRST_SECONDS))


async def said_paid(tx: Tx, attempt_id: UUID, *, who: str) -> None:
    """The phone says that the patient has paid: a hint, shown as "being confirmed"."""
    _, found = await lock(tx, attempt_id)
    if found.state is AttemptState.PREPARED:
        await move(
            tx, ATTEMPT, attempt_id, AttemptState.PREPARED, AttemptState.PAYING, who=who, why="the phone says so"
        )


async def claim_close(tx: Tx, attempt_id: UUID, *, who: str, why: str, knobs: Knobs) -> Attempt:
    """Claim the end of an attempt at the channel. One that has ended is returned as it is."""
    _, found = await lock(tx, attempt_id)
    if found.state not in LIVE:
        return found
    if found.state is not AttemptState.CLOSING:
        await move(tx, ATTEMPT, attempt_id, found.state, AttemptState.CLOSING, who=who, why=why)
    await records.claimed(tx, attempt_id)
    await records.ask_in(tx, attempt_id, knobs.get(settings.ASK_FIRST_SECONDS))
    return await attempt(tx, attempt_id)


async def closed(tx: Tx, attempt_id: UUID, *, knobs: Knobs, fault: str | None = None) -> Attempt:
    """The channel will never take money for it now. It is looked at once more later, in case that was not true."""
    order, found = await lock(tx, attempt_id)
    if found.state not in LIVE:
        return found
    await move(
        tx,
        ATTEMPT,
        attempt_id,
        found.state,
        AttemptState.CLOSED,
        who=f"channel:{found.channel}",
        why=fault or "closed there",
        fault=fault,
    )
    await records.ask_in(tx, attempt_id, knobs.get(settings.LAST_LOOK_SECONDS))
    if order.frozen:
        await thaw(tx, order.id, "the attempt ended unpaid")
    return await attempt(tx, attempt_id)


async def absent(tx: Tx, attempt_id: UUID, *, knobs: Knobs) -> Attempt:
    """The channel knows no such number, and the claim on it is old: it was never made there."""
    _, found = await lock(tx, attempt_id)
    stale = found.seconds_claimed >= knobs.get(settings.PREPARING_SECONDS)
    if found.state is AttemptState.UNKNOWN or (found.state is AttemptState.PREPARING and stale):
        await move(
            tx,
            ATTEMPT,
            attempt_id,
            found.state,
            AttemptState.FAILED,
            who=f"channel:{found.channel}",
            why="unknown there",
            fault="absent",
        )
        await records.ask_in(tx, attempt_id, knobs.get(settings.LAST_LOOK_SECONDS))
        return await attempt(tx, attempt_id)
    if found.state is AttemptState.CLOSING:
        return await closed(tx, attempt_id, knobs=knobs, fault="absent")
    return found


async def looked(tx: Tx, attempt_id: UUID, *, knobs: Knobs) -> None:
    """An ended attempt was asked about: once its last look is old enough, it is left alone for good."""
    _, found = await lock(tx, attempt_id)
    if found.state not in LIVE and await records.ended_for(tx, attempt_id, knobs.get(settings.LAST_LOOK_SECONDS)):
        await records.ask_no_more(tx, attempt_id)


async def may_ask(tx: Tx, attempt_id: UUID, gap: float) -> bool:
    """Whether the phone's wish to know is to be passed on to the channel now."""
    return await records.may_ask(tx, attempt_id, gap)
