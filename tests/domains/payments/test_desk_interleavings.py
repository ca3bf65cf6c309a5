"""Random interleavings at a desk: everybody who asks about a code is held at each call and goes on in random order.

Checks, polls, other desks, words that come by themselves, answers that are lost, processes that die, time that passes.
Whatever happens: an order is paid if and only if the channel holds the money, and every attempt ends.
`JIUYI_INTERLEAVINGS=200` runs more of them.
"""

import asyncio
import os
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from jiuyi.domains.payments import flows, service
from jiuyi.domains.payments import jobs as payment_jobs
from jiuyi.domains.payments.ports import Channels
from jiuyi.domains.payments.types import LIVE, AttemptState, Order, OrderState, TradeState
from jiuyi.domains.staff.types import AtDesk, Role
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id
from jiuyi.kit.jobs import Jobs
from jiuyi.kit.outcomes import NotDone
from jiuyi.kit.problems import Problem
from tests.domains.payments.desk import Desk
from tests.support.clock import AppClock
from tests.support.slow_codes import KINDS, SlowCodes, Style
from tests.support.waiting import MOST_SECONDS

pytestmark = [pytest.mark.feature("I06", "I07"), pytest.mark.slow]
RUNS = int(os.environ.get("JIUYI_INTERLEAVINGS", "40"))
DIGITS = {"wechat": "134567890123450827", "alipay": "280000000000012345", "unionpay": "6212345678901234567"}
FEN = 5050
OVER = 31
"""Seconds until nobody waits for the payer any longer."""


