"""The finance department of a hospital with an insurance: counter, cash desk, the centre's bill, the HIS's books."""

from datetime import date, datetime, timedelta

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.insurance.flows import Checking
from jiuyi.domains.insurance.types import Settlement
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import Order, OrderState
from jiuyi.domains.reconciliation import flows, service
from jiuyi.domains.reconciliation import settings as reconciliation_settings
from jiuyi.domains.reconciliation.repository import items
from jiuyi.domains.reconciliation.types import INSURANCE, Act, Decision, Item, Kind, RunState, Said
from jiuyi.kit.clock import HOSPITAL_ZONE
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from tests.domains.insurance.window import Window
from tests.domains.reconciliation.ledger_room import CHECKER, MAKER, MemoryCentre, MemoryHis
from tests.support.clock import AppClock


class InsuredRoom(Window):
    """What the tests of an insurance's books do, in words."""

    def __init__(self, db: Db) -> None:
        super().__init__(db)
        self.knobs = Knobs((*reconciliation_settings.KNOBS, *self.knobs.known.values()))
        self.centre, self.his_books = MemoryCentre(), MemoryHis()
        books = flows.Books(db, self.knobs, self.channels, self.his_books, self.centre)
        checking = Checking(self.counter, self.outcome)
        self.mender = flows.Mender(books, {"appointment": self.his_books}, checking)

    async def at(self, hour: int, minute: int = 0) -> date:
        """Go on to the next such time of the hospital's clock; return the day."""
        here = (await AppClock(self.db).now()).astimezone(HOSPITAL_ZONE)
        wanted = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
        if wanted <= here:
            wanted += timedelta(days=1)
        await self.forward(seconds=(wanted - here).total_seconds())
        return wanted.date()

    async def moment(self) -> datetime:
        return await AppClock(self.db).now()

    async def agreed(self, fen: int = 1500) -> tuple[Order, Settlement]:
        """A patient has agreed to a split; nobody has confirmed anything."""
        by = await self.person()
        order = await self.insured_order(by, fen)
        row = await self.presettled(by, order)
        await self.settle(by, row)
        return order, await self.now(row)

    async def settled(self, fen: int = 1500, *, entered: bool = True) -> tuple[Order, Settlement]:
        """Both parts are in; the HIS has entered them as one."""
        order, row = await self.agreed(fen)
        self.cashier.person_confirms()
        await self.deliver(times=1)
        await self.outcome.look(row.id)
        await self.work()
        assert (await self.read(order)).state is OrderState.PAID
        if entered:
            await self.enter(order)
        return order, await self.now(row)

    async def enter(self, order: Order, kind: Kind = Kind.PAYMENT) -> None:
        async with self.db.tx() as tx:
            proof = await payments.proof(tx, order.id)
        self.his_books.entries.append(
            Said(kind, proof.channel, proof.transaction_id, proof.amount_fen, await self.moment(), order_no=order.no)
        )

    async def returned(self, order: Order, row: Settlement) -> None:
        """The whole order goes back, the insurance's part first."""
        async with self.db.tx() as tx:
            await payments.request_refund(tx, order.id, order.total_fen, "退费", "test")
        await self.all_goes_back(row)
        await self.enter(order, Kind.REFUND)

    async def all_goes_back(self, row: Settlement) -> None:
        await self.work()
        await self.outcome.look(row.id)
        await self.work()
        for number in list(self.channel.backs):
            self.channel.settle(number)
        await self.deliver()

    def settle_no(self, row: Settlement) -> str:
        """The settlement's number at the insurance."""
        return self.payer.orders[row.no].settle_no

    async def listed(self, row: Settlement, kind: Kind = Kind.PAYMENT, at: datetime | None = None) -> None:
        """The centre's bill has it."""
        split = self.payer.orders[row.no].split
        assert split is not None
        number = self.settle_no(row)
        self.centre.lines.append(
            Said(
                kind, INSURANCE, number, split.total_fen - split.own_fen, at or await self.moment(), trade_no=number,
                refund_no=number if kind is Kind.REFUND else None, order_no=row.no, merchant_id="national_centre",
                account_fen=split.personal_account_fen,
            )
        )  # fmt: skip

    async def compare(self, day: date) -> list[tuple[str, str]]:
        """Compare, check that the gaps are explained, and say (class, state) of each difference."""
        run = await flows.reconcile(self.mender.books, day, actor=Actor.system("test"))
        assert run.state is RunState.DONE, run.why
        async with self.db.tx() as tx:
            report = await service.day_report(tx, day)
        assert report.total.bill_gap_fen == report.bill_gap_explained_fen
        assert report.total.his_gap_fen == report.his_gap_explained_fen
        return await self.faults(day)

    async def items(self, day: date) -> list[Item]:
        async with self.db.tx() as tx:
            return await items.of_day(tx, day)

    async def faults(self, day: date) -> list[tuple[str, str]]:
        return [(item.fault.value, item.state.value) for item in await self.items(day)]

    async def mend(self) -> None:
        await self.mender.settle_due()

    async def two_people(self, day: date, act: Act) -> None:
        """Maker and checker want this done about the day's only difference; the worker does it."""
        [item] = await self.items(day)
        async with self.db.tx() as tx:
            proposal = await service.propose(tx, item.id, act, "已与医保中心核对", maker=MAKER)
        async with self.db.tx() as tx:
            await service.decide(tx, proposal.id, Decision.APPROVED, "", by=CHECKER)
        await self.mend()
