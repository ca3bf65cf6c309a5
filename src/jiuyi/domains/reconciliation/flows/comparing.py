"""Comparing one day: every source is read to its end first, then the database compares, then differences are named.

No transaction is open while a source is waited for; a few thousand lines at a time are in memory, whatever the day.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments.ports import Billed, Channels, NoBillYet
from jiuyi.domains.payments.types import BillKind
from jiuyi.domains.reconciliation import service, settings
from jiuyi.domains.reconciliation.ports import HisStatement, InsuranceBill, NotReady
from jiuyi.domains.reconciliation.types import INSURANCE, Finding, Kind, Line, Run, RunState, Said, Side, SourceState
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import Garbled, NotDone

BATCH = 5000
FINDINGS = 500
NOT_GIVEN_BACK = frozenset({"PROCESSING", "FAIL", "FAILED", "ABNORMAL", "CLOSED"})
"""States of a bill's refund line that moved no money (WeChat lists refunds under way and failed ones as well)."""
Progress = Callable[[str, int], None]
"""Told the name of a source (or `differences`) and how many lines there have been so far."""


def quiet(_name: str, _rows: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True)
class Books:
    """Everybody who says something about money, and where it is kept."""

    db: Db
    knobs: Knobs
    channels: Channels
    statement: HisStatement
    insurance: InsuranceBill | None = None
    cuts: Mapping[str, timedelta] = field(default_factory=dict)
    """How long before midnight a channel's own day ends, where it does."""


@dataclass
class _Read:
    """How a source came out."""

    name: str
    side: Side
    state: SourceState = SourceState.READING
    rows: int = 0
    detail: str | None = None


@dataclass
class _Reading:
    books: Books
    run: Run
    progress: Progress
    read: list[_Read] = field(default_factory=list)

    async def source(self, name: str, side: Side, said: AsyncIterator[Said]) -> None:
        """Stage one outside source to its end; what goes wrong is its state."""
        came = _Read(name, side)
        self.read.append(came)
        batch: list[Said] = []
        try:
            async for one in said:
                batch.append(one)
                if len(batch) >= BATCH:
                    await self._keep(came, batch)
            await self._keep(came, batch)
            came.state = SourceState.READY
        except (NoBillYet, NotReady) as error:
            came.state, came.detail = SourceState.NOT_YET, error.detail
        except Garbled as error:
            came.state, came.detail = SourceState.ODD, error.detail
        except NotDone as error:
            came.state, came.detail = SourceState.SILENT, f"{type(error).__name__} {error.detail}"
        await self._note(came)

    async def _keep(self, came: _Read, batch: list[Said]) -> None:
        if batch:
            async with self.books.db.tx() as tx:
                await service.stage(tx, self.run.id, came.side, batch)
            came.rows += len(batch)
            batch.clear()
            await self._note(came)

    async def ours(self) -> None:
        """Stage our own movements and what is carried over."""
        came = _Read("ours", Side.OURS)
        self.read.append(came)
        async with self.books.db.tx() as reading, self.books.db.tx() as writing:
            came.rows = await service.stage_ours(reading, writing, self.run)
        async with self.books.db.tx() as tx:
            await service.carry(tx, self.run, self.books.knobs)
        came.state = SourceState.READY
        await self._note(came)

    async def _note(self, came: _Read) -> None:
        async with self.books.db.tx() as tx:
            await service.note_source(tx, self.run.id, came.name, came.side, came.state, came.rows, came.detail)
        self.progress(came.name, came.rows)

    async def doubt_empty(self, most: int) -> list[_Read]:
        """Sources that are empty although we have many movements there: nothing is concluded from them."""
        ours = next(came.rows for came in self.read if came.side is Side.OURS)
        doubtful = []
        for came in self.read:
            if came.state is not SourceState.READY or came.rows > 0 or ours <= most:
                continue
            async with self.books.db.tx() as tx:
                ours_there = ours if came.side is Side.HIS else await service.ours_at(tx, self.run, came.name)
            if came.side is not Side.OURS and ours_there > most:
                doubtful.append(came)
        return doubtful


async def reconcile(books: Books, day: date, *, actor: Actor, progress: Progress = quiet) -> Run:
    """Compare a day and write down every difference. Raises `DayNotOver`, `AlreadyRunning`.

    When a bill or statement is not there yet, or cannot be trusted, the run is `waiting` and nothing is concluded.
    """
    async with books.db.tx() as tx:
        run = await service.begin(tx, day, actor=actor)
    try:
        reading = _Reading(books, run, progress)
        await _read(reading)
        missing = [came for came in reading.read if came.state is not SourceState.READY]
        if missing:
            why = ", ".join(f"{came.name}: {came.state.value}" for came in missing)
            async with books.db.tx() as tx:
                return await service.end(tx, run, RunState.WAITING, why=why)
        matched = await _compare(books, run, progress)
        async with books.db.tx() as tx:
            await service.settle_vanished(tx, run)
            many = await service.leave_to_people(tx, run, books.knobs)
            return await service.end(tx, run, RunState.DONE, why="too many" if many else "", matched=matched)
    except BaseException:
        async with books.db.tx() as tx:
            await service.end(tx, run, RunState.FAILED, why="a fault of the program")
        raise


async def _read(reading: _Reading) -> None:
    books, day = reading.books, reading.run.day
    for channel in books.channels.billed():
        await reading.source(channel.name, Side.CHANNEL, _bill(channel, day))
    if books.insurance is not None:
        await reading.source(INSURANCE, Side.CHANNEL, books.insurance.bill(day))
    await reading.source("his", Side.HIS, books.statement.day(day))
    await reading.ours()
    if books.insurance is not None:
        async with books.db.tx() as tx:
            await service.set_apart(tx, reading.run, books.insurance.payers)
    for came in await reading.doubt_empty(books.knobs.get(settings.EMPTY_MOST)):
        came.state, came.detail = SourceState.ODD, "empty"
        async with books.db.tx() as tx:
            await service.note_source(tx, reading.run.id, came.name, came.side, came.state, came.rows, came.detail)


async def _bill(channel: Billed, day: date) -> AsyncIterator[Said]:
    """A channel's bill in our words."""
    name, merchant = channel.name, channel.merchant_id
    async for line in channel.bill(day):
        if line.kind is BillKind.REFUND and line.state.upper() in NOT_GIVEN_BACK:
            continue
        yield Said(
            kind=Kind.REFUND if line.kind is BillKind.REFUND else Kind.PAYMENT,
            channel=name,
            transaction_id=line.transaction_id,
            amount_fen=line.amount_fen,
            at=line.at,
            trade_no=line.out_trade_no,
            refund_no=line.out_refund_no,
            merchant_id=line.merchant_id or merchant,
        )


async def _compare(books: Books, run: Run, progress: Progress) -> int:
    """Name the differences, a batch at a time; return how many of our movements agree on all sides."""
    odd = named = 0
    batch: list[tuple[str, Finding]] = []

    async def keep() -> int:
        async with books.db.tx() as tx:
            count = await service.record(tx, run, batch)
        batch.clear()
        return count

    async with books.db.tx() as tx:
        await service.weigh(tx, run)
        unbilled = await service.unbilled(tx, run)
    async with books.db.tx() as reading:
        group: list[Line]
        async for group in service.groups(reading, run, unbilled):
            batch += service.findings(group, run, books.knobs, unbilled, books.cuts)
            if len(batch) >= FINDINGS:
                named += len(batch)
                odd += await keep()
                progress("differences", named)
    named += len(batch)
    odd += await keep()
    progress("differences", named)
    async with books.db.tx() as tx:
        return await service.our_count(tx, run) - odd
