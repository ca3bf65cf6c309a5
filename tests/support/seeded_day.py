"""A hospital's day of money with faults planted at known places: what each side says, and what must be found.

Everything is a function of a movement's index, so that a day of 200,000 is told line by line and never held.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from jiuyi.domains.payments.types import BillKind, BillLine
from jiuyi.domains.reconciliation.rules import day_bounds
from jiuyi.domains.reconciliation.types import Fault, Kind, Said

CHANNELS = ("wechat", "alipay", "unionpay")
MERCHANT = "1900000001"
OTHER = "1900000099"
_BUSY_SECONDS = 84_000
"""Until 23:20: planted midnights are the only ones."""
Expected = tuple[str, str, str, int | None, int | None, int | None]
"""(fault, kind, transaction, channel's, ours, the HIS's signed fen)."""


@dataclass(frozen=True)
class Told:
    """One payment and what may follow it, as every side tells it; amounts in fen, refunds positive."""

    pay: tuple[int | None, int | None, int | None] = (None, None, None)
    """Channel, ours, HIS."""
    back: tuple[int | None, int | None, int | None] | None = None
    verdict: str = "accepted"
    attempt: bool = True
    refund: str = "done"
    merchant: str = MERCHANT
    twice: str = ""
    found: tuple[tuple[Fault, Kind], ...] = ()


def _told(fen: int, fault: Fault | None, *, refunded: bool) -> Told:
    part = fen // 2
    if fault is None:
        return Told((fen,) * 3, (part, part, part) if refunded else None)
    pay, back = Kind.PAYMENT, Kind.REFUND
    table: dict[Fault, Told] = {
        Fault.LONG: Told((fen, fen, None), found=((Fault.LONG, pay),)),
        Fault.SHORT: Told((None, None, fen), found=((Fault.SHORT, pay),)),
        Fault.MISSED: Told((fen, None, None), found=((Fault.MISSED, pay),)),
        Fault.UNKNOWN_ORDER: Told((fen, None, None), attempt=False, found=((Fault.UNKNOWN_ORDER, pay),)),
        Fault.CHANNEL_MISSING: Told((None, fen, fen), found=((Fault.CHANNEL_MISSING, pay),)),
        Fault.AMOUNT_CHANNEL: Told((fen + 1, fen, fen), found=((Fault.AMOUNT_CHANNEL, pay),)),
        Fault.AMOUNT_HIS: Told((fen, fen, fen - 1), found=((Fault.AMOUNT_HIS, pay),)),
        Fault.AMOUNT_ORDER: Told((fen, fen, None), verdict="mismatch", found=((Fault.AMOUNT_ORDER, pay),)),
        Fault.REFUND_AMOUNT: Told((fen,) * 3, (part, part, part - 1), found=((Fault.REFUND_AMOUNT, back),)),
        Fault.REFUND_HIS_MISSING: Told(
            (fen,) * 3, (part, part, None), found=((Fault.REFUND_HIS_MISSING, back),)
        ),
        Fault.REFUND_CHANNEL_MISSING: Told(
            (fen,) * 3, (None, part, part), found=((Fault.REFUND_CHANNEL_MISSING, back),)
        ),
        Fault.REFUND_UNBOOKED: Told(
            (fen,) * 3, (part, None, part), refund="pending", found=((Fault.REFUND_UNBOOKED, back),)
        ),
        Fault.REFUND_UNKNOWN: Told((fen,) * 3, (part, None, None), refund="", found=((Fault.REFUND_UNKNOWN, back),)),
        Fault.REFUND_HIS_ONLY: Told((fen,) * 3, (None, None, part), refund="", found=((Fault.REFUND_HIS_ONLY, back),)),
        Fault.CROSS_DAY: Told((fen, fen, None), found=((Fault.CROSS_DAY, pay),)),
        Fault.DUPLICATE: Told(
            (fen, fen, None), (fen, fen, None), verdict="duplicate",
            found=((Fault.DUPLICATE, pay), (Fault.DUPLICATE, back)),
        ),
        Fault.LATE: Told(
            (fen, fen, None), (fen, fen, None), verdict="late", found=((Fault.LATE, pay), (Fault.LATE, back))
        ),
        Fault.NEVER_ENTERED: Told(
            (fen, fen, None), (fen, fen, None),
            found=((Fault.NEVER_ENTERED, pay), (Fault.NEVER_ENTERED, back)),
        ),
        Fault.BILL_DUPLICATE: Told((fen,) * 3, twice="channel", found=((Fault.BILL_DUPLICATE, pay),)),
        Fault.HIS_DUPLICATE: Told((fen,) * 3, twice="his", found=((Fault.HIS_DUPLICATE, pay),)),
        Fault.UNKNOWN_MERCHANT: Told((fen,) * 3, merchant=OTHER, found=((Fault.UNKNOWN_MERCHANT, pay),)),
    }  # fmt: skip
    return table[fault]


PLANTED = (
    Fault.LONG, Fault.SHORT, Fault.MISSED, Fault.UNKNOWN_ORDER, Fault.CHANNEL_MISSING, Fault.AMOUNT_CHANNEL,
    Fault.AMOUNT_HIS, Fault.AMOUNT_ORDER, Fault.REFUND_AMOUNT, Fault.REFUND_HIS_MISSING,
    Fault.REFUND_CHANNEL_MISSING, Fault.REFUND_UNBOOKED, Fault.REFUND_UNKNOWN, Fault.REFUND_HIS_ONLY,
    Fault.CROSS_DAY, Fault.DUPLICATE, Fault.LATE, Fault.NEVER_ENTERED, Fault.BILL_DUPLICATE, Fault.HIS_DUPLICATE,
    Fault.UNKNOWN_MERCHANT,
)  # fmt: skip
"""Every class that a day can be given here."""


@dataclass(frozen=True)
class SeededDay:
    """A day of `size` payments; `planted` says at which index which class stands. Every tenth is partly refunded."""

    day: date
    size: int
    planted: Mapping[int, Fault] = field(default_factory=dict)

    @cached_property
    def bounds(self) -> tuple[datetime, datetime]:
        return day_bounds(self.day)

    @cached_property
    def _date(self) -> str:
        return f"{self.day:%Y%m%d}"

    def fen(self, index: int) -> int:
        return 200 + index * 7919 % 90_000

    def channel(self, index: int) -> str:
        return CHANNELS[index % len(CHANNELS)]

    def at(self, index: int) -> datetime:
        begin, end = self.bounds
        if self.planted.get(index) is Fault.CROSS_DAY:
            return end - timedelta(minutes=3)
        return begin + timedelta(seconds=60 + index * _BUSY_SECONDS // max(1, self.size))

    def told(self, index: int) -> Told:
        return _told(self.fen(index), self.planted.get(index), refunded=index % 10 == 9)

    def number(self, prefix: str, index: int) -> str:
        return f"{prefix}{self._date}{index:010d}"

    def order_no(self, index: int) -> str:
        return self.number("O", index)

    def trade_no(self, index: int) -> str:
        return self.order_no(index) + "01"

    def transaction(self, index: int) -> str:
        return self.number("42", index)

    def refund_no(self, index: int) -> str:
        return self.number("R", index)

    def bill(self, channel: str) -> Iterator[BillLine]:
        """What the channel's bill lists."""
        for index in range(CHANNELS.index(channel), self.size, len(CHANNELS)):
            told, at = self.told(index), self.at(index)
            numbers = self.trade_no(index), self.transaction(index)
            if (fen := told.pay[0]) is not None:
                line = BillLine(BillKind.PAYMENT, at, *numbers, fen, "SUCCESS", merchant_id=told.merchant)
                yield line
                if told.twice == "channel":
                    yield line
            if told.back is not None and (fen := told.back[0]) is not None:
                refund = self.refund_no(index)
                yield BillLine(
                    BillKind.REFUND, at, *numbers, fen, "SUCCESS", refund, f"50{refund}", merchant_id=MERCHANT
                )

    def statement(self) -> Iterator[Said]:
        """What the HIS entered."""
        for index in range(self.size):
            told = self.told(index)
            for kind, fen in ((Kind.PAYMENT, told.pay[2]), (Kind.REFUND, told.back[2] if told.back else None)):
                for _ in range(2 if told.twice == "his" and kind is Kind.PAYMENT else 1):
                    if fen is not None:
                        yield Said(
                            kind, self.channel(index), self.transaction(index), fen, self.at(index),
                            order_no=self.order_no(index),
                        )  # fmt: skip

    def expected(self) -> set[Expected]:
        """What must be found, and nothing else."""
        found: set[Expected] = set()
        for index in sorted(self.planted):
            told = self.told(index)
            for fault, kind in told.found:
                sides = told.pay if kind is Kind.PAYMENT else told.back or (None, None, None)
                if fault is Fault.BILL_DUPLICATE:
                    sides = (sides[0], None, None)
                elif fault is Fault.HIS_DUPLICATE:
                    sides = (None, None, sides[2])
                sign = 1 if kind is Kind.PAYMENT else -1
                amounts = [None if fen is None else sign * fen for fen in sides]
                found.add((fault.value, kind.value, self.transaction(index), amounts[0], amounts[1], amounts[2]))
        return found

    def outside(self) -> int:
        """How many lines bills and statement have."""
        return sum(1 for channel in CHANNELS for _ in self.bill(channel)) + sum(1 for _ in self.statement())

    # Our side --------------------------------------------------------------------------------------------------------

    def seed(self, dsn: str) -> int:
        """Write our own books of the day straight into the tables, unchecked; return how many movements they have."""
        tables: dict[LiteralString, list[tuple[Any, ...]]] = {statement: [] for statement in _COPIES}
        written = 0
        with psycopg.connect(dsn) as connection:
            connection.execute("SET session_replication_role = replica")
            for index in range(self.size):
                written += self._books(index, tables)
                if index % 2000 == 1999:
                    _flush(connection, tables)
            _flush(connection, tables)
        return written

    def _books(self, index: int, tables: dict[LiteralString, list[tuple[Any, ...]]]) -> int:
        told, at, fen = self.told(index), self.at(index), self.fen(index)
        if not told.attempt:
            return 0
        order, attempt, refund = (self._id(index, place) for place in (1, 2, 3))
        paid = told.pay[1]
        booked = paid is not None
        ended = at if booked else None
        state = "paid" if booked and told.verdict == "accepted" else "closed"
        rows = list(tables.values())
        rows[0].append((
            order, self.order_no(index), "registration", "appointment", self._id(index, 9), order, order, fen, "挂号费",
            "Registration", state, at, at, at,
        ))  # fmt: skip
        rows[1].append((
            attempt, order, 1, "k", self.channel(index), "test", "wechat_oa", MERCHANT, "wx", self.trade_no(index), fen,
            "paid" if booked else "closed", self.transaction(index) if booked else None, paid, ended,
            told.verdict if booked else None, at, at, at,
        ))  # fmt: skip
        count = 0
        if paid is not None:
            kind = "mismatched" if told.verdict == "mismatch" else "paid"
            self._post(rows, self._id(index, 4), kind, (order, attempt, None), paid, at)
            count += 1
        if told.back is not None and told.refund:
            done = told.back[1]
            amount = done if done is not None else told.back[0]
            cause = {"accepted": "asked"}.get(told.verdict, told.verdict)
            rows[2].append((
                refund, self.refund_no(index), self.refund_no(index), order, attempt, "whole", cause, amount, "r", "w",
                "done" if done is not None else told.refund, at, at if done is not None else None,
            ))  # fmt: skip
            if done is not None:
                self._post(rows, self._id(index, 5), "refunded", (order, attempt, refund), -done, at)
                count += 1
        return count

    def _post(
        self, rows: list[list[tuple[Any, ...]]], made: UUID, kind: str, about: tuple[UUID, UUID, UUID | None], fen: int,
        at: datetime,
    ) -> None:  # fmt: skip
        order, attempt, refund = about
        rows[3].append((made, kind, order, attempt, refund, at))
        # The account on the other side does not matter to a day's movements, only that the posting balances.
        channel = next(row[4] for row in reversed(rows[1]) if row[0] == attempt)
        rows[4].append((made, order, f"channel:{channel}", fen))
        rows[4].append((made, order, "clearing:refund" if refund else "patient:order", -fen))

    def _id(self, index: int, place: int) -> UUID:
        return UUID(int=(self.day.toordinal() << 64) | (index << 8) | place)


