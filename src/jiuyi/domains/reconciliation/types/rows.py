"""Rows, and what travels between sources, rules and repository."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from jiuyi.domains.reconciliation.types.faults import Act, Fault, Side
from jiuyi.domains.reconciliation.types.statuses import Decision, ItemState, RunState, SourceState

INSURANCE = "insurance"
"""The channel word of insurance legs. Where the centre gives no bill, they are compared with the HIS alone."""
INSURANCE_AT_HIS = "insurance_his"
"""Legs of an insurance that the centre's bill does not list: the HIS settled them, and is compared with us alone."""
INSURANCES = frozenset({INSURANCE, INSURANCE_AT_HIS})


class Kind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


class Said(msgspec.Struct, frozen=True):
    """A movement as an outside source says it. `amount_fen` is positive for both kinds."""

    kind: Kind
    channel: str
    transaction_id: str
    amount_fen: int
    at: datetime
    trade_no: str | None = None
    refund_no: str | None = None
    order_no: str | None = None
    merchant_id: str | None = None
    account_fen: int | None = None
    """Of an insurance leg: the personal account's share."""


class Line(msgspec.Struct, frozen=True):
    """A staged movement. `verdict`, `promised_fen`, `returned_fen`, `paid_fen` only on our side; `item_id` when it was
    carried over from an earlier day.
    """

    nr: int
    source: Side
    kind: Kind
    channel: str
    transaction_id: str
    amount_fen: int
    at: datetime
    trade_no: str | None = None
    refund_no: str | None = None
    order_no: str | None = None
    merchant_id: str | None = None
    verdict: str | None = None
    promised_fen: int | None = None
    returned_fen: int | None = None
    paid_fen: int | None = None
    told_fen: int | None = None
    account_fen: int | None = None
    item_id: UUID | None = None

    @property
    def his_fen(self) -> int:
        """What the HIS should have: our amount, unless it was told another sum (0: it has no entry of its own)."""
        return self.amount_fen if self.told_fen is None else self.told_fen

    @property
    def ref(self) -> str:
        """The number under which we and the channel know it."""
        return (self.refund_no if self.kind is Kind.REFUND else self.trade_no) or ""


class Finding(msgspec.Struct, frozen=True):
    """One difference: what each side has. `fault` None: a carried item whose sides agree now."""

    fault: Fault | None
    kind: Kind
    channel_line: Line | None = None
    ours: Line | None = None
    his: Line | None = None
    settled: bool = False
    """Nothing is to be done or awaited any more."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """The sides that say something."""
        return tuple(line for line in (self.ours, self.channel_line, self.his) if line is not None)

    @property
    def item_id(self) -> UUID | None:
        """The item of an earlier day that this continues."""
        return next((line.item_id for line in self.lines if line.item_id is not None), None)


class Run(msgspec.Struct, frozen=True):
    """One comparison of one day."""

    id: UUID
    day: date
    seq: int
    state: RunState
    who: str
    started_at: datetime
    finished_at: datetime | None
    matched: int
    why: str | None


class Source(msgspec.Struct, frozen=True):
    """One side's file in a run: `name` is `wechat`, `his`, `ours`, `insurance`…"""

    name: str
    side: Side
    state: SourceState
    rows: int
    detail: str | None
    ready_at: datetime | None


class Total(msgspec.Struct, frozen=True):
    """What one side has for one channel on the day, carried lines left out. `fen` is net: payments less refunds.

    `told_fen`: the same of what the HIS was told.
    """

    channel: str
    side: Side
    count: int
    fen: int
    told_fen: int | None = None


class Item(msgspec.Struct, frozen=True):
    """A difference. Amounts are signed: refunds are negative; None where a side has nothing."""

    id: UUID
    day: date
    seq: int
    fault: Fault
    kind: Kind
    channel: str
    state: ItemState
    transaction_id: str
    at: datetime
    channel_fen: int | None
    ours_fen: int | None
    his_fen: int | None
    found_at: datetime
    tries: int
    told_fen: int | None = None
    """What the HIS was told of our side, where that is another sum; signed."""
    trade_no: str | None = None
    refund_no: str | None = None
    order_no: str | None = None
    merchant_id: str | None = None
    verdict: str | None = None
    attempt_id: UUID | None = None
    refund_id: UUID | None = None
    order_id: UUID | None = None
    subject_kind: str | None = None
    subject_id: UUID | None = None
    act: Act | None = None
    note: str | None = None
    acted_at: datetime | None = None
    closed_day: date | None = None
    settled_at: datetime | None = None
    late_sides: list[Side] = []
    """Sides that only turned up on `closed_day`."""

    @property
    def no(self) -> str:
        """What people call it: `D1119-01`."""
        return f"D{self.day:%m%d}-{self.seq:02d}"

    @property
    def fen(self) -> int:
        """How much money is in question: the largest gap between two sides, unsigned."""
        sides = [self.channel_fen or 0, self.ours_fen or 0, self.his_fen or 0]
        return max(sides) - min(sides)


class Proposal(msgspec.Struct, frozen=True):
    """What a maker wants to have done about an item, and what became of it."""

    id: UUID
    item_id: UUID
    act: Act
    why: str
    maker: str
    made_at: datetime
    verdict: Decision | None = None
    checker: str | None = None
    decided_why: str | None = None
    decided_at: datetime | None = None
