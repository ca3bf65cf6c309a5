"""From suspicious groups to items: what is known of their numbers is looked up, the rest is `rules.compare`."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from jiuyi.domains.insurance import service as insurance
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import AttemptState, KnownPayment, KnownRefund, RefundState
from jiuyi.domains.reconciliation import rules, settings
from jiuyi.domains.reconciliation.repository import items, lines, runs
from jiuyi.domains.reconciliation.service.axes import ITEM, SYSTEM, move_item
from jiuyi.domains.reconciliation.types import (
    FAULTS,
    INSURANCE,
    INSURANCE_AT_HIS,
    INSURANCES,
    Act,
    Fault,
    Finding,
    Item,
    ItemState,
    Kind,
    Line,
    Run,
    Side,
)
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import move

_F = Fault
_AT_OTHER_DAY = frozenset(
    {_F.INSURANCE_MISSING, _F.INSURANCE_UNKNOWN, _F.INSURANCE_BACK_MISSING, _F.INSURANCE_BACK_UNBOOKED}
)
_AT_HIS = frozenset({Act.REPOST, Act.ENTER_REFUND, Act.REVERSE_HIS})


class Known(msgspec.Struct):
    """What the books know of the numbers in a batch of findings."""

    by_number: dict[str, KnownPayment]
    legs: dict[str, KnownPayment]
    """Of insurances, by settlement number, number of ours at the insurance, or order."""
    refunds: dict[str, KnownRefund]
    unentered: set[str]
    crossed: dict[tuple[str, Kind], int]
    """What an insurance's bill had on an earlier day than our books."""

    def payment(self, line: Line) -> KnownPayment | None:
        """By our number, else the channel's, else the order's."""
        for number in (line.trade_no, line.transaction_id, line.order_no):
            table = self.legs if line.channel in INSURANCES else self.by_number
            found = table.get(number or "")
            if found is not None:
                return found
        return None


async def weigh(tx: Tx, run: Run) -> None:
    """Sum up what was staged."""
    await lines.weigh(tx)
    await lines.total(tx, run.id)


async def set_apart(tx: Tx, run: Run, payers: frozenset[str]) -> int:
    """What the insurance's bill does not list is compared with the HIS alone; return how many lines."""
    return await lines.set_apart(tx, run.id, INSURANCE, INSURANCE_AT_HIS, sorted(payers))


async def ours_at(tx: Tx, run: Run, channel: str) -> int:
    """How many movements of the day our books have at a channel."""
    return await lines.count_ours(tx, run.id, channel)


async def unbilled(tx: Tx, run: Run) -> list[str]:
    """Channels that give no bill here (an insurance centre, a bank's terminal): the HIS and we are compared alone."""
    billed = {one.name for one in await runs.sources(tx, run.id) if one.side is Side.CHANNEL}
    return sorted({one.channel for one in await runs.totals(tx, run.id)} - billed)


async def groups(tx: Tx, run: Run, unbilled: list[str]) -> AsyncIterator[list[Line]]:
    """The groups whose sides do not agree, one after the other."""
    await lines.weigh(tx)
    group: list[Line] = []
    async for line in lines.suspects(tx, run.id, unbilled):
        if group and (line.channel, line.transaction_id) != (group[0].channel, group[0].transaction_id):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def findings(
    group: list[Line], run: Run, knobs: Knobs, unbilled: list[str], cuts: Mapping[str, timedelta]
) -> list[tuple[str, Finding]]:
    """The differences of one group with their fingerprints. `cuts`: how long before midnight a channel's day ends."""
    window = timedelta(minutes=knobs.get(settings.MIDNIGHT_MINUTES))
    midnight = rules.Midnight(rules.day_bounds(run.day)[1], window, cuts.get(group[0].channel, timedelta()))
    found = rules.compare(group, midnight=midnight, billed=group[0].channel not in unbilled)
    return list(rules.fingerprints(found))


