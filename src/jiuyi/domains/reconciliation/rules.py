"""Pure decisions: what the lines of one transaction come to.

A group is every line of one transaction number at one channel, from every side, payments and refunds together. Groups
in which all sides agree never come here: the database has told them apart (`repository.lines.SUSPECTS`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from jiuyi.domains.reconciliation.types import (
    FAULTS,
    INSURANCE,
    INSURANCES,
    Act,
    Fault,
    Finding,
    ItemState,
    Kind,
    Line,
    Side,
)
from jiuyi.kit.clock import HOSPITAL_ZONE
from jiuyi.kit.money import yuan

ENTERED = frozenset({"accepted", "asked"})
"""Verdict of a payment, cause of a refund: only these does the HIS ever hear of."""
_CLOCKS = timedelta(minutes=5)
"""How far a channel's clock may be from its own cut."""
_NOT_ON_BILL = frozenset({Fault.CHANNEL_MISSING, Fault.REFUND_CHANNEL_MISSING})
_SENT_BACK = {
    "late": Fault.LATE,
    "duplicate": Fault.DUPLICATE,
    "half": Fault.HALF,
    "mismatch": Fault.AMOUNT_ORDER,
}
_OF_INSURANCE = {
    Fault.CHANNEL_MISSING: Fault.INSURANCE_MISSING,
    Fault.REFUND_CHANNEL_MISSING: Fault.INSURANCE_BACK_MISSING,
    Fault.MISSED: Fault.INSURANCE_UNKNOWN,
    Fault.REFUND_UNBOOKED: Fault.INSURANCE_BACK_UNBOOKED,
    Fault.AMOUNT_CHANNEL: Fault.INSURANCE_AMOUNT,
    Fault.AMOUNT_HIS: Fault.INSURANCE_HIS,
    Fault.REFUND_AMOUNT: Fault.INSURANCE_AMOUNT,
}
"""What differs about an insurance leg is asked of the insurance, never of a channel."""


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """A day's begin and end on the hospital's clock."""
    begin = datetime(day.year, day.month, day.day, tzinfo=HOSPITAL_ZONE)
    return begin, begin + timedelta(days=1)


@dataclass(frozen=True)
class Midnight:
    """The time before the day's end in which the other side may belong to the next day.

    `cut`: how long before midnight a channel's own day ends (UnionPay's at 23:00); what comes after it is on its next
    day's bill.
    """

    end: datetime
    window: timedelta
    cut: timedelta = timedelta()

    def near(self, at: datetime) -> bool:
        """Whether something at `at` may be missing only because the day ended."""
        return self.end - self.window <= at < self.end

    def after_cut(self, at: datetime) -> bool:
        """Whether the channel's bill of this day may have been closed before `at`."""
        return bool(self.cut) and self.end - self.cut - _CLOCKS <= at < self.end


@dataclass
class _Pair:
    """The channel's and our line of one movement; either may be missing."""

    channel: Line | None = None
    ours: Line | None = None
    his: Line | None = None

    @property
    def first(self) -> Line:
        found = self.ours or self.channel or self.his
        assert found is not None, "a pair without lines"  # noqa: S101 - never made
        return found

    @property
    def fen(self) -> int:
        """What the HIS should have."""
        return self.first.his_fen

    @property
    def entered(self) -> bool:
        """Whether the HIS may have heard of it."""
        return self.ours is None or (self.ours.verdict in ENTERED and self.ours.his_fen != 0)


def compare(lines: Iterable[Line], *, midnight: Midnight, billed: bool = True) -> list[Finding]:
    """The differences of one group. Not `billed`: the channel gives no bill (an insurance centre), so it agrees."""
    by_kind: dict[Kind, list[Line]] = defaultdict(list)
    for line in lines:
        by_kind[line.kind].append(line)
    extras: list[Finding] = []
    pairs = {kind: _pair(kind, by_kind[kind], extras) for kind in Kind}
    if not billed:
        for pair in (*pairs[Kind.PAYMENT], *pairs[Kind.REFUND]):
            pair.channel = pair.ours
    _cancel_out(pairs, extras)
    _cancel_out_at_insurance(pairs, extras)
    entered = not any(pair.ours is not None and pair.his is None for pair in pairs[Kind.PAYMENT])
    returned = sum(pair.first.amount_fen for pair in pairs[Kind.REFUND] if pair.channel and pair.ours)
    found = [_payment(pair, midnight, returned) for pair in pairs[Kind.PAYMENT]]
    found += [_refund(pair, midnight, entered=entered) for pair in pairs[Kind.REFUND]]
    return [_said(one, billed=billed) for one in (*extras, *found) if one is not None]


