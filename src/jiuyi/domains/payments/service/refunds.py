"""Refunds: promised once, sent under one number, and done only when the channel says so."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments import rules, settings
from jiuyi.domains.payments.errors import InsuredRefundWhole, RefundNotPossible, RefundTooMuch
from jiuyi.domains.payments.events import RefundDone, RefundFailed
from jiuyi.domains.payments.repository import ledger, legs, records
from jiuyi.domains.payments.service.alarms import raise_alarm, raise_once
from jiuyi.domains.payments.service.attempts import attempt
from jiuyi.domains.payments.service.orders import locked, thaw
from jiuyi.domains.payments.service.returning import ask_back
from jiuyi.domains.payments.types import (
    REFUND_GRAPH,
    Attempt,
    Cause,
    GivenBack,
    GivenBackState,
    LegState,
    Order,
    OrderState,
    Refund,
    RefundAsk,
    RefundState,
    Verdict,
)
from jiuyi.kit import inbox
from jiuyi.kit.db import Absent, Tx
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import Axis, move

REFUND = Axis("payments", "refund", "state", REFUND_GRAPH)
SEND = "payments.send_refund"
"""The job that sends one refund."""
CLOSED_FAULT = "closed"
_SOON = 1.0
_ABNORMAL_ASK_SECONDS = 6 * 3600.0
_IN_HAND = frozenset({RefundState.SENDING, RefundState.UNKNOWN})


async def request_refund(
    tx: Tx, order_id: UUID, amount_fen: int, reason: str, why: str, *, key: str = "whole"
) -> Refund | None:
    """Promise money of a paid order back and have it sent after the commit.

    `reason` (at most 80 bytes go to the channel) is shown to the patient; `why` is for the audit log. The same `key`
    is the same refund: asked twice, promised once. Of an order settled with an insurance everything goes back or
    nothing: the insurance's part first, then the refund that is returned; None when the patient had paid nothing.
    Raises `RefundNotPossible`, `RefundTooMuch` and `InsuredRefundWhole`.
    """
    order = await locked(tx, order_id)
    existing = await records.refund_by_key(tx, order_id, key)
    if existing is not None:
        return existing
    paid, leg = await records.accepted_attempt(tx, order_id), await legs.leg_of(tx, order_id)
    if order.state is not OrderState.PAID or (paid is None and leg is None):
        raise RefundNotPossible
    if leg is not None and leg.cause is Cause.ASKED:
        return None
    if not 0 < amount_fen <= order.left_fen:
        raise RefundTooMuch
    if leg is not None and leg.state is LegState.PAID:
        if amount_fen != order.left_fen:
            raise InsuredRefundWhole
        await ask_back(tx, order, leg, why=why)
        amount_fen = paid.paid_fen or 0 if paid else 0
    if paid is None:
        return None
    return await give_back(tx, order, paid, cause=Cause.ASKED, amount_fen=amount_fen, reason=reason, why=why, key=key)


async def return_suspended(tx: Tx, attempt_id: UUID, *, actor: Actor, why: str, knobs: Knobs) -> Refund:
    """Have money that did not fit its order sent back; decided by people. Asked twice, sent once.

    Raises `RefundNotPossible` when the attempt holds no such money.
    """
    order = await locked(tx, (await attempt(tx, attempt_id)).order_id)
    paid = await attempt(tx, attempt_id)
    if paid.verdict is not Verdict.MISMATCH:
        raise RefundNotPossible
    existing = await records.refund_by_key(tx, order.id, str(paid.id))
    if existing is not None:
        return existing
    made = await give_back(
        tx,
        order,
        paid,
        cause=Cause.MISMATCH,
        amount_fen=paid.paid_fen or 0,
        reason=knobs.get(settings.REFUND_TEXTS).mismatch_zh,
        why=f"{actor.word}: {why}",
        key=str(paid.id),
    )
    await thaw(tx, order.id, "what did not fit is sent back")
    return made


async def give_back(
    tx: Tx, order: Order, paid: Attempt, *, cause: Cause, amount_fen: int, reason: str, why: str, key: str
) -> Refund:
    """Write a refund of one attempt with its posting, and defer its sending. The order is locked by the caller."""
    made = new_id()
    row: dict[str, Any] = {
        "id": made,
        "no": number_from("R", made),
        "order_id": order.id,
        "attempt_id": paid.id,
        "key": key,
        "cause": cause.value,
        "amount_fen": amount_fen,
        "reason": reason,
        "why": why,
    }
    await records.insert_refund(tx, row)
    asked = rules.legs_refund_asked(cause, amount_fen)
    await ledger.post(tx, "refund_asked", asked, order_id=order.id, attempt_id=paid.id, refund_id=made)
    await audit.note(
        tx,
        actor=Actor.system("payments"),
        action="payments.refund_asked",
        subject_kind="order",
        subject=order.id,
        detail={"refund": str(made), "amount_fen": amount_fen, "cause": cause.value, "why": why},
    )
    await tx.defer(SEND, refund_id=str(made), key=f"payments:{made}")
    return await refund(tx, made)


async def refund(tx: Tx, refund_id: UUID) -> Refund:
    """One refund. Raises `Absent`."""
    found = await records.refund(tx, refund_id)
    if found is None:
        raise Absent(f"refund {refund_id}")
    return found


async def refunds_of(tx: Tx, order_id: UUID) -> list[Refund]:
    """The refunds of an order, oldest first."""
    return await records.refunds_of(tx, [order_id])


async def _lock(tx: Tx, refund_id: UUID) -> tuple[Order, Attempt, Refund]:
    found = await refund(tx, refund_id)
    order = await locked(tx, found.order_id)
    return order, await attempt(tx, found.attempt_id), await refund(tx, refund_id)


async def claim_send(
    tx: Tx, refund_id: UUID, *, knobs: Knobs, first: bool = False, again: bool = False
) -> RefundAsk | None:
    """Claim the sending of a refund; None when it is not to be sent now.

    `first`: only if it was never sent (what is to be sent again waits for the sweeper's time). `again`: the channel
    was asked and knows no such number, so an unknown one goes out once more, same number.
    """
    order, paid, found = await _lock(tx, refund_id)
    if again and found.state is RefundState.SENDING:
        await _move(tx, found, RefundState.UNKNOWN, why="no answer was recorded")
        found = await refund(tx, refund_id)
    wanted = RefundState.UNKNOWN if again else RefundState.REQUESTED
    if found.state is not wanted or (first and found.tries > 0):
        return None
    leg = await legs.leg_of(tx, order.id)
    if found.cause is Cause.ASKED and leg is not None and leg.state is LegState.RETURNING:
        # The insurance's part first: the patient's own part waits until the insurance has taken it back.
        await records.try_in(tx, refund_id, knobs.get(settings.REFUND_RETRY_SECONDS))
        return None
    over = await _past_limits(tx, paid, knobs)
    if over and found.state is RefundState.REQUESTED:
        await _failed(tx, order, found, over)
        return None
    wait = await records.seconds_to_next_refund(tx, found, knobs.get(settings.REFUND_GAP_SECONDS))
    if wait > 0:
        await records.try_in(tx, refund_id, wait + _SOON)
        return None
    await _move(tx, found, RefundState.SENDING, why="sent")
    await records.sent(tx, refund_id, knobs.get(settings.PREPARING_SECONDS))
    return RefundAsk(
        out_refund_no=found.out_refund_no,
        out_trade_no=paid.out_trade_no,
        transaction_id=paid.transaction_id or "",
        refund_fen=found.amount_fen,
        total_fen=paid.paid_fen or 0,
        reason=found.reason,
    )


async def _past_limits(tx: Tx, paid: Attempt, knobs: Knobs) -> str | None:
    """Why the channel would take no refund of this payment any more (docs/rules.md, refunds), or None."""
    age = await records.now(tx) - (paid.paid_at or paid.claimed_at)
    if age.days >= knobs.get(settings.REFUND_DAYS):
        return "too_old"
    if await records.count_refunds(tx, paid.id) > knobs.get(settings.REFUND_PARTS):
        return "too_many_parts"
    return None


async def given_back(
    tx: Tx, refund_id: UUID, said: GivenBack, *, who: str, knobs: Knobs, complete: bool = False
) -> Refund:
    """Take the channel's signed word about a refund. `complete`: a notice, in which every fact must be present."""
    order, paid, found = await _lock(tx, refund_id)
    if found.state is RefundState.DONE:
        return found
    if said.state is GivenBackState.ABSENT:
        if found.state is RefundState.PENDING:
            await raise_once(tx, "refund_gone", "refund", found.id)
        return found
    if said.state is GivenBackState.UNSEEN:
        return found
    faults = rules.faults_of_refund(found, paid, said, complete=complete)
    if faults:
        await raise_alarm(tx, "refund_mismatch", "refund", found.id, why=",".join(faults))
        await records.try_in(tx, refund_id, knobs.get(settings.REFUND_ASK_SECONDS))
        return found
    if found.state is RefundState.REQUESTED:
        # The channel has it although we hold that nothing was sent: our "not sent" was wrong.
        await _move(tx, found, RefundState.SENDING, who=who, why="the channel has it")
        found = await refund(tx, refund_id)
    if said.state is GivenBackState.SUCCESS:
        await _done(tx, order, found, paid, said, who)
    elif said.state is GivenBackState.PROCESSING:
        if found.state in {RefundState.SENDING, RefundState.UNKNOWN, RefundState.FAILED}:
            await _move(
                tx, found, RefundState.PENDING, who=who, why="accepted", channel_refund_id=said.refund_id, fault=None
            )
            await records.try_in(tx, refund_id, knobs.get(settings.REFUND_ASK_SECONDS))
    elif found.state is not RefundState.FAILED:
        await _failed(tx, order, found, said.state.value, who=who)
    return await refund(tx, refund_id)


async def refund_refused(tx: Tx, refund_id: UUID, code: str) -> None:
    """The channel said no for good: people must act."""
    order, _, found = await _lock(tx, refund_id)
    if found.state in _IN_HAND:
        await _failed(tx, order, found, code)


async def refund_not_sent(tx: Tx, refund_id: UUID, code: str, seconds: float) -> None:
    """Nothing was done (no connection, balance too low): the same number again in `seconds`."""
    _, _, found = await _lock(tx, refund_id)
    if found.state is RefundState.SENDING:
        await _move(tx, found, RefundState.REQUESTED, why=code, fault=code)
        await records.try_in(tx, refund_id, seconds)
        if code == "balance_short":
            await raise_alarm(tx, code, "refund", found.id, amount_fen=found.amount_fen)


async def refund_unknown(tx: Tx, refund_id: UUID, seconds: float) -> None:
    """No answer that can be trusted: ask with the same number in `seconds`."""
    _, _, found = await _lock(tx, refund_id)
    if found.state is RefundState.SENDING:
        await _move(tx, found, RefundState.UNKNOWN, why="no answer")
        await records.try_in(tx, refund_id, seconds)


async def retry_refund(tx: Tx, refund_id: UUID, *, actor: Actor, why: str) -> Refund:
    """Have the sweeper send a failed refund again: same number, unless the channel closed it."""
    order, _, found = await _lock(tx, refund_id)
    if found.state is not RefundState.FAILED:
        return found
    if found.fault == CLOSED_FAULT:
        await records.renumber(tx, refund_id, f"{found.no}{found.tries + 1:02d}")
    await _move(tx, found, RefundState.REQUESTED, who=actor.word, why=why)
    await audit.note(
        tx,
        actor=actor,
        action="payments.refund_retried",
        subject_kind="order",
        subject=order.id,
        detail={"refund": str(refund_id), "why": why},
    )
    await records.try_in(tx, refund_id, _SOON)
    return await refund(tx, refund_id)


async def refund_notice(tx: Tx, notice_id: UUID, *, channels: Mapping[str, str], knobs: Knobs) -> None:
    """Work on a verified notice of a refund (`channels`: inbox system → channel). A number not ours raises an alarm."""
    notice = await inbox.read(tx, notice_id)
    if notice.handled:
        return
    channel = channels[notice.system]
    said = msgspec.convert(notice.data, GivenBack)
    found = await records.refund_by_out_no(tx, said.out_refund_no)
    if found is None:
        await raise_alarm(tx, "stranger", "notice", notice.id, channel=channel)
    elif said.refund_fen is None:
        await _hinted(tx, found.id, said)
    else:
        await given_back(tx, found.id, said, who=f"notice:{channel}", knobs=knobs, complete=True)
    await inbox.mark_handled(tx, notice.id)


async def _hinted(tx: Tx, refund_id: UUID, said: GivenBack) -> None:
    """The channel's notices do not tell this refund's amount: it is asked, and its answer counts.

    One that does not name the payment either (UnionPay) is compared in what it does tell.
    """
    _, paid, found = await _lock(tx, refund_id)
    told = msgspec.structs.replace(said, refund_fen=found.amount_fen)
    faults = rules.faults_of_refund(found, paid, told, complete=said.out_trade_no is not None)
    if faults:
        await raise_alarm(tx, "refund_mismatch", "refund", found.id, why=",".join(faults))
    if found.state is not RefundState.DONE:
        await tx.defer(SEND, refund_id=str(found.id), key=f"payments:{found.id}")


async def _done(tx: Tx, order: Order, found: Refund, paid: Attempt, said: GivenBack, who: str) -> None:
    await _move(
        tx,
        found,
        RefundState.DONE,
        who=who,
        why="given back",
        channel_refund_id=said.refund_id,
        done_at=said.done_at or await records.now(tx),
        fault=None,
    )
    await records.try_no_more(tx, found.id)
    back = rules.legs_refunded(paid.channel, found.cause, found.amount_fen)
    await ledger.post(tx, "refunded", back, order_id=order.id, attempt_id=paid.id, refund_id=found.id)
    await _note(tx, order, found, "payments.refund_done")
    await tx.emit(RefundDone(**_facts(order, found)))


async def _failed(tx: Tx, order: Order, found: Refund, fault: str, *, who: str = "payments") -> None:
    await _move(tx, found, RefundState.FAILED, who=who, why=fault, fault=fault)
    if fault == GivenBackState.ABNORMAL.value:
        # The channel's desk may still solve it: look four times a day.
        await records.try_in(tx, found.id, _ABNORMAL_ASK_SECONDS)
    else:
        await records.try_no_more(tx, found.id)
    await raise_alarm(tx, "refund_failed", "refund", found.id, fault=fault, amount_fen=found.amount_fen)
    await _note(tx, order, found, "payments.refund_failed")
    await tx.emit(RefundFailed(**_facts(order, found)))


def _facts(order: Order, found: Refund) -> dict[str, str]:
    return {
        "order_id": str(order.id),
        "refund_id": str(found.id),
        "subject_kind": order.subject_kind,
        "subject_id": str(order.subject_id),
        "cause": found.cause.value,
    }


async def _note(tx: Tx, order: Order, found: Refund, action: str) -> None:
    await audit.note(
        tx,
        actor=Actor.system("payments"),
        action=action,
        subject_kind="order",
        subject=order.id,
        detail={"refund": str(found.id), "amount_fen": found.amount_fen, "cause": found.cause.value},
    )


async def _move(tx: Tx, found: Refund, target: RefundState, *, why: str, who: str = "payments", **columns: Any) -> None:
    await move(tx, REFUND, found.id, found.state, target, who=who, why=why, **columns)