class Counters(RuleBasedStateMachine):
    """Two desks, one order, one channel, and whoever is asking."""

    runner: asyncio.Runner
    db: Db

    def __init__(self) -> None:
        super().__init__()
        self.db.subscriptions._jobs.clear()
        self.desk = Desk(self.db)
        self.ahead = timedelta()
        self.asking: dict[str, asyncio.Task[Any]] = {}
        self.count = 0
        self.channel: SlowCodes
        self.channels: Channels
        self.order: Order

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead  # noqa: TID251 - the channel is another machine

    @initialize(style=st.sampled_from(sorted(KINDS)))
    def arrive(self, style: Style) -> None:
        self.channel = SlowCodes(style, self.clock)
        self.channels = Channels({}, [self.channel])
        self.desk.jobs = Jobs()
        payment_jobs.register(self.desk.jobs, db=self.db, channels=self.channels, knobs=self.desk.knobs)
        self.runner.run(self._open())
        self.take_a_code()

    async def _open(self) -> None:
        async with self.db.tx() as tx:
            self.ahead = timedelta(seconds=float(await tx.value("SELECT offset_seconds FROM kit.clock")))
        expires = self.clock() + timedelta(hours=3)
        self.order = await self.desk.order(await self.desk.person(), FEN, expires)

    # who asks

    def begin(self, what: str, work: Coroutine[Any, Any, Any]) -> None:
        """Somebody begins, and comes as far as the first call."""
        self.count += 1
        self.runner.run(self._begin(f"{what} {self.count}", work))

    async def _begin(self, who: str, work: Coroutine[Any, Any, Any]) -> None:
        self.asking[who] = asyncio.create_task(_tolerant(work), name=who)
        await self._rest(who)

    async def _rest(self, who: str) -> None:
        """Until they stand at a call, or have come to the end."""
        task = self.asking[who]
        async with asyncio.timeout(MOST_SECONDS):
            while not task.done() and who not in self.channel.places:
                self.channel.moved.clear()
                waiting = asyncio.create_task(self.channel.moved.wait())
                await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
        if task.done():
            await task
            del self.asking[who]

    def _attempts(self) -> list[Any]:
        return self.runner.run(self.desk.attempts(self.order))

    @rule()
    def take_a_code(self) -> None:
        at = AtDesk(new_id(), f"w{self.count % 2}", Role.CASHIER, "窗", "W", new_id(), "1027", "区慧敏", None, None)
        digits = DIGITS[self.channel.style]
        work = flows.collect(
            self.db, self.channels, self.desk.knobs, order_id=self.order.id, at=at, key=f"k{self.count}", code=digits
        )
        self.begin("collect", work)

    @rule(data=st.data(), how=st.sampled_from(["check", "poll"]))
    def somebody_asks(self, data: st.DataObject, how: str) -> None:
        attempts = self._attempts()
        attempt = data.draw(st.sampled_from([*attempts[-2:], attempts[-1]]))
        ask = flows.poll if how == "poll" else flows.ask
        self.begin(how, ask(self.db, self.channels, self.desk.knobs, attempt.id))

    @precondition(lambda self: self.asking)
    @rule(data=st.data(), fault=st.sampled_from([None] * 6 + ["lost_before", "lost_after", "refused"]))
    def one_goes_on(self, data: st.DataObject, fault: Any) -> None:
        who = data.draw(st.sampled_from(sorted(self.asking)))
        self.channel.let(who, fault)
        self.runner.run(self._rest(who))

    @rule(data=st.data(), steps=st.integers(6, 24))
    def its_time_is_over_and_many_ask(self, data: st.DataObject, steps: int) -> None:
        """Close together, as it is when a payer is late: the operator taps, the poll comes, the payer confirms."""
        age = (self.clock() - self._attempts()[-1].created_at).total_seconds()
        if age < OVER:
            self.time_goes_on(OVER - age)
        for _ in range(2):
            self.somebody_asks(data, "check")
        for _ in range(steps):
            what = data.draw(st.sampled_from(["on"] * 8 + ["ask", "pays", "word", "dies"]))
            if what == "ask":
                self.somebody_asks(data, "poll")
            elif what == "pays":
                self.the_payer_confirms()
            elif what == "word" and self.channel.words:
                self.a_word_comes(data)
            elif what == "dies" and self.asking:
                self.one_dies(data)
            elif self.asking:
                self.one_goes_on(data, data.draw(st.sampled_from([None] * 9 + ["lost_after", "refused"])))
            self.what_is_paid_here_is_paid_there()

    @precondition(lambda self: self.asking)
    @rule(data=st.data())
    def one_dies(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(self.asking)))
        task = self.asking.pop(who)
        task.cancel()
        self.runner.run(_gone(task))

    # the world

    @rule()
    def the_payer_confirms(self) -> None:
        for number in sorted(self.channel.trades):
            if self.channel.payer_pays(number):
                return

    @precondition(lambda self: self.channel.words)
    @rule(data=st.data())
    def a_word_comes(self, data: st.DataObject) -> None:
        trade = data.draw(st.sampled_from(self.channel.words))
        self.runner.run(self._hear(trade))

    async def _hear(self, trade: Any) -> None:
        for attempt in await self.desk.attempts(self.order):
            if attempt.out_trade_no == trade.out_trade_no:
                async with self.db.tx() as tx:
                    await service.heard(tx, attempt.id, trade, who="notice:test", knobs=self.desk.knobs)

    @rule(seconds=st.sampled_from([2, 6, 6, 16, 31, 95, 310, 650]))
    def time_goes_on(self, seconds: float) -> None:
        self.runner.run(self._forward(seconds))

    async def _forward(self, seconds: float) -> None:
        standing = list(self.channel.places)
        await AppClock(self.db).forward(seconds=seconds)
        self.ahead += timedelta(seconds=seconds)
        self.channel.time_goes_on(seconds)
        for who in standing:
            if who not in self.channel.places:
                await self._rest(who)

    # what holds

    @invariant()
    def what_is_paid_here_is_paid_there(self) -> None:
        if hasattr(self, "order"):
            self.runner.run(self._compare())

    async def _compare(self) -> None:
        assert sum((await self.desk.ledger()).values()) == 0
        for attempt in await self.desk.attempts(self.order):
            if attempt.state is AttemptState.PAID:
                assert self.channel.trades[attempt.out_trade_no].state is TradeState.PAID, attempt

    def teardown(self) -> None:
        if hasattr(self, "order"):
            self.runner.run(self._settle())
            self.runner.run(self._check_ends())

    async def _settle(self) -> None:
        """Everybody goes on, nothing is lost any more, words come, time passes."""
        self.channel.quick = True
        for who in sorted(self.asking):
            if who in self.channel.places:
                self.channel.let(who)
            await self._rest(who)
        for _ in range(12):
            for trade in self.channel.words:
                await self._hear(trade)
            for attempt in await self.desk.attempts(self.order):
                with suppress(NotDone):
                    await flows.ask(self.db, self.channels, self.desk.knobs, attempt.id)
            await flows.sweep_refunds(self.db, self.channels, self.desk.knobs)
            await self._forward(100)

    async def _check_ends(self) -> None:
        order = await self.desk.read(self.order)
        attempts = await self.desk.attempts(self.order)
        for attempt in attempts:
            assert attempt.state not in LIVE, attempt
            event(f"{self.channel.style} {attempt.verdict or attempt.state}, {min(attempt.reversals, 3)} reversals")
        paid_here = {attempt.out_trade_no for attempt in attempts if attempt.state is AttemptState.PAID}
        paid_there = {number for number, told in self.channel.trades.items() if told.state is TradeState.PAID}
        assert paid_here == paid_there, "a payment is missing or made up"
        assert order.received_fen - order.returned_fen - order.refunded_fen == self.channel.kept()
        assert self.channel.kept() == (FEN if order.state is OrderState.PAID else 0)
        async with self.db.tx() as tx:
            subjects = [str(attempt.id) for attempt in attempts]
            query = "SELECT detail->>'what' FROM audit.entry WHERE action = 'payments.alarm' AND subject = ANY(%s)"
            assert await tx.values(query, (subjects,)) == []


async def _tolerant(work: Coroutine[Any, Any, Any]) -> None:
    with suppress(Problem, NotDone):
        await work


async def _gone(task: asyncio.Task[Any]) -> None:
    with suppress(asyncio.CancelledError):
        await task


def test_paid_here_if_and_only_if_paid_there(dsn: str) -> None:
    with asyncio.Runner() as runner:
        db = Db(dsn, size=4)
        runner.run(db.open())
        Counters.runner, Counters.db = runner, db
        try:
            run_machine(
                Counters,
                settings=settings(
                    max_examples=RUNS,
                    stateful_step_count=20,
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
