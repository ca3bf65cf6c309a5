"""The steps of a settlement between its calls: claim before, record after. Flows call out between two of these."""

from typing import Any
from uuid import UUID

from jiuyi.domains.insurance import repository, rules, settings
from jiuyi.domains.insurance.errors import PresettlementOver, SettlementEnded, StillSettling
from jiuyi.domains.insurance.service import axis, sealing
from jiuyi.domains.insurance.service.opening import must_be_payable
from jiuyi.domains.insurance.service.tasks import end_task, open_task
from jiuyi.domains.insurance.types import (
    ENDED,
    Announced,
    Bill,
    Consent,
    Found,
    Insured,
    Settlement,
    SettlementState,
    Split,
    TaskKind,
)
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import LegState, Order, OrderState, Shares
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import number_from
from jiuyi.kit.knobs import Knobs

_S = SettlementState
NO_ANSWER = "no_answer"
CALLED_OFF = "called_off"
TELLING = "telling"
"""The payer was told to settle, and may hear it later than we hope."""


async def claim_presettle(tx: Tx, settlement_id: UUID, *, who: str, knobs: Knobs) -> Settlement:
    """Claim the calls that end in a split: after the consent, or once more after no answer.

    The caller went through the settlement's door. Raises `SettlementEnded`, `StillSettling`, and what keeps the order
    from being paid.
    """
    row = await axis.locked(tx, settlement_id)
    must_be_payable(await payments.order(tx, row.order_id))
    if row.state is _S.AUTHORISING:
        row = await axis.step(tx, row, _S.PRESETTLING, why="the patient consented", who=who)
    elif row.state is _S.PRESETTLING:
        if row.fault != NO_ANSWER and row.seconds_claimed < knobs.get(settings.CLAIM_SECONDS):
            raise StillSettling
    elif row.state in ENDED or row.state is _S.DROPPING:
        raise SettlementEnded
    else:
        return row
    await repository.claim(tx, row.id)
    await repository.ask_in(tx, row.id, knobs.get(settings.CLAIM_SECONDS))
    return await axis.read(tx, row.id)


async def no_answer(tx: Tx, settlement_id: UUID) -> None:
    """A call before the split was not answered: nothing is charged, the patient may try again."""
    row = await axis.locked(tx, settlement_id)
    if row.state is _S.PRESETTLING:
        await repository.claim(tx, row.id, NO_ANSWER)


async def keep_consent(tx: Tx, vault: Vault, settlement_id: UUID, consent: Consent) -> None:
    """The consent is single-use: it is kept before anything else is asked with it."""
    facts: dict[str, Any] = {
        "insured": None,
        "proof": sealing.seal_consent(vault, consent),
        "place": None,
        "scheme": None,
        "visit_no": None,
        "visit_kind": (await axis.read(tx, settlement_id)).visit_kind.value,
        "disease_code": None,
    }
    await repository.keep_person(tx, settlement_id, facts)


async def keep_insured(
    tx: Tx, vault: Vault, settlement_id: UUID, insured: Insured, consent: Consent, bill: Bill, visit_id: str
) -> None:
    """Who is insured and the visit's number, before the bill is told."""
    facts = {
        "insured": sealing.seal_insured(vault, insured),
        "proof": sealing.seal_consent(vault, consent),
        "place": insured.place,
        "scheme": insured.scheme,
        "visit_no": visit_id,
        "visit_kind": bill.kind.value,
        "disease_code": bill.disease_code,
    }
    await repository.keep_person(tx, settlement_id, facts)


async def keep_announced(tx: Tx, settlement_id: UUID, announced: Announced) -> None:
    """The insurance's number, before the split is asked for."""
    await repository.keep(tx, settlement_id, centre_no=announced.centre_no, centre_token=announced.token)


