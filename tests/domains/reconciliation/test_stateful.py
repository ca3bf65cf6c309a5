"""Several channels and an insurance at once, in random order, with faults; then the books of every day are compared.

Besides what `test_interleavings` holds at every step: both legs of an insured order stand or none, and when the world
has come to rest every day's comparison is clean: nothing is unaccounted for, no difference is left without an answer.
`JIUYI_STATEFUL_RUNS=200` runs more of them.
"""

import asyncio
import os
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments import settings as payments_settings
from jiuyi.domains.payments.types import InsuranceLeg, LegState, OrderState, RefundState, Shares
from jiuyi.domains.reconciliation import flows, service
from jiuyi.domains.reconciliation import settings as reconciliation_settings
from jiuyi.domains.reconciliation.repository import items
from jiuyi.domains.reconciliation.types import INSURANCE, Act, Decision, Item, ItemState, Kind, RunState, Said
from jiuyi.kit.clock import local
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from tests.domains.payments.desk import Desk
from tests.domains.payments.test_interleavings import Hall
from tests.domains.reconciliation.ledger_room import CHECKER, MAKER, MemoryCentre, MemoryHis
from tests.support.clock import AppClock
from tests.support.memory_channel import APP, MemoryChannel

pytestmark = [pytest.mark.feature("I06"), pytest.mark.feature("I08"), pytest.mark.slow]
RUNS = int(os.environ.get("JIUYI_STATEFUL_RUNS", "8"))


