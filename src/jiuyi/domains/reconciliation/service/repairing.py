"""What is done about a difference: by the system at once, or by two people. Each act is a flow or a counter-entry."""

from uuid import UUID

import psycopg

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import AttemptState, KnownPayment, RefundState
from jiuyi.domains.reconciliation import rules
from jiuyi.domains.reconciliation.errors import ActNotAllowed, SamePerson
from jiuyi.domains.reconciliation.repository import items
from jiuyi.domains.reconciliation.service.axes import SYSTEM, move_item
from jiuyi.domains.reconciliation.types import (
    ACT_NAMES,
    FAULTS,
    INSURANCES,
    Act,
    Decision,
    Fault,
    Item,
    ItemState,
    Kind,
    Proposal,
)
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import NotFound

TRIES = 8


async def due(tx: Tx, most: int) -> list[UUID]:
    """Items on which something is to be done now."""
    return await items.take_due(tx, most)


async def item(tx: Tx, item_id: UUID) -> Item:
    """One item. Raises `Absent`."""
    return await items.item(tx, item_id)


async def claim(tx: Tx, item_id: UUID) -> Item | None:
    """Say that the system acts on it; None when there is nothing to do. A dead process's claim is taken over."""
    found = await items.lock(tx, item_id)
    if found.state is ItemState.FOUND:
        act = found.act or FAULTS[found.fault].automatic
        if act is None:
            await move_item(tx, found, ItemState.OPEN, why="待制单 for people", next_at=None)
            return None
        await move_item(tx, found, ItemState.MENDING, why=f"{ACT_NAMES[act][0]} {act.value}", act=act.value)
        return await items.item(tx, item_id)
    return found if found.state is ItemState.MENDING else None


async def done(tx: Tx, item_id: UUID, *, why: str, wait: bool) -> None:
    """The act was carried out. `wait`: its effect is still to be seen."""
    found = await items.lock(tx, item_id)
    if found.state is not ItemState.MENDING:
        return
    now = await items.now(tx)
    if wait:
        await move_item(tx, found, ItemState.WAITING, why=why, acted_at=now)
        await items.next_at(tx, item_id, 60)
    else:
        await move_item(tx, found, ItemState.SETTLED, why=why, acted_at=now, settled_at=now, next_at=None)


async def to_people(tx: Tx, item_id: UUID, *, why: str) -> None:
    """The system can do nothing more: a maker has to propose something."""
    found = await items.lock(tx, item_id)
    if found.state in {ItemState.MENDING, ItemState.WAITING, ItemState.FOUND}:
        await move_item(tx, found, ItemState.OPEN, why=why, next_at=None, act=None)


async def not_now(tx: Tx, item_id: UUID, *, why: str) -> None:
    """The other side does not answer: again later by the backoff, and to people after `TRIES`."""
    found = await items.lock(tx, item_id)
    if found.state is ItemState.MENDING and found.tries >= TRIES:
        await to_people(tx, item_id, why=why)


async def refund_patient(tx: Tx, item_id: UUID, *, why: str) -> None:
    """Promise the patient the money back by payments' own flow; its key makes it happen once. Raises `Problem`."""
    found = await items.lock(tx, item_id)
    fen = rules.refund_fen(found.channel_fen, found.ours_fen, found.his_fen, found.fault)
    if found.order_id is None or fen <= 0:
        raise ActNotAllowed
    if found.channel in INSURANCES:
        # With an insurance all goes back or nothing: the insurance's part first, then the patient's.
        fen = (await payments.order(tx, found.order_id)).left_fen
    await payments.request_refund(
        tx, found.order_id, fen, "对账退回", f"{found.no}: {why}", key=f"reconciliation:{found.id}"
    )
    if found.state is ItemState.MENDING:
        await move_item(tx, found, ItemState.WAITING, why=why, act=Act.REFUND.value, acted_at=await items.now(tx))
        await items.next_at(tx, item_id, 60)


async def return_suspended(tx: Tx, item_id: UUID, *, why: str, knobs: Knobs) -> None:
    """Have money that waits in suspense sent back by payments' own flow. Raises `Problem`."""
    found = await items.lock(tx, item_id)
    if found.attempt_id is None:
        raise ActNotAllowed
    await payments.return_suspended(tx, found.attempt_id, actor=SYSTEM, why=f"{found.no}: {why}", knobs=knobs)
    if found.state is ItemState.MENDING:
        await move_item(tx, found, ItemState.WAITING, why=why, acted_at=await items.now(tx))
        await items.next_at(tx, item_id, 60)


async def attempts_of(tx: Tx, found: Item) -> list[KnownPayment]:
    """The attempts, or the insurance legs, that an item can mean."""
    if found.channel in INSURANCES:
        legs = await payments.known_legs(
            tx,
            numbers=[found.transaction_id],
            ids=[found.attempt_id] if found.attempt_id else [],
            order_nos=[found.order_no] if found.order_no else [],
        )
        return [leg for leg in legs if found.attempt_id in {None, leg.attempt_id}]
    return await payments.known_payments(
        tx,
        found.channel,
        trade_nos=[found.trade_no] if found.trade_no else [],
        transactions=[found.transaction_id],
        order_nos=[found.order_no] if found.order_no else [],
    )