def _said(finding: Finding, *, billed: bool) -> Finding:
    """The finding in the words of its channel."""
    fault = finding.fault
    if finding.lines[0].channel in INSURANCES and fault in _OF_INSURANCE:
        agreed = _amount(finding.channel_line) == _amount(finding.ours)
        fault = Fault.INSURANCE_HIS if fault is Fault.REFUND_AMOUNT and agreed else _OF_INSURANCE[fault]
    return msgspec.structs.replace(finding, fault=fault, channel_line=finding.channel_line if billed else None)


def _pair(kind: Kind, lines: list[Line], extras: list[Finding]) -> list[_Pair]:
    """Join channel and ours by their number, then the HIS by amount, then what is left in order."""
    ours = {line.ref: _Pair(ours=line) for line in lines if line.source is Side.OURS}
    pairs = list(ours.values())
    for line in lines:
        if line.source is not Side.CHANNEL:
            continue
        known = ours.get(line.ref)
        if known is not None and known.channel is None:
            known.channel = line
        elif known is not None or any(p.channel and p.channel.ref == line.ref for p in pairs):
            extras.append(Finding(Fault.BILL_DUPLICATE, kind, channel_line=line))
        else:
            pairs.append(_Pair(channel=line))
    _join_his(kind, pairs, [line for line in lines if line.source is Side.HIS], extras)
    return pairs


def _join_his(kind: Kind, pairs: list[_Pair], his: list[Line], extras: list[Finding]) -> None:
    left: list[Line] = []
    for line in his:
        fits = (p for p in pairs if p.his is None and p.entered and p.fen == line.amount_fen)
        pair = next(fits, None)
        if pair is None:
            left.append(line)
        else:
            pair.his = line
    for line in left:
        pair = next((p for p in pairs if p.his is None and p.entered), None)
        twice = any(p.his is not None and p.his.amount_fen == line.amount_fen for p in pairs)
        if pair is not None and not twice:
            pair.his = line
        elif twice:
            extras.append(Finding(Fault.HIS_DUPLICATE, kind, his=line))
        else:
            pairs.append(_Pair(his=line))


def _cancel_out(pairs: dict[Kind, list[_Pair]], extras: list[Finding]) -> None:
    """What the HIS entered alone and took back alone, or took back of what it had entered twice, is no difference."""
    for back in list(pairs[Kind.REFUND]):
        if back.his is None or back.ours is not None or back.channel is not None:
            continue
        alone = next((p for p in pairs[Kind.PAYMENT] if _his_alone(p) and p.fen == back.fen), None)
        twice = next((f for f in extras if f.fault is Fault.HIS_DUPLICATE and _amount(f.his) == back.fen), None)
        if alone is not None:
            pairs[Kind.PAYMENT].remove(alone)
            if alone.his is not None and alone.his.item_id is not None:
                extras.append(Finding(None, Kind.PAYMENT, his=alone.his, settled=True))
        elif twice is not None:
            extras.remove(twice)
        else:
            continue
        pairs[Kind.REFUND].remove(back)


def _cancel_out_at_insurance(pairs: dict[Kind, list[_Pair]], extras: list[Finding]) -> None:
    """What an insurance settled and took back again without us is no difference: nobody owes anything."""
    for back in list(pairs[Kind.REFUND]):
        alone = next((p for p in pairs[Kind.PAYMENT] if _channel_alone(p) and p.fen == back.fen), None)
        if not _channel_alone(back) or back.first.channel != INSURANCE or alone is None:
            continue
        pairs[Kind.PAYMENT].remove(alone)
        pairs[Kind.REFUND].remove(back)
        if alone.channel is not None and alone.channel.item_id is not None:
            extras.append(Finding(None, Kind.PAYMENT, channel_line=alone.channel, settled=True))


