"""A day's insurance legs with faults planted at known places: what centre, HIS and our books say."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from jiuyi.domains.reconciliation.rules import day_bounds
from jiuyi.domains.reconciliation.types import INSURANCE, Fault, Kind, Said
from tests.support.seeded_day import Expected

CENTRE = "national_centre"
_BUSY_SECONDS = 84_000


@dataclass(frozen=True)
class ToldLeg:
    """One leg and its reversal, as every side tells it; fen, reversals positive. `found` names what must be found."""

    pay: tuple[int | None, int | None, int | None] = (None, None, None)
    """Centre, ours, HIS."""
    back: tuple[int | None, int | None, int | None] | None = None
    moved: int = 0
    """Fen that the centre counts to the personal account and we to the pool."""
    known: bool = True
    """Whether our books know the settlement at all."""
    twice: bool = False
    found: tuple[tuple[Fault, Kind], ...] = ()


def _told(fen: int, fault: Fault | None, *, reversed_: bool) -> ToldLeg:
    pay, back = Kind.PAYMENT, Kind.REFUND
    if fault is None:
        return ToldLeg((fen,) * 3, (fen,) * 3 if reversed_ else None)
    table: dict[Fault, ToldLeg] = {
        Fault.INSURANCE_MISSING: ToldLeg((None, fen, fen), found=((fault, pay),)),
        Fault.INSURANCE_UNKNOWN: ToldLeg((fen, None, None), found=((fault, pay),)),
        Fault.UNKNOWN_ORDER: ToldLeg((fen, None, None), known=False, found=((fault, pay),)),
        Fault.INSURANCE_AMOUNT: ToldLeg((fen + 1, fen, fen), found=((fault, pay),)),
        Fault.INSURANCE_SPLIT: ToldLeg((fen,) * 3, moved=1, found=((fault, pay),)),
        Fault.INSURANCE_HIS: ToldLeg((fen, fen, fen - 1), found=((fault, pay),)),
        Fault.INSURANCE_BACK_MISSING: ToldLeg((fen,) * 3, (None, fen, fen), found=((fault, back),)),
        Fault.INSURANCE_BACK_UNBOOKED: ToldLeg((fen,) * 3, (fen, None, None), found=((fault, back),)),
        Fault.LONG: ToldLeg((fen, fen, None), found=((fault, pay),)),
        Fault.SHORT: ToldLeg((None, None, fen), found=((fault, pay),)),
        Fault.CROSS_DAY: ToldLeg((fen, fen, None), found=((fault, pay),)),
        Fault.BILL_DUPLICATE: ToldLeg((fen,) * 3, twice=True, found=((fault, pay),)),
    }
    return table[fault]


PLANTED_LEGS = (
    Fault.INSURANCE_MISSING, Fault.INSURANCE_UNKNOWN, Fault.UNKNOWN_ORDER, Fault.INSURANCE_AMOUNT,
    Fault.INSURANCE_SPLIT, Fault.INSURANCE_HIS, Fault.INSURANCE_BACK_MISSING, Fault.INSURANCE_BACK_UNBOOKED,
    Fault.LONG, Fault.SHORT, Fault.CROSS_DAY, Fault.BILL_DUPLICATE,
)  # fmt: skip
"""Every class that a day's legs can be given here."""