async def look_again(tx: Tx, item_id: UUID) -> None:
    """Settle an item whose effect can be seen in our own books: money that was to go back has gone back."""
    found = await items.lock(tx, item_id)
    if found.state is not ItemState.WAITING or (found.kind is Kind.REFUND and found.act is not Act.REFUND):
        return
    returning = found.act in {Act.REFUND, Act.RETURN} or FAULTS[found.fault].done_by_system
    if not returning:
        return
    fen = rules.refund_fen(found.channel_fen, found.ours_fen, found.his_fen, found.fault)
    known = [one for one in await attempts_of(tx, found) if one.attempt_id == found.attempt_id]
    # An earlier part that has gone back is not this one: all that was promised must have.
    if any(one.returned_fen >= max(fen, one.promised_fen) for one in known):
        now = await items.now(tx)
        await move_item(
            tx, found, ItemState.SETTLED, why="已原路退回 returned to the payer", settled_at=now, next_at=None
        )


async def is_paid(tx: Tx, attempt_id: UUID, found: Item) -> bool:
    """Whether our books have the attempt as paid now."""
    return any(one.attempt_id == attempt_id and one.state is AttemptState.PAID for one in await attempts_of(tx, found))


async def leg_is_returned(tx: Tx, found: Item) -> bool:
    """Whether our books have the insurance's part as taken back now."""
    return any(leg.returned_fen > 0 for leg in await attempts_of(tx, found))


async def refund_is_done(tx: Tx, found: Item) -> bool:
    """Whether our books have the refund as done now."""
    known = await payments.known_refunds(tx, [found.refund_no] if found.refund_no else [])
    return any(one.state is RefundState.DONE for one in known)


async def is_promised(tx: Tx, found: Item) -> RefundState | None:
    """Where a refund stands that is what the HIS alone knew of; None when no other is.

    That is one of the same sum, promised since the difference was found; an older one has its own line.
    """
    if found.fault is not Fault.REFUND_HIS_ONLY or found.order_id is None:
        return None
    fen = rules.refund_fen(found.channel_fen, found.ours_fen, found.his_fen, found.fault)
    since = [one for one in await payments.refunds_of(tx, found.order_id) if one.requested_at >= found.found_at]
    return next((one.state for one in since if one.amount_fen == fen), None)


# Two people ----------------------------------------------------------------------------------------------------------


async def propose(tx: Tx, item_id: UUID, act: Act, why: str, *, maker: Actor) -> Proposal:
    """A maker proposes what is to be done. Raises `ActNotAllowed`."""
    found = await items.lock(tx, item_id)
    if found.state is not ItemState.OPEN or not rules.may_choose(found.fault, act):
        raise ActNotAllowed
    made = new_id()
    await items.propose(tx, {"id": made, "item_id": item_id, "act": act.value, "why": why, "maker": maker.word})
    await move_item(tx, found, ItemState.PROPOSED, why=why, who=maker.word, act=act.value)
    await _note(tx, maker, "reconciliation.proposed", found, act)
    return await _proposal(tx, made)


async def decide(tx: Tx, proposal_id: UUID, verdict: Decision, why: str, *, by: Actor) -> Proposal:
    """The checker approves or returns it; the maker may withdraw it. Raises `SamePerson`, `ActNotAllowed`, `NotFound`.

    That maker and checker are two people is also a constraint of the database (`maker_is_not_checker`).
    """
    proposal = await _proposal(tx, proposal_id)
    found = await items.lock(tx, proposal.item_id)
    if found.state is not ItemState.PROPOSED or proposal.verdict is not None:
        raise ActNotAllowed
    row = {
        "proposal_id": proposal_id,
        "maker": proposal.maker,
        "verdict": verdict.value,
        "checker": by.word,
        "why": why,
    }
    try:
        await items.decide(tx, row)
    except psycopg.errors.CheckViolation as error:
        raise SamePerson from error
    await _note(tx, by, f"reconciliation.{verdict.value}", found, proposal.act)
    if verdict is not Decision.APPROVED:
        await move_item(tx, found, ItemState.OPEN, why=why, who=by.word, act=None)
    elif proposal.act is Act.EXPLAIN:
        now = await items.now(tx)
        await move_item(tx, found, ItemState.SETTLED, why=proposal.why, who=by.word, settled_at=now, next_at=None)
    else:
        await move_item(tx, found, ItemState.MENDING, why=proposal.why, who=by.word, tries=0)
        await items.next_at(tx, found.id, 0)
    return await _proposal(tx, proposal_id)


async def _proposal(tx: Tx, proposal_id: UUID) -> Proposal:
    found = await items.proposal(tx, proposal_id)
    if found is None:
        raise NotFound
    return found


async def _note(tx: Tx, actor: Actor, action: str, found: Item, act: Act) -> None:
    detail = {"no": found.no, "act": act.value, "fault": found.fault.value}
    await audit.note(
        tx, actor=actor, action=action, subject_kind="reconciliation_item", subject=found.id, detail=detail
    )