async def record(tx: Tx, run: Run, found: list[tuple[str, Finding]]) -> int:
    """Write a batch of differences; return how many of our own movements of the day are among them."""
    known = await _look_up(tx, run.day, [finding for _, finding in found])
    fresh: list[tuple[str, Finding]] = []
    for name, finding in found:
        if finding.item_id is not None:
            await _continue(tx, run, finding, known)
        elif finding.fault is not None:
            fresh.append((name, _understood(finding, known)))
    existing = await items.fingerprinted(tx, run.day, [name for name, _ in fresh])
    await items.seen(tx, run.id, list(existing.values()))
    seq = await items.last_seq(tx, run.day)
    rows = []
    for name, finding in fresh:
        if name in existing:
            await _again(tx, run, existing[name], finding, known)
        else:
            seq += 1
            rows.append(_row(run, seq, name, finding, known))
    await items.insert(tx, rows)
    return sum(1 for _, finding in fresh if finding.ours is not None)


async def _look_up(tx: Tx, day: date, found: list[Finding]) -> Known:
    by_channel: dict[str, list[Line]] = defaultdict(list)
    for finding in found:
        for line in finding.lines:
            by_channel[line.channel].append(line)
    legs = [line for channel in INSURANCES for line in by_channel.pop(channel, [])]
    by_number: dict[str, KnownPayment] = {}
    for channel, group in by_channel.items():
        for one in await payments.known_payments(
            tx,
            channel,
            trade_nos=list({line.trade_no for line in group if line.trade_no}),
            transactions=list({line.transaction_id for line in group}),
            order_nos=list({line.order_no for line in group if line.order_no and line.source is Side.HIS}),
        ):
            # A paid attempt speaks for its order before one that came to nothing.
            if one.order_no not in by_number or one.state is AttemptState.PAID:
                by_number[one.order_no] = one
            by_number[one.out_trade_no] = one
            if one.transaction_id:
                by_number[one.transaction_id] = one
    numbers = list({line.refund_no for group in by_channel.values() for line in group if line.refund_no})
    refunds = {one.out_refund_no: one for one in await payments.known_refunds(tx, numbers)}
    doubtful = [line.transaction_id for f in found if f.kind is Kind.REFUND and f.his is None for line in f.lines]
    unentered = await items.unentered(tx, doubtful) if doubtful else set()
    late = [line.transaction_id for line in legs if line.source is Side.OURS]
    crossed = await items.crossed(tx, day, late) if late else {}
    return Known(by_number, await _legs(tx, legs), refunds, unentered, crossed)


async def _legs(tx: Tx, found: list[Line]) -> dict[str, KnownPayment]:
    """The insurance legs that these lines mean, by every number that a line may name."""
    told = [line.order_no for line in found if line.order_no and line.source is Side.CHANNEL]
    ids = await insurance.numbered(tx, told) if told else {}
    no_of = {settlement_id: no for no, settlement_id in ids.items()}
    known: dict[str, KnownPayment] = {}
    if not found:
        return known
    for leg in await payments.known_legs(
        tx,
        numbers=list({line.transaction_id for line in found}),
        ids=list(ids.values()),
        order_nos=list({line.order_no for line in found if line.order_no and line.source is Side.HIS}),
    ):
        if leg.order_no not in known or leg.state is AttemptState.PAID:
            known[leg.order_no] = leg
        for number in (leg.out_trade_no, leg.transaction_id, no_of.get(leg.attempt_id)):
            if number:
                known[number] = leg
    return known


def _understood(finding: Finding, known: Known) -> Finding:
    """The class with what our books know of the numbers: whose they are, and whether another day has the other side."""
    fault, line = finding.fault, finding.lines[0]
    payment = known.payment(line)
    changed: Fault | None = None
    settled = finding.settled
    if fault in {Fault.MISSED, Fault.INSURANCE_UNKNOWN} and payment is None:
        changed = Fault.UNKNOWN_ORDER
    elif _other_day(finding, payment, known):
        changed, settled = Fault.CROSS_DAY, True
    elif fault is Fault.REFUND_UNBOOKED:
        refund = known.refunds.get(line.refund_no or "")
        if refund is None:
            changed = Fault.REFUND_UNKNOWN
        elif refund.state is RefundState.DONE and refund.amount_fen == line.amount_fen:
            changed, settled = Fault.CROSS_DAY, True
    elif fault is Fault.REFUND_HIS_ONLY and payment is not None:
        if payment.promised_fen - payment.returned_fen >= line.amount_fen:
            changed = Fault.CROSS_DAY  # on its way: the channel's bill will have it when it is done
    elif finding.kind is Kind.REFUND and line.transaction_id in known.unentered and _may_be_unentered(finding):
        changed, settled = Fault.NEVER_ENTERED, True
    return finding if changed is None else msgspec.structs.replace(finding, fault=changed, settled=settled)