def _channel_alone(pair: _Pair) -> bool:
    return pair.channel is not None and pair.ours is None and pair.his is None


def _his_alone(pair: _Pair) -> bool:
    return pair.his is not None and pair.ours is None and pair.channel is None


def _amount(line: Line | None) -> int | None:
    return None if line is None else line.amount_fen


def _made(fault: Fault | None, pair: _Pair, kind: Kind, *, settled: bool = False) -> Finding | None:
    """A finding of these sides. Carried lines alone say nothing new."""
    found = Finding(fault, kind, channel_line=pair.channel, ours=pair.ours, his=pair.his, settled=settled)
    carried = [line for line in found.lines if line.item_id is not None]
    if fault is None:
        return msgspec.structs.replace(found, settled=True) if carried else None
    return found


def _one_sided(fault: Fault, pair: _Pair, kind: Kind, midnight: Midnight) -> Finding | None:
    """A missing side: carried to the next day when it is only a matter of midnight."""
    fresh = all(line.item_id is None for line in (pair.ours, pair.channel, pair.his) if line)
    near = midnight.near(pair.first.at) or (fault in _NOT_ON_BILL and midnight.after_cut(pair.first.at))
    if fresh and FAULTS[fault].carries and near:
        return _made(Fault.CROSS_DAY, pair, kind)
    return _made(fault, pair, kind)


def _strange_merchant(pair: _Pair) -> bool:
    channel, ours = pair.channel, pair.ours
    return bool(channel and ours and channel.merchant_id and ours.merchant_id != channel.merchant_id)


def _shared_otherwise(channel: Line, ours: Line) -> bool:
    """Whether the insurance paid the same sum out of other pockets: the personal account's balance would be wrong."""
    told = channel.account_fen
    return told is not None and ours.account_fen is not None and told != ours.account_fen


def _payment(pair: _Pair, midnight: Midnight, returned_fen: int) -> Finding | None:
    kind, channel, ours = Kind.PAYMENT, pair.channel, pair.ours
    if channel is None and ours is None:
        return _one_sided(Fault.SHORT, pair, kind, midnight)
    if channel is None:
        return _one_sided(Fault.CHANNEL_MISSING, pair, kind, midnight)
    if ours is None:
        return _made(Fault.MISSED, pair, kind)
    if _strange_merchant(pair):
        return _made(Fault.UNKNOWN_MERCHANT, pair, kind)
    if channel.amount_fen != ours.amount_fen:
        return _made(Fault.AMOUNT_CHANNEL, pair, kind)
    if _shared_otherwise(channel, ours):
        return _made(Fault.INSURANCE_SPLIT, pair, kind)
    return _payment_at_his(pair, ours, midnight, returned_fen)


def _payment_at_his(pair: _Pair, ours: Line, midnight: Midnight, returned_fen: int) -> Finding | None:
    """The channel and we agree: what about the HIS?"""
    kind, his = Kind.PAYMENT, pair.his
    if ours.verdict not in ENTERED:
        fault = _SENT_BACK.get(ours.verdict or "", Fault.AMOUNT_ORDER)
        return _made(fault, pair, kind, settled=(ours.returned_fen or 0) >= ours.amount_fen)
    if his is not None or ours.his_fen == 0:
        right = his is None or his.amount_fen == ours.his_fen
        return _made(None if right else Fault.AMOUNT_HIS, pair, kind)
    if returned_fen >= ours.amount_fen and ours.item_id is not None:
        return _made(None, pair, kind)
    if (ours.promised_fen or 0) >= ours.amount_fen:
        return _made(Fault.NEVER_ENTERED, pair, kind, settled=(ours.returned_fen or 0) >= ours.amount_fen)
    return _one_sided(Fault.LONG, pair, kind, midnight)


def _refund(pair: _Pair, midnight: Midnight, *, entered: bool) -> Finding | None:
    kind, channel, ours, his = Kind.REFUND, pair.channel, pair.ours, pair.his
    if channel is None and ours is None:
        return _one_sided(Fault.REFUND_HIS_ONLY, pair, kind, midnight)
    if ours is None:
        return _made(Fault.REFUND_UNBOOKED, pair, kind)
    if channel is None:
        return _one_sided(Fault.REFUND_CHANNEL_MISSING, pair, kind, midnight)
    if _strange_merchant(pair):
        return _made(Fault.UNKNOWN_MERCHANT, pair, kind)
    if channel.amount_fen != ours.amount_fen or (his is not None and his.amount_fen != ours.his_fen):
        return _made(Fault.REFUND_AMOUNT, pair, kind)
    if _shared_otherwise(channel, ours):
        return _made(Fault.INSURANCE_SPLIT, pair, kind)
    return _refund_at_his(pair, ours, midnight, entered=entered)