async def presettled(tx: Tx, settlement_id: UUID, split: Split, bill: Bill, *, knobs: Knobs) -> Settlement:
    """The split is known: it is shown, and may be agreed to for a while."""
    row = await axis.locked(tx, settlement_id)
    if row.state is not _S.PRESETTLING:
        return row
    minutes = knobs.get(settings.VALID_MINUTES)
    row = await axis.step(
        tx,
        row,
        _S.PRESETTLED,
        why="split",
        pooled_fen=split.pooled_fen,
        personal_account_fen=split.personal_account_fen,
        other_fen=split.other_fen,
        own_fen=split.own_fen,
        why_not=repository.why_json(rules.why_own(bill, split)),
        presettled_at=await repository.in_minutes(tx, 0),
        valid_until=await repository.in_minutes(tx, minutes),
        fault=None,
    )
    await repository.ask_in(tx, row.id, minutes * 60 + 1)
    return row


async def refuse(tx: Tx, settlement_id: UUID, *, fault: str, reason: str) -> Settlement:
    """The insurance said no before anything was agreed. What it was told of the bill is withdrawn first."""
    row = await axis.locked(tx, settlement_id)
    if row.state in {_S.AUTHORISING, _S.PRESETTLING}:
        told = row.centre_no is not None
        row = await axis.step(
            tx, row, _S.DROPPING if told else _S.REFUSED, why=fault, fault=fault, reason=reason or None
        )
        await (repository.ask_in(tx, row.id, 0) if told else _rest(tx, row.id))
    return row


async def begin_drop(tx: Tx, settlement_id: UUID, *, why: str, who: str = axis.WHO) -> Settlement:
    """Nothing is to come of it. What the insurance was told is withdrawn by the caller, or by the sweeper."""
    row = await axis.locked(tx, settlement_id)
    if row.state is _S.AUTHORISING:
        row = await axis.step(tx, row, _S.DROPPED, why=why, who=who)
        await _rest(tx, row.id)
    elif row.state in {_S.PRESETTLING, _S.PRESETTLED}:
        row = await axis.step(tx, row, _S.DROPPING, why=why, who=who, fault=None)
        await repository.ask_in(tx, row.id, 1)
    return row


async def again(tx: Tx, settlement_id: UUID, *, who: str, use_account: bool) -> Settlement:
    """The patient changed whether the personal account pays: the bill, withdrawn by the caller, is told anew.

    Raises `StillSettling` when somebody else is having it split; one that was agreed to or ended comes back as it is.
    """
    row = await axis.locked(tx, settlement_id)
    if row.state is _S.PRESETTLING:
        raise StillSettling
    if row.state is not _S.PRESETTLED:
        return row
    row = await axis.step(tx, row, _S.PRESETTLING, why="personal account", who=who)
    await repository.set_account(tx, row.id, use=use_account)
    await repository.claim(tx, row.id)
    return await axis.read(tx, row.id)


async def agree(tx: Tx, settlement_id: UUID, *, who: str, knobs: Knobs) -> Settlement:
    """The patient agrees to the split: the insurance's part becomes a leg of the order.

    The caller went through the settlement's door. Raises `PresettlementOver`, `SettlementEnded`, and what keeps the
    order from being paid.
    """
    order, row = await _both(tx, settlement_id)
    if row.state in {_S.SETTLING, _S.SETTLED, _S.DONE}:
        return row
    if row.state is not _S.PRESETTLED:
        raise SettlementEnded
    if row.over:
        raise PresettlementOver
    must_be_payable(order)
    if row.insured_fen > 0:
        await payments.agree_insurance(tx, row.order_id, row.id, payer=row.payer, shares=shares_of(row))
    row = await axis.step(tx, row, _S.SETTLING, why="the patient agreed", who=who)
    await repository.claim(tx, row.id)
    await repository.ask_in(tx, row.id, knobs.get(settings.ASK_FIRST_SECONDS))
    return await axis.read(tx, row.id)