def _other_day(finding: Finding, payment: KnownPayment | None, known: Known) -> bool:
    """Whether our books have the same movement on another day, or an insurance's bill had it on an earlier one.

    An insurance's day and ours differ more often than a channel's: we learn of some settlements only later.
    """
    fault, line, refund = finding.fault, finding.lines[0], finding.kind is Kind.REFUND
    if fault in {Fault.MISSED, Fault.SHORT}:
        return payment is not None and _paid_other_day(payment, line)
    if fault not in _AT_OTHER_DAY:
        return False
    if finding.ours is not None:
        return known.crossed.get((line.transaction_id, finding.kind)) == rules.signed(line)
    if payment is None:
        return False
    booked = payment.returned_fen if refund else payment.paid_fen or 0
    return booked == line.amount_fen


def _may_be_unentered(finding: Finding) -> bool:
    """Whether it is a whole refund that the HIS would not know if it never knew the payment."""
    ours = finding.ours
    if ours is None or finding.channel_line is None or finding.his is not None:
        return False
    return ours.verdict in rules.ENTERED and rules.wholly(ours)


def _paid_other_day(payment: KnownPayment, line: Line) -> bool:
    return payment.state is AttemptState.PAID and payment.paid_fen == line.amount_fen


def _row(run: Run, seq: int, name: str, finding: Finding, known: Known) -> dict[str, Any]:
    first = finding.lines[0]
    return {
        "id": new_id(),
        "day": run.day,
        "seq": seq,
        "fingerprint": name,
        "run_id": run.id,
        "fault": finding.fault,
        "kind": finding.kind.value,
        "channel": first.channel,
        "trade_no": _any(finding, "trade_no"),
        "refund_no": _any(finding, "refund_no"),
        "transaction_id": first.transaction_id,
        "order_no": _any(finding, "order_no"),
        "merchant_id": _any(finding, "merchant_id"),
        "verdict": _any(finding, "verdict"),
        "at": first.at,
        "state": rules.first_state(finding).value,
        "note": rules.note(finding),
        **_sides(finding),
        **_subject(finding, known),
    }


def _any(finding: Finding, name: str) -> Any:
    return next((getattr(line, name) for line in finding.lines if getattr(line, name)), None)


def _sides(finding: Finding) -> dict[str, int | None]:
    return {
        "channel_fen": rules.signed(finding.channel_line),
        "ours_fen": rules.signed(finding.ours),
        "his_fen": rules.signed(finding.his),
        "told_fen": rules.signed_told(finding.ours),
    }


def _subject(finding: Finding, known: Known) -> dict[str, UUID | str | None]:
    """Whose money it is, in our books: attempt, refund, order and what the order was for."""
    payment = next((p for p in map(known.payment, finding.lines) if p is not None), None)
    refund = known.refunds.get(_any(finding, "refund_no") or "")
    ordered = payment.order_no if payment else None
    return {
        "attempt_id": payment.attempt_id if payment else None,
        "refund_id": refund.refund_id if refund else None,
        "order_id": payment.order_id if payment else None,
        "subject_kind": payment.subject_kind if payment else None,
        "subject_id": payment.subject_id if payment else None,
        # An insurance's bill has the settlement's number in its place.
        "order_no": payment.order_no if payment and _insured(finding) else _any(finding, "order_no") or ordered,
    }


def _insured(finding: Finding) -> bool:
    return finding.lines[0].channel in INSURANCES


async def _again(tx: Tx, run: Run, item_id: UUID, finding: Finding, known: Known) -> None:
    """A difference that an earlier comparison of this day had found: its class may have changed meanwhile."""
    item = await items.lock(tx, item_id)
    if item.state in {ItemState.SETTLED, ItemState.PROPOSED, ItemState.MENDING} or item.act is not None:
        return
    assert finding.fault is not None, "what agrees is not recorded"  # noqa: S101 - `record` has looked
    state = rules.first_state(finding)
    changed = finding.fault is not item.fault
    # All that the day's sides say now: what one of them said last time, and does not say any more, is gone.
    await items.sides(tx, _told(run, item, finding.fault, finding, known) | _sides(finding))
    if changed and state is not item.state and ITEM.graph.allows(item.state, state):
        await _go_on(tx, run, item, state, "compared again", closed=False)


