"""What the finance department sees: the data of the page, and of the table, CSV and PDF that are made of it."""

from datetime import date, datetime

import msgspec


class SidePart(msgspec.Struct, frozen=True):
    """Movements of one side: how many, and their net in fen (payments less refunds)."""

    count: int = 0
    fen: int = 0


class ChannelRow(msgspec.Struct, frozen=True):
    """One channel, or the total of all (`channel` = `total`). Gaps are theirs less ours, in fen.

    The HIS's gap is against what it was told: a registration is one entry there, the insurance's part in it.
    """

    channel: str
    name_zh: str
    name_en: str
    bill: SidePart
    his: SidePart
    ours: SidePart
    bill_gap_fen: int
    his_gap_fen: int
    billed: bool
    """Whether the channel gives a bill; when not, the HIS and we are compared alone."""
    open_items: int
    settled_items: int


class SourceView(msgspec.Struct, frozen=True):
    """A bill or statement: whether it is there, since when, and why not."""

    name: str
    name_zh: str
    name_en: str
    state: str
    rows: int
    ready_at: datetime | None
    detail: str | None


class ProposalView(msgspec.Struct, frozen=True):
    """What a maker proposed and what the checker said."""

    id: str
    act: str
    act_zh: str
    act_en: str
    why: str
    maker: str
    made_at: datetime
    verdict: str | None
    checker: str | None
    decided_why: str | None
    decided_at: datetime | None


class ItemView(msgspec.Struct, frozen=True):
    """A difference. Amounts in fen, refunds negative, None where a side has nothing."""

    id: str
    no: str
    fault: str
    name_zh: str
    name_en: str
    says_zh: str
    says_en: str
    kind: str
    channel: str
    channel_zh: str
    channel_en: str
    bill_fen: int | None
    his_fen: int | None
    ours_fen: int | None
    order_no: str | None
    trade_no: str | None
    refund_no: str | None
    transaction_id: str
    at: datetime
    state: str
    state_zh: str
    state_en: str
    done_zh: str
    done_en: str
    acts: list[str]
    proposals: list[ProposalView] = []


class ClassCount(msgspec.Struct, frozen=True):
    """How many differences of a class, and how much money is in question."""

    fault: str
    name_zh: str
    name_en: str
    count: int
    fen: int


class DayReport(msgspec.Struct, frozen=True):
    """One day's books (mockup admin/06). Everything the four forms of the report show.

    `unaccounted`: what is still open although the next day has passed, by number; empty is the aim. `brought`: items of
    earlier days whose missing side turned up on this day.
    """

    day: date
    run: int
    state: str
    why: str | None
    started_at: datetime
    finished_at: datetime | None
    sources: list[SourceView]
    channels: list[ChannelRow]
    total: ChannelRow
    movements: int
    matched: int
    matched_percent: str
    automatic: int
    by_hand: int
    by_hand_fen: int
    classes: list[ClassCount]
    items: list[ItemView]
    brought: list[ItemView]
    unaccounted: list[ItemView]
    unaccounted_fen: int
    bill_gap_explained_fen: int
    his_gap_explained_fen: int