async def telling(tx: Tx, settlement_id: UUID, arrival_seconds: float) -> bool | None:
    """The payer is told to settle now; None when it must not be any more.

    It is asked about when that cannot arrive any more, `arrival_seconds` from now, at the latest. False when it was
    told before, and may not have heard it yet.
    """
    row = await axis.locked(tx, settlement_id)
    if row.state is not _S.SETTLING:
        return None
    await repository.claim(tx, row.id, TELLING)
    await repository.ask_by(tx, row.id, arrival_seconds)
    return row.fault != TELLING


async def not_told(tx: Tx, settlement_id: UUID) -> None:
    """The only telling there was has not reached the payer."""
    row = await axis.locked(tx, settlement_id)
    if row.state is _S.SETTLING and row.fault == TELLING:
        await repository.claim(tx, row.id)


def shares_of(row: Settlement) -> Shares:
    """What the insurance pays, as payments want it."""
    return Shares(row.pooled_fen or 0, row.personal_account_fen or 0, row.other_fen or 0)


def split_of(row: Settlement) -> Split:
    """What was agreed to."""
    return Split(
        total_fen=row.total_fen,
        pooled_fen=row.pooled_fen or 0,
        personal_account_fen=row.personal_account_fen or 0,
        own_fen=row.own_fen if row.own_fen is not None else row.total_fen,
        other_fen=row.other_fen or 0,
    )


async def leg_in(tx: Tx, settlement_id: UUID, found: Found, *, who: str) -> Settlement:
    """The insurance has settled. What differs from what was agreed to is people's: nothing is posted.

    So is what was given up here before: the patient may have paid it all.
    """
    order, row = await _both(tx, settlement_id)
    if row.state in {_S.DROPPED, _S.REFUSED}:
        await open_task(tx, row, TaskKind.EXCEPTION, f"settled after it was given up: {found.settle_no}")
    if row.state not in {_S.SETTLING, _S.DROPPING}:
        return row
    faults = rules.settled_faults(found, split_of(row))
    if faults:
        await open_task(tx, row, TaskKind.EXCEPTION, f"settled with other facts: {','.join(faults)}")
        return row
    await repository.keep(tx, row.id, settle_no=found.settle_no, reverse_token=found.reverse_token)
    row = await axis.step(tx, row, _S.SETTLED, why="the insurance has settled", who=who, fault=None)
    await repository.spend_consent(tx, row.id)
    await payments.insurance_paid(tx, row.id, settle_no=found.settle_no, who=who, at=found.at)
    await end_task(tx, row, TaskKind.EXCEPTION, who)
    await repository.ask_in(tx, row.id, 1)
    return await _follow(tx, row, (await payments.order(tx, order.id)))


async def follow_order(tx: Tx, settlement_id: UUID) -> Settlement:
    """The order moved: paid, closing, or to be given back."""
    order, row = await _both(tx, settlement_id)
    return await _follow(tx, row, order)


async def _follow(tx: Tx, row: Settlement, order: Order) -> Settlement:
    leg = await payments.insurance_leg(tx, order.id)
    ours = leg is not None and leg.id == row.id
    if row.state is _S.SETTLED and order.state is OrderState.PAID and ours:
        row = await axis.step(tx, row, _S.DONE, why="both parts are in")
        await _rest(tx, row.id)
    if row.state in {_S.SETTLED, _S.DONE} and leg is not None and ours and leg.state is LegState.RETURNING:
        row = await _begin_reverse(tx, row, "its part goes back")
    return row


async def own_failed(tx: Tx, settlement_id: UUID, *, why: str) -> Settlement:
    """The own part cannot come any more: what the insurance settled goes back."""
    _, row = await _both(tx, settlement_id)
    if row.state is _S.SETTLED:
        await payments.return_insurance(tx, row.id, who=axis.WHO, why=why)
        row = await follow_order(tx, settlement_id)
    return row


