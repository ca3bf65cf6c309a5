"""Money that arrives: compared fact by fact, booked once, and sent back by itself when it should not have come."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from jiuyi.domains.accounts.types import Channel
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.notifications import service as notifications
from jiuyi.domains.payments import rules, settings
from jiuyi.domains.payments.events import OrderPaid, OwnPartPaid, PaymentReturned
from jiuyi.domains.payments.repository import ledger, legs, records
from jiuyi.domains.payments.service.alarms import raise_alarm
from jiuyi.domains.payments.service.attempts import ATTEMPT, attempt, closed, lock
from jiuyi.domains.payments.service.orders import ORDER, freeze, locked, thaw
from jiuyi.domains.payments.service.refunds import give_back
from jiuyi.domains.payments.types import (
    LIVE,
    Attempt,
    AttemptState,
    Cause,
    LegState,
    Order,
    OrderState,
    Trade,
    TradeState,
    Verdict,
)
from jiuyi.kit import inbox
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import correct, move

ASK = "payments.ask"
"""The job that asks the channel about one attempt."""
_ASK_AFTER_SECONDS = 5.0


async def payment_notice(tx: Tx, notice_id: UUID, *, channels: Mapping[str, str], knobs: Knobs) -> None:
    """Work on a verified notice of a payment (`channels`: inbox system → channel).

    What does not fit freezes the order; then the channel is asked.
    """
    notice = await inbox.read(tx, notice_id)
    if notice.handled:
        return
    channel = channels[notice.system]
    trade = msgspec.convert(notice.data, Trade)
    found = await records.attempt_by_no(tx, channel, trade.out_trade_no)
    if found is None:
        await raise_alarm(tx, "stranger", "notice", notice.id, channel=channel)
        await inbox.mark_handled(tx, notice.id)
        return
    order, found = await lock(tx, found.id)
    faults = rules.faults_of_trade(found, trade) if trade.state is TradeState.PAID else ["trade_state"]
    if not faults:
        await heard(tx, found.id, trade, who=f"notice:{channel}", knobs=knobs)
    elif found.state is AttemptState.PAID:
        await raise_alarm(tx, "mismatch", "attempt", found.id, why=",".join(faults))
    else:
        await freeze(tx, order, f"notice: {','.join(faults)}")
        await tx.defer(ASK, attempt_id=str(found.id), key=f"payments:{found.id}")
    await inbox.mark_handled(tx, notice.id)


async def heard(tx: Tx, attempt_id: UUID, trade: Trade, *, who: str, knobs: Knobs) -> Attempt:
    """Take a word that may be older than what we know: a notice, or the answer that a desk's code got at last.

    What may have been given back since it was said is asked about, and the answer counts.
    """
    _, found = await lock(tx, attempt_id)
    if trade.state is TradeState.PAID and rules.may_be_undone(found, None):
        await tx.defer(ASK, delay_seconds=_ASK_AFTER_SECONDS, attempt_id=str(found.id), key=f"payments:{found.id}")
        return found
    return await arrived(tx, attempt_id, trade, who=who, knobs=knobs)


async def arrived(
    tx: Tx, attempt_id: UUID, trade: Trade, *, who: str, knobs: Knobs, asked: Attempt | None = None
) -> Attempt:
    """Take the channel's signed word about an attempt. The same word twice changes nothing.

    `asked` is the attempt as it stood before the channel was asked: money that a reversal may have given back since
    is not booked, but left to whoever reverses.
    """
    order, found = await lock(tx, attempt_id)
    if trade.state is TradeState.PAID:
        if found.state is AttemptState.PAID:
            if trade.transaction_id != found.transaction_id:
                await raise_alarm(tx, "second_transaction", "attempt", found.id)
            return found
        if rules.may_be_undone(found, asked):
            return found
        return await _paid(tx, order, found, trade, who=who, knobs=knobs)
    if trade.state is TradeState.CLOSED and found.state in LIVE:
        return await closed(tx, attempt_id, knobs=knobs)
    if found.state is AttemptState.PAID and trade.state is TradeState.CLOSED:
        # That it is waited for, or not known, was simply said before it was paid.
        await raise_alarm(tx, "paid_and_gone", "attempt", found.id, state=trade.state.value)
    return found


async def _paid(tx: Tx, order: Order, found: Attempt, trade: Trade, *, who: str, knobs: Knobs) -> Attempt:
    faults = rules.faults_of_trade(found, trade)
    if faults and not rules.bookable(found, trade):
        await freeze(tx, order, f"answer: {','.join(faults)}")
        return found
    standing = await records.accepted_attempt(tx, order.id)
    verdict = rules.verdict(order, found, faults, own_paid=standing is not None)
    mover = move if found.state in LIVE else correct
    await mover(
        tx,
        ATTEMPT,
        found.id,
        found.state,
        AttemptState.PAID,
        who=who,
        why=verdict.value,
        transaction_id=trade.transaction_id,
        paid_fen=trade.total_fen,
        paid_at=trade.paid_at,
        verdict=verdict.value,
        fault=",".join(faults) or None,
    )
    await records.ask_no_more(tx, found.id)
    paid = await attempt(tx, found.id)
    if verdict is Verdict.MISMATCH:
        await _suspend(tx, order, paid, faults)
    else:
        await _book(tx, order, paid, verdict, knobs)
    return paid


async def _suspend(tx: Tx, order: Order, paid: Attempt, faults: list[str]) -> None:
    """Money that does not fit waits in suspense; people decide."""
    odd = rules.legs_mismatched(paid.channel, paid.paid_fen or 0)
    await ledger.post(tx, "mismatched", odd, order_id=order.id, attempt_id=paid.id)
    await freeze(tx, order, f"answer: {','.join(faults)}")


async def _book(tx: Tx, order: Order, paid: Attempt, verdict: Verdict, knobs: Knobs) -> None:
    fen = paid.paid_fen or 0
    await ledger.post(tx, "paid", rules.legs_paid(paid.channel, fen), order_id=order.id, attempt_id=paid.id)
    await audit.note(
        tx,
        actor=Actor.system("payments"),
        action="payments.paid",
        subject_kind="order",
        subject=order.id,
        detail={"attempt": str(paid.id), "amount_fen": fen, "verdict": verdict.value},
    )
    if paid.account_channel == Channel.ALIPAY_MINI and paid.transaction_id:
        # Who has just paid in a mini program may be written to there.
        await notifications.permit(tx, knobs, order.account_id, Channel.ALIPAY_MINI, paid.transaction_id)
    if verdict is Verdict.ACCEPTED:
        await earn_if_whole(tx, order.id, who=f"channel:{paid.channel}")
        return
    await _return(tx, order, paid, Cause(verdict.value), knobs)


async def earn_if_whole(tx: Tx, order_id: UUID, *, who: str) -> None:
    """When every leg of the order is in, it is paid: earned, and `OrderPaid` published. Else it waits."""
    order, own, leg = await locked(tx, order_id), await records.accepted_attempt(tx, order_id), None
    if order.insurance_fen > 0:
        leg = await legs.leg_of(tx, order_id)
    if order.insurance_fen > 0 and (leg is None or leg.state is not LegState.PAID):
        if own is not None and leg is not None:
            await tx.emit(OwnPartPaid(order_id=str(order_id), leg_id=str(leg.id)))
        return
    if own is None and order.own_fen > 0:
        return
    if own is not None:
        fen = rules.legs_earned(own.paid_fen or 0)
        await ledger.post(tx, "earned", fen, order_id=order_id, attempt_id=own.id)
    if leg is not None:
        await ledger.post(tx, "earned", rules.legs_insured_earned(leg.shares), order_id=order_id, leg_id=leg.id)
    ended = await records.now(tx)
    await move(tx, ORDER, order_id, order.state, OrderState.PAID, who=who, why="paid in full", ended_at=ended)
    if order.frozen:
        await thaw(tx, order_id, "the channel's answer fits")
    await tx.emit(OrderPaid(order_id=str(order_id), subject_kind=order.subject_kind, subject_id=str(order.subject_id)))


async def _return(tx: Tx, order: Order, paid: Attempt, cause: Cause, knobs: Knobs) -> None:
    """Money that should not have come goes back without anybody asking."""
    texts = knobs.get(settings.REFUND_TEXTS)
    reason = getattr(texts, f"{cause.value}_zh")
    refund = await give_back(
        tx, order, paid, cause=cause, amount_fen=paid.paid_fen or 0, reason=reason, why=cause.value, key=f"{paid.id}"
    )
    await tx.emit(
        PaymentReturned(
            order_id=str(order.id),
            refund_id=str(refund.id),
            subject_kind=order.subject_kind,
            subject_id=str(order.subject_id),
            cause=cause.value,
        )
    )
