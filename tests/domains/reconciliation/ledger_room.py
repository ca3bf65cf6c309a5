"""The finance department's room: one cash desk, its channel, a HIS that enters what it is told, the books of a day."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments.types import Order
from jiuyi.domains.reconciliation import flows, service, settings
from jiuyi.domains.reconciliation.ports import NotReady
from jiuyi.domains.reconciliation.repository import items
from jiuyi.domains.reconciliation.types import DayReport, Item, Kind, Run, Said
from jiuyi.kit.clock import HOSPITAL_ZONE, local
from jiuyi.kit.db import Absent, Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import Refused, Unreachable
from tests.domains.payments.desk import Desk
from tests.support.clock import AppClock

MAKER, CHECKER = Actor("staff", "liang"), Actor("staff", "xian")


@dataclass
class MemoryHis:
    """The HIS's books: entries by moment. `tells` decides what telling it again comes to."""

    entries: list[Said] = field(default_factory=list)
    ready: bool = True
    tells: str = "enters"
    told: list[tuple[str, UUID]] = field(default_factory=list)
    next: list[Said] = field(default_factory=list)
    """What it enters when it is told again."""
    under_way: bool = False
    """Whether our own refund has no end yet."""

    async def day(self, day: date) -> AsyncIterator[Said]:
        if not self.ready:
            raise NotReady("his", "statements.daily", "later")
        for entry in self.entries:
            if local(entry.at).date() == day:
                yield entry

    async def withdrawing(self, subject_id: UUID) -> bool:
        del subject_id
        return self.under_way

    async def repost(self, subject_id: UUID) -> None:
        self._tell("repost", subject_id)

    async def enter_refund(self, subject_id: UUID) -> None:
        self._tell("enter_refund", subject_id)

    async def reverse(self, subject_id: UUID) -> None:
        self._tell("reverse", subject_id)

    def _tell(self, what: str, subject_id: UUID) -> None:
        self.told.append((what, subject_id))
        if self.tells == "refuses":
            raise Refused("his", what, "void", "处方已作废")
        if self.tells == "silent":
            raise Unreachable("his", what, "made up")
        if self.tells == "gone":
            raise Absent(f"checkout {subject_id}")
        self.entries += self.next
        self.next = []


@dataclass
class MemoryCentre:
    """A centre's bill by moment."""

    lines: list[Said] = field(default_factory=list)
    payers: frozenset[str] = frozenset({"national_centre", "his"})

    async def bill(self, day: date) -> AsyncIterator[Said]:
        for line in self.lines:
            if local(line.at).date() == day:
                yield line


class Room:
    """What the tests of reconciliation do, in words."""

    def __init__(self, db: Db) -> None:
        self.db = db
        self.desk = Desk(db)
        self.his = MemoryHis()
        self.knobs = Knobs((*settings.KNOBS, *self.desk.knobs.known.values()))
        self.books = flows.Books(db, self.knobs, self.desk.channels, self.his)
        self.mender = flows.Mender(self.books, {"appointment": self.his})

    async def at(self, hour: int, minute: int = 0, *, days: int = 0) -> datetime:
        """Go on to the next such time of the hospital's clock, `days` later."""
        now = await AppClock(self.db).now()
        here = now.astimezone(HOSPITAL_ZONE)
        wanted = here.replace(hour=hour, minute=minute, second=0, microsecond=0) + timedelta(days=days)
        if wanted <= here:
            wanted += timedelta(days=1)
        await self.desk.forward(seconds=(wanted - here).total_seconds())
        return wanted

    async def now(self) -> datetime:
        return await AppClock(self.db).now()

    async def paid(self, fen: int = 1500, *, entered: bool = True) -> Order:
        """An order paid here; the HIS has entered it."""
        order = await self.desk.paid(await self.desk.person(), fen)
        if entered:
            await self.enter(order, fen)
        return order

    async def refunded(self, order: Order, fen: int, *, entered: bool = True) -> None:
        await self.desk.refund(order, fen)
        await self.desk.work()
        for number in list(self.desk.channel.backs):
            self.desk.channel.settle(number)
        await self.desk.deliver()
        if entered:
            await self.enter(order, fen, Kind.REFUND)

    async def entry(self, order: Order, fen: int, kind: Kind = Kind.PAYMENT) -> Said:
        """An entry of the HIS, now."""
        attempt = (await self.desk.attempts(order))[0]
        number = attempt.transaction_id or "none"
        return Said(kind, "wechat", number, fen, await self.now(), order_no=order.no)

    async def enter(self, order: Order, fen: int, kind: Kind = Kind.PAYMENT) -> None:
        self.his.entries.append(await self.entry(order, fen, kind))

    async def compare(self, day: date) -> Run:
        return await flows.reconcile(self.books, day, actor=Actor.system("test"))

    async def report(self, day: date) -> DayReport:
        async with self.db.tx() as tx:
            return await service.day_report(tx, day)

    async def items(self, day: date) -> list[Item]:
        async with self.db.tx() as tx:
            return await items.of_day(tx, day)

    async def mend(self) -> None:
        """The system acts, and what follows from it is done."""
        await self.mender.settle_due()
        await self.desk.work()
        for number in list(self.desk.channel.backs):
            self.desk.channel.settle(number)
        await self.desk.deliver()
        await self.desk.forward(seconds=130)
        await self.mender.settle_due()

    async def faults(self, day: date) -> list[tuple[str, str]]:
        """(class, state) of each difference of a day."""
        return [(item.fault.value, item.state.value) for item in await self.items(day)]