async def _begin_reverse(tx: Tx, row: Settlement, why: str) -> Settlement:
    row = await axis.step(tx, row, _S.REVERSING, why=why, refund_no=row.refund_no or number_from("B", row.id))
    await repository.claim(tx, row.id)
    await repository.ask_in(tx, row.id, 1)
    return row


async def give_up(tx: Tx, settlement_id: UUID, *, fault: str, reason: str | None) -> Settlement:
    """It did not settle: withdrawn next, then the order is the patient's again."""
    row = await axis.locked(tx, settlement_id)
    if row.state is _S.SETTLING:
        row = await axis.step(tx, row, _S.DROPPING, why=fault, fault=fault, reason=reason)
        await repository.ask_in(tx, row.id, 1)
    return row


async def call_off(tx: Tx, settlement_id: UUID, *, who: str) -> Settlement:
    """The patient takes back what they chose or agreed to, and has not paid. Withdrawn next; what was paid after all
    is found so, and counts.
    """
    row = await axis.locked(tx, settlement_id)
    reason = "您取消了这次医保结算"
    if row.state is _S.SETTLING:
        row = await axis.step(tx, row, _S.DROPPING, why="called off", who=who, fault=CALLED_OFF, reason=reason)
        await repository.ask_in(tx, row.id, 1)
    return row


async def withdrawn(tx: Tx, settlement_id: UUID) -> Settlement:
    """The insurance holds nothing: the settlement has ended, and an own part that came goes back."""
    _, row = await _both(tx, settlement_id)
    if row.state is not _S.DROPPING:
        return row
    await payments.drop_insurance(tx, row.id, who=axis.WHO, why=row.fault or "withdrawn")
    target = _S.REFUSED if row.fault not in {None, CALLED_OFF} else _S.DROPPED
    row = await axis.step(tx, row, target, why=row.fault or "withdrawn")
    await repository.spend_consent(tx, row.id)
    await end_task(tx, row, TaskKind.EXCEPTION, axis.WHO)
    await _rest(tx, row.id)
    return row


async def reversed_there(tx: Tx, settlement_id: UUID) -> Settlement:
    """The insurance has taken its part back; the own part may go now."""
    _, row = await _both(tx, settlement_id)
    if row.state in {_S.REVERSING, _S.STUCK}:
        row = await axis.step(tx, row, _S.REVERSED, why="taken back")
        await payments.insurance_returned(tx, row.id, who=axis.WHO)
        await end_task(tx, row, TaskKind.REVERSE_FAILED, axis.WHO)
        await _rest(tx, row.id)
    return row


async def stuck(tx: Tx, settlement_id: UUID, *, why: str) -> Settlement:
    """The insurance does not take it back: the own part waits, people act, and we go on asking."""
    row = await axis.locked(tx, settlement_id)
    if row.state is _S.REVERSING:
        row = await axis.step(tx, row, _S.STUCK, why=why, fault=why)
        await open_task(tx, row, TaskKind.REVERSE_FAILED, why)
    return row


async def look(tx: Tx, settlement_id: UUID, detail: str) -> None:
    """The insurance itself does not know how it ended: people look, and we go on asking."""
    row = await axis.locked(tx, settlement_id)
    await open_task(tx, row, TaskKind.EXCEPTION, detail)


async def own_refund_failed(tx: Tx, order_id: UUID, fault: str) -> None:
    """The insurance was taken back, the own part could not be given back: the desk must."""
    row = await repository.last_of(tx, order_id)
    if row is not None and row.state in {_S.REVERSED, _S.REFUSED}:
        await open_task(tx, row, TaskKind.OWN_REFUND_FAILED, fault)


async def _both(tx: Tx, settlement_id: UUID) -> tuple[Order, Settlement]:
    """The order is always locked before its settlement."""
    row = await axis.read(tx, settlement_id)
    order = await payments.lock_order(tx, row.order_id)
    return order, await axis.locked(tx, settlement_id)


async def _rest(tx: Tx, settlement_id: UUID) -> None:
    await repository.ask_no_more(tx, settlement_id)