_COPIES: tuple[LiteralString, ...] = (
    (
        "COPY payments.orders (id, no, kind, subject_kind, subject_id, account_id, patient_id, total_fen, title_zh,"
        " title_en, state, created_at, expires_at, ended_at) FROM STDIN"
    ),
    (
        "COPY payments.attempt (id, order_id, seq, idem_key, channel, method, account_channel, merchant_id, app_id,"
        " out_trade_no, amount_fen, state, transaction_id, paid_fen, paid_at, verdict, claimed_at,"
        " created_at, expires_at)"
        " FROM STDIN"
    ),
    (
        "COPY payments.refund (id, no, out_refund_no, order_id, attempt_id, key, cause, amount_fen, reason, why, state,"
        " requested_at, done_at) FROM STDIN"
    ),
    "COPY payments.posting (id, kind, order_id, attempt_id, refund_id, at) FROM STDIN",
    "COPY payments.entry (posting_id, order_id, account, amount_fen) FROM STDIN",
)


def _flush(connection: psycopg.Connection[Any], tables: dict[LiteralString, list[tuple[Any, ...]]]) -> None:
    for statement, rows in tables.items():
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        rows.clear()


@dataclass
class SeededBill:
    """A channel of which only the bill is read."""

    told: SeededDay
    name: str
    system: str = "seeded"
    merchant_id: str = MERCHANT

    async def bill(self, day: date) -> AsyncIterator[BillLine]:
        if day == self.told.day:
            for line in self.told.bill(self.name):
                yield line


@dataclass
class SeededStatement:
    """A HIS of which only the statement is read."""

    told: SeededDay

    async def day(self, day: date) -> AsyncIterator[Said]:
        if day == self.told.day:
            for line in self.told.statement():
                yield line