def _told(run: Run, item: Item, fault: Fault, finding: Finding, known: Known) -> dict[str, Any]:
    sides = {name: mine if mine is not None else getattr(item, name) for name, mine in _sides(finding).items()}
    subject = _subject(finding, known)
    return {
        "id": item.id,
        "run_id": run.id,
        "fault": fault,
        **sides,
        "late": [line.source.value for line in finding.lines if line.item_id is None and item.day != run.day],
        **{name: subject[name] for name in ("attempt_id", "refund_id", "order_id")},
    }


async def _continue(tx: Tx, run: Run, finding: Finding, known: Known) -> None:
    """A later day says something (or still nothing) about an item of an earlier one."""
    assert finding.item_id is not None, "the caller has looked"  # noqa: S101 - it has
    item = await items.lock(tx, finding.item_id)
    if item.state in {ItemState.SETTLED, ItemState.PROPOSED, ItemState.MENDING}:
        return
    fault = finding.fault
    if fault is None:
        await items.sides(tx, _told(run, item, item.fault, finding, known) | {"run_id": run.id})
        await _go_on(tx, run, item, ItemState.SETTLED, f"{run.day:%m-%d} 账期勾对 matched", closed=True)
        return
    if FAULTS[fault].carries and item.state is ItemState.WAITING and item.act in _AT_HIS:
        if item.acted_at is not None and item.acted_at < rules.day_bounds(run.day)[1]:
            await _go_on(tx, run, item, ItemState.OPEN, f"{run.day:%m-%d} 账期仍无 still missing", closed=False)
        return
    grown = any(line.item_id is None for line in finding.lines)
    if item.state is ItemState.CARRIED or grown:
        finding = _understood(msgspec.structs.replace(finding, fault=fault), known)
        if finding.fault is Fault.CROSS_DAY and not finding.settled:
            return
        assert finding.fault is not None, "it was understood as something"  # noqa: S101 - never becomes none
        state = rules.first_state(finding)
        await items.sides(tx, _told(run, item, finding.fault, finding, known))
        if state is not item.state and ITEM.graph.allows(item.state, state):
            await _go_on(tx, run, item, state, f"{run.day:%m-%d} 账期仍无 still missing", closed=False)


async def _go_on(tx: Tx, run: Run, item: Item, state: ItemState, why: str, *, closed: bool) -> None:
    columns: dict[str, object] = {}
    if state is ItemState.SETTLED:
        columns = {"settled_at": await items.now(tx), "closed_day": run.day if closed else None, "next_at": None}
    elif state in {ItemState.FOUND, ItemState.WAITING}:
        columns = {"next_at": await items.now(tx)}
    await move(tx, ITEM, item.id, item.state, state, who=SYSTEM.word, why=why, note=why, **columns)


async def settle_vanished(tx: Tx, run: Run) -> int:
    """What an earlier comparison of this day found and this one did not is settled; return how many."""
    gone = await items.vanished(tx, run.day, run.id)
    for item in gone:
        if item.state is ItemState.PROPOSED:
            continue
        await move_item(
            tx, item, ItemState.SETTLED, why="重新对账已一致 agrees now", settled_at=await items.now(tx), next_at=None
        )
    return len(gone)


async def leave_to_people(tx: Tx, run: Run, knobs: Knobs) -> bool:
    """When a day has more differences than the system may act on, something larger is wrong: people decide on all."""
    most = knobs.get(settings.AUTO_MOST)
    if await items.count_found(tx, run.day) <= most:
        return False
    while found := await items.found_of(tx, run.day, 1000):
        for item in found:
            await move_item(tx, item, ItemState.OPEN, why="差异过多，转人工 too many at once", next_at=None)
    return True


async def our_count(tx: Tx, run: Run) -> int:
    """How many movements of our own the day has."""
    return sum(total.count for total in await runs.totals(tx, run.id) if total.side is Side.OURS)