@dataclass(frozen=True)
class SeededLegs:
    """`size` legs of one day, every tenth taken back; the centre's bill lists those of `payers`.

    Every fourth clean leg was settled by the HIS itself.
    """

    day: date
    size: int
    planted: Mapping[int, Fault] = field(default_factory=dict)
    payers: frozenset[str] = frozenset({CENTRE, "his"})

    def fen(self, index: int) -> int:
        return 300 + index * 6151 % 60_000

    def account(self, index: int) -> int:
        return self.fen(index) // 3

    def payer(self, index: int) -> str:
        return "his" if index % 4 == 3 and index not in self.planted else CENTRE

    def at(self, index: int) -> datetime:
        begin, end = day_bounds(self.day)
        if self.planted.get(index) is Fault.CROSS_DAY:
            return end - timedelta(minutes=3)
        return begin + timedelta(seconds=90 + index * _BUSY_SECONDS // max(1, self.size))

    def told(self, index: int) -> ToldLeg:
        return _told(self.fen(index), self.planted.get(index), reversed_=index % 10 == 9)

    def settle_no(self, index: int) -> str:
        return f"44{self.day:%Y%m%d}{index:012d}"

    def our_no(self, index: int) -> str:
        return f"I{self.day:%Y%m%d}L{index:07d}"

    def order_no(self, index: int) -> str:
        return f"O{self.day:%Y%m%d}L{index:09d}"

    def bill(self) -> Iterator[Said]:
        """What the centre's file lists."""
        for index in range(self.size):
            told = self.told(index)
            if self.payer(index) not in self.payers:
                continue
            for kind, fen in ((Kind.PAYMENT, told.pay[0]), (Kind.REFUND, told.back[0] if told.back else None)):
                for _ in range(2 if told.twice else 1):
                    if fen is not None:
                        yield Said(
                            kind, INSURANCE, self.settle_no(index), fen, self.at(index),
                            trade_no=self.settle_no(index),
                            refund_no=self.settle_no(index) if kind is Kind.REFUND else None,
                            order_no=self.our_no(index), merchant_id=self.payer(index),
                            account_fen=self.account(index) + told.moved,
                        )  # fmt: skip

    def statement(self) -> Iterator[Said]:
        """What the HIS entered."""
        for index in range(self.size):
            told = self.told(index)
            for kind, fen in ((Kind.PAYMENT, told.pay[2]), (Kind.REFUND, told.back[2] if told.back else None)):
                if fen is not None:
                    yield Said(
                        kind, INSURANCE, self.settle_no(index), fen, self.at(index), order_no=self.order_no(index)
                    )

    def expected(self) -> set[Expected]:
        """What must be found, and nothing else."""
        found: set[Expected] = set()
        for index in sorted(self.planted):
            told = self.told(index)
            for fault, kind in told.found:
                sides = told.pay if kind is Kind.PAYMENT else told.back or (None, None, None)
                if fault is Fault.BILL_DUPLICATE:
                    sides = (sides[0], None, None)
                sign = 1 if kind is Kind.PAYMENT else -1
                bill, ours, his = (None if fen is None else sign * fen for fen in sides)
                found.add((fault.value, kind.value, self.settle_no(index), bill, ours, his))
        return found

    # Our side --------------------------------------------------------------------------------------------------------

    def seed(self, dsn: str) -> int:
        """Write our own legs of the day straight into the tables, unchecked; return how many movements they have."""
        tables: dict[LiteralString, list[tuple[Any, ...]]] = {statement: [] for statement in _COPIES}
        written = 0
        with psycopg.connect(dsn) as connection:
            connection.execute("SET session_replication_role = replica")
            for index in range(self.size):
                written += self._books(index, list(tables.values()))
                if index % 2000 == 1999:
                    _flush(connection, tables)
            _flush(connection, tables)
        return written

    def _books(self, index: int, rows: list[list[tuple[Any, ...]]]) -> int:
        told, at, fen, account = self.told(index), self.at(index), self.fen(index), self.account(index)
        if not told.known:
            return 0
        order, leg = self._id(index, 1), self._id(index, 2)
        paid = told.pay[1] is not None
        back = told.back is not None and told.back[1] is not None
        rows[0].append((
            order, self.order_no(index), "outpatient_fee", "checkout", self._id(index, 9), order, order, fen, "门诊费",
            "Fees", "paid" if paid else "closed", at, at, at,
        ))  # fmt: skip
        rows[1].append((
            leg, order, self.payer(index), fen - account, account, 0,
            ("returned" if back else "paid") if paid else "dropped", "asked" if back else None,
            self.settle_no(index) if paid else None, at, at if paid else None, at if back else None,
        ))  # fmt: skip
        rows[2].append((
            leg, self.our_no(index), order, order, order, "k", "wechat_oa", "gz_employee", self.payer(index),
            "outpatient", True, fen, "done" if paid else "dropped", at, at,
        ))  # fmt: skip
        for place, sign, kind in ((4, 1, "paid"), (5, -1, "refunded")):
            if paid if sign > 0 else back:
                self._post(rows, self._id(index, place), kind, (order, leg), sign, at)
        return int(paid) + int(back)

    def _post(
        self, rows: list[list[tuple[Any, ...]]], made: UUID, kind: str, about: tuple[UUID, UUID], sign: int,
        at: datetime,
    ) -> None:  # fmt: skip
        order, leg = about
        payer = next(row[2] for row in reversed(rows[1]) if row[0] == leg)
        pooled, account = next(row[3:5] for row in reversed(rows[1]) if row[0] == leg)
        rows[3].append((made, kind, order, leg, at))
        for part, fen in (("pooled", pooled), ("personal_account", account)):
            rows[4].append((made, order, f"insurance:{payer}", part, sign * fen))
            rows[4].append((made, order, "patient:order" if sign > 0 else "clearing:refund", part, -sign * fen))

    def _id(self, index: int, place: int) -> UUID:
        return UUID(int=(self.day.toordinal() << 64) | (1 << 56) | (index << 8) | place)


_COPIES: tuple[LiteralString, ...] = (
    (
        "COPY payments.orders (id, no, kind, subject_kind, subject_id, account_id, patient_id, total_fen, title_zh,"
        " title_en, state, created_at, expires_at, ended_at) FROM STDIN"
    ),
    (
        "COPY payments.insurance_leg (id, order_id, payer, pooled_fen, personal_account_fen, other_fen, state, cause,"
        " settle_no, created_at, paid_at, returned_at) FROM STDIN"
    ),
    (
        "COPY insurance.settlement (id, no, order_id, account_id, patient_id, idem_key, channel, insurance_class,"
        " payer, visit_kind, use_account, total_fen, state, claimed_at, created_at) FROM STDIN"
    ),
    "COPY payments.posting (id, kind, order_id, leg_id, at) FROM STDIN",
    "COPY payments.entry (posting_id, order_id, account, payer, amount_fen) FROM STDIN",
)


def _flush(connection: psycopg.Connection[Any], tables: dict[LiteralString, list[tuple[Any, ...]]]) -> None:
    for statement, rows in tables.items():
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        rows.clear()


@dataclass
class SeededCentre:
    """A centre of which only the bill is read."""

    told: SeededLegs

    @property
    def payers(self) -> frozenset[str]:
        return self.told.payers

    async def bill(self, day: date) -> AsyncIterator[Said]:
        if day == self.told.day:
            for line in self.told.bill():
                yield line


@dataclass
class StatementOfBoth:
    """A HIS of which only the statement is read: what went through channels, and what insurances paid."""

    parts: tuple[Any, ...]

    async def day(self, day: date) -> AsyncIterator[Said]:
        for part in self.parts:
            if day == part.day:
                for line in part.statement():
                    yield line