def _refund_at_his(pair: _Pair, ours: Line, midnight: Midnight, *, entered: bool) -> Finding | None:
    kind, his = Kind.REFUND, pair.his
    if ours.verdict not in ENTERED:
        return _made(_SENT_BACK.get(ours.verdict or "", Fault.LATE), pair, kind, settled=True)
    if his is not None or ours.his_fen == 0:
        return _made(None, pair, kind)
    if not entered and wholly(ours):
        return _made(Fault.NEVER_ENTERED, pair, kind, settled=True)
    return _one_sided(Fault.REFUND_HIS_MISSING, pair, kind, midnight)


def wholly(ours: Line) -> bool:
    """Whether all of the payment is promised back: then the HIS may never have heard of it, and owes no entry."""
    return (ours.promised_fen or 0) >= (ours.paid_fen or 0)


def first_state(finding: Finding) -> ItemState:
    """The status a fresh difference begins with."""
    assert finding.fault is not None, "what agrees is no item"  # noqa: S101 - the caller has looked
    what = FAULTS[finding.fault]
    if finding.settled:
        return ItemState.SETTLED
    if what.fault is Fault.CROSS_DAY:
        return ItemState.CARRIED
    if what.automatic is not None:
        return ItemState.FOUND
    return ItemState.WAITING if what.done_by_system else ItemState.OPEN


def signed(line: Line | None) -> int | None:
    """A line's amount as books show it: refunds negative."""
    if line is None:
        return None
    return line.amount_fen if line.kind is Kind.PAYMENT else -line.amount_fen


def note(finding: Finding) -> str | None:
    """What the amounts alone do not show."""
    channel, ours = finding.channel_line, finding.ours
    if finding.fault is not Fault.INSURANCE_SPLIT or channel is None or ours is None:
        return None
    theirs, mine = yuan(channel.account_fen or 0), yuan(ours.account_fen or 0)
    return f"个账 personal account: 医保中心 centre {theirs}，我方 ours {mine}"


def signed_told(ours: Line | None) -> int | None:
    """What the HIS was told of it, where that is another sum."""
    if ours is None or ours.told_fen is None:
        return None
    return ours.told_fen if ours.kind is Kind.PAYMENT else -ours.told_fen


def groups(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Consecutive lines of one transaction at one channel."""
    group: list[Line] = []
    for line in lines:
        if group and (line.channel, line.transaction_id) != (group[0].channel, group[0].transaction_id):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def may_choose(fault: Fault, act: Act) -> bool:
    """Whether maker and checker may have this done about that class."""
    return act in FAULTS[fault].by_hand


def fingerprints(findings: Iterable[Finding]) -> Iterator[tuple[str, Finding]]:
    """A name for each difference of one group that is the same whenever the day is compared again."""
    seen: dict[str, int] = defaultdict(int)
    for finding in findings:
        line = finding.lines[0]
        ref = line.ref or f"his:{line.order_no or ''}:{line.amount_fen}"
        base = f"{finding.kind.value}|{line.channel}|{line.transaction_id}|{ref}"
        seen[base] += 1
        yield base if seen[base] == 1 else f"{base}|{seen[base]}", finding


def refund_fen(channel_fen: int | None, ours_fen: int | None, his_fen: int | None, fault: Fault) -> int:
    """How much of the patient's money goes back when a difference is answered by a refund (fen, positive)."""
    if fault is Fault.AMOUNT_HIS:
        return max(0, (ours_fen or 0) - (his_fen or 0))
    if fault is Fault.REFUND_HIS_ONLY:
        return -(his_fen or 0)
    if fault is Fault.INSURANCE_BACK_UNBOOKED:
        return -(channel_fen or 0)
    return ours_fen or channel_fen or 0