class Hospital(Hall):
    """A cash hall with two channels and an insurance; the person changes between them."""

    def __init__(self) -> None:
        super().__init__()
        self.db.subscriptions._jobs.clear()
        other = MemoryChannel(
            name="alipay", system="alipay_pay", merchant_id="2088000000000001", app_ids={"wechat_oa": APP}
        )
        self.desk = Desk(self.db, self.channel, {"alipay_h5": other})
        self.knobs = Knobs((*reconciliation_settings.KNOBS, *payments_settings.KNOBS))
        self.his, self.centre = MemoryHis(), MemoryCentre()
        books = flows.Books(self.db, self.knobs, self.desk.channels, self.his, self.centre)
        self.mender = flows.Mender(books, {"appointment": self.his})
        self.first: date = self.runner.run(self._today())
        other.ahead = timedelta(seconds=self.runner.run(self._offset()))

    async def _today(self) -> date:
        return local(await AppClock(self.db).now()).date()

    @rule()
    def the_other_channel(self) -> None:
        self.channel = next(each for each in self.desk.methods.values() if each is not self.channel)
        self.desk.channel = self.channel

    @rule(data=st.data(), share=st.sampled_from([4, 2, 1]))
    def an_insurance_agrees(self, data: st.DataObject, share: int) -> None:
        order = data.draw(st.sampled_from(self.orders))
        fen = max(1, order.total_fen // share)
        self.run(self._agree(order.id, Shares(pooled_fen=fen - fen // 3, personal_account_fen=fen // 3)))

    async def _agree(self, order_id: Any, shares: Shares) -> None:
        async with self.db.tx() as tx:
            await payments.agree_insurance(tx, order_id, new_id(), payer="national_centre", shares=shares)

    @rule(data=st.data())
    def the_own_part_is_paid(self, data: st.DataObject) -> None:
        self.keys += 1
        order = data.draw(st.sampled_from(self.orders))
        self.run(self.desk.pay(self.lin, order, f"own {self.keys}", beside_insurance=True))
        for number in [number for number in self._open() if number.startswith(order.no)]:
            attempt = self._attempt(number)
            if attempt is not None and attempt.token is not None:
                self.channel.person_pays(number)

    @rule(data=st.data(), how=st.sampled_from(["paid", "paid", "paid", "dropped", "half"]), twice=st.booleans())
    def the_insurance_answers(self, data: st.DataObject, how: str, *, twice: bool) -> None:
        order = data.draw(st.sampled_from(self.orders))
        for _ in range(2 if twice else 1):
            self.run(self._answer(order.id, how))

    async def _answer(self, order_id: Any, how: str) -> None:
        async with self.db.tx() as tx:
            leg = await payments.insurance_leg(tx, order_id)
            if leg is None:
                return
            if how == "paid":
                await payments.insurance_paid(tx, leg.id, settle_no=f"HI{leg.id.hex}", who="test")
            elif how == "dropped":
                await payments.drop_insurance(tx, leg.id, who="test", why="refused")
            else:
                await payments.return_insurance(tx, leg.id, who="test", why="the own part did not come")

    @rule(data=st.data())
    def the_insurance_takes_back(self, data: st.DataObject) -> None:
        self.run(self._take_back(data.draw(st.sampled_from(self.orders)).id))

    async def _take_back(self, order_id: Any) -> None:
        for leg in await self._legs(order_id):
            async with self.db.tx() as tx:
                await payments.insurance_returned(tx, leg.id, who="test")

    async def _legs(self, order_id: Any) -> list[InsuranceLeg]:
        async with self.db.tx() as tx:
            ids = await tx.values("SELECT id FROM payments.insurance_leg WHERE order_id = %s ORDER BY id", (order_id,))
            query = (
                "SELECT id, order_id, payer, pooled_fen, personal_account_fen, other_fen, amount_fen, state, cause,"
                " settle_no, paid_at, returned_at FROM payments.insurance_leg WHERE id = %s"
            )
            return [await tx.must(InsuranceLeg, query, (each,)) for each in ids]

    # At rest ---------------------------------------------------------------------------------------------------------

    async def _settle(self) -> None:
        for _ in range(4):
            await super()._settle()
            for order in self.orders:
                await self._end_legs(order.id)
        await super()._settle()

    async def _end_legs(self, order_id: Any) -> None:
        """What the domain `insurance` does in the end: an order without its own part takes the insurance's back."""
        async with self.db.tx() as tx:
            order = await payments.order(tx, order_id)
        for leg in await self._legs(order_id):
            async with self.db.tx() as tx:
                if leg.state is LegState.AGREED:
                    await payments.drop_insurance(tx, leg.id, who="test", why="over")
                elif leg.state is LegState.PAID and order.state is not OrderState.PAID:
                    await payments.return_insurance(tx, leg.id, who="test", why="over")
        await self._take_back(order_id)

    async def insured(self) -> tuple[int, int]:
        legs = [leg for order in self.orders for leg in await self._legs(order.id)]
        for leg in legs:
            event(f"leg {leg.state}")
            assert leg.state in {LegState.PAID, LegState.RETURNED, LegState.DROPPED}
        paid = sum(leg.amount_fen for leg in legs if leg.paid_at is not None)
        return paid, sum(leg.amount_fen for leg in legs if leg.state is LegState.RETURNED)

    async def _check_ends(self) -> None:
        await super()._check_ends()
        for order in self.orders:
            now = await self.desk.read(order)
            standing = [leg for leg in await self._legs(order.id) if leg.state is LegState.PAID]
            assert not standing or now.state is OrderState.PAID, "one leg stands alone"
        await self._reconcile()

    # The books -------------------------------------------------------------------------------------------------------

    async def _reconcile(self) -> None:
        last = await self._today()
        await self._to(last, 10, 31)
        await self._compare(self.first, last)
        for item in await self._items(self.first, last):
            event(f"difference {item.fault}")
            if item.state is ItemState.OPEN and item.fault.value == "amount_order":
                await self._two_people(item)
        await self._act()
        await self._to(last + timedelta(days=1), 10, 31)
        await self._compare(last + timedelta(days=1), last + timedelta(days=1))
        await self._act()
        async with self.db.tx() as tx:
            report = await service.day_report(tx, last)
        left = [item for item in report.unaccounted if item.at >= (await self._begin())]
        assert [(item.no, item.fault, item.state, item.done_zh) for item in left] == []
        await self._to(last + timedelta(days=3), 1, 0)

    async def _begin(self) -> Any:
        async with self.db.tx() as tx:
            return await tx.value("SELECT %s::date::timestamp AT TIME ZONE 'Asia/Shanghai'", (self.first,))

    async def _to(self, day: date, hour: int, minute: int) -> None:
        """The day after `day`, at that hour."""
        now = local(await AppClock(self.db).now())
        wanted = now.replace(year=day.year, month=day.month, day=day.day, hour=hour, minute=minute)
        await self.desk.forward(seconds=(wanted + timedelta(days=1) - now).total_seconds())

    async def _compare(self, first: date, last: date) -> None:
        self.his.entries = [entry async for entry in self._his_books()]
        self.centre.lines = [line async for line in self._centre_books()]
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            run = await flows.reconcile(self.mender.books, day, actor=Actor.system("test"))
            assert run.state is RunState.DONE, run.why
            async with self.db.tx() as tx:
                report = await service.day_report(tx, day)
            assert report.total.bill_gap_fen == report.bill_gap_explained_fen
            assert report.total.his_gap_fen == report.his_gap_explained_fen

    async def _his_books(self) -> Any:
        """What a hospital that heard everything has entered: paid orders that still stand, and what was given back."""
        for order in self.orders:
            now = await self.desk.read(order)
            if now.state is not OrderState.PAID:
                continue
            async with self.db.tx() as tx:
                proof = await payments.proof(tx, order.id)
            number = proof.transaction_id
            yield Said(Kind.PAYMENT, proof.channel, number, proof.amount_fen, proof.paid_at, order_no=order.no)
            for refund in await self.desk.refunds(order):
                if refund.cause.value == "asked" and refund.state is RefundState.DONE and refund.done_at:
                    whole = refund.amount_fen + now.insurance_fen == proof.amount_fen
                    fen = proof.amount_fen if whole else refund.amount_fen
                    yield Said(Kind.REFUND, proof.channel, number, fen, refund.done_at, order_no=order.no)
            for leg in await self._legs(order.id):
                if proof.channel == INSURANCE and leg.returned_at and leg.settle_no == number:
                    yield Said(Kind.REFUND, INSURANCE, number, leg.amount_fen, leg.returned_at, order_no=order.no)

    async def _centre_books(self) -> Any:
        """What an insurance that settled and took back what it was told to has on its bills."""
        for leg in [leg for order in self.orders for leg in await self._legs(order.id)]:
            no = leg.settle_no
            for kind, at in ((Kind.PAYMENT, leg.paid_at), (Kind.REFUND, leg.returned_at)):
                if no is not None and at is not None:
                    yield Said(
                        kind,
                        INSURANCE,
                        no,
                        leg.amount_fen,
                        at,
                        trade_no=no,
                        refund_no=no if kind is Kind.REFUND else None,
                        merchant_id=leg.payer,
                        account_fen=leg.personal_account_fen,
                    )

    async def _items(self, first: date, last: date) -> list[Item]:
        found: list[Item] = []
        async with self.db.tx() as tx:
            for n in range((last - first).days + 1):
                found += await items.of_day(tx, first + timedelta(days=n))
        return found

    async def _two_people(self, item: Item) -> None:
        async with self.db.tx() as tx:
            proposal = await service.propose(tx, item.id, Act.RETURN, "金额不符退回", maker=MAKER)
        async with self.db.tx() as tx:
            await service.decide(tx, proposal.id, Decision.APPROVED, "", by=CHECKER)

    async def _act(self) -> None:
        for _ in range(3):
            await self.mender.settle_due()
            await self.desk.work()
            await self._settle_refunds()
            await self.desk.forward(seconds=400)
            await self.desk.sweep()
        await self.mender.settle_due()

    async def _settle_refunds(self) -> None:
        for channel in self.desk.methods.values():
            for number in list(channel.backs):
                channel.settle(number)
        await self.desk.deliver()


def test_the_books_are_clean_in_the_end(dsn: str) -> None:
    with asyncio.Runner() as runner:
        db = Db(dsn, size=4)
        runner.run(db.open())
        Hospital.runner, Hospital.db = runner, db
        try:
            run_state_machine_as_test(
                Hospital,
                settings=settings(
                    max_examples=RUNS,
                    stateful_step_count=40,
                    deadline=None,
                    database=None,
                    # One database serves all runs, so a shorter run is not the same run: no shrinking.
                    phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                    print_blob=False,
                ),
            )
        finally:
            runner.run(db.close())
