"""Random interleavings of paying, notices, silence, crashes, closing and refunds on a channel that misbehaves.

Whatever happens: nothing paid is lost, no more goes back than came, the ledger balances, every order ends.
`JIUYI_INTERLEAVINGS=200` runs more of them.
"""

import asyncio
import os
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments import service
from jiuyi.domains.payments.types import (
    AttemptState,
    GivenBackState,
    Order,
    OrderState,
    RefundState,
    TradeState,
    Verdict,
)
from jiuyi.kit.db import Db
from jiuyi.kit.outcomes import NotDone
from jiuyi.kit.problems import Problem
from tests.domains.payments.desk import Desk
from tests.support.memory_channel import Killed, MemoryChannel, Sent

pytestmark = [pytest.mark.feature("I06"), pytest.mark.slow]
OPERATIONS = ["prepare", "query", "close", "refund", "query_refund"]
FAULTS = ["unreachable", "lost_before", "lost_after", "garbled", "killed_before", "killed_after"]
RUNS = int(os.environ.get("JIUYI_INTERLEAVINGS", "25"))


class Hall(RuleBasedStateMachine):
    """A cash hall: one patient, a few orders, one channel."""

    runner: asyncio.Runner
    db: Db

    def __init__(self) -> None:
        super().__init__()
        self.channel = MemoryChannel()
        self.db.subscriptions._jobs.clear()
        self.desk = Desk(self.db, self.channel)
        self.orders: list[Order] = []
        self.risen: set[str] = set()
        self.keys = 0
        self.steps = 0
        self.lin: Principal

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something that may be refused, go unanswered, or kill the process."""

        async def tolerant() -> Any:
            try:
                return await work
            except (Problem, NotDone, Killed):
                return None

        return self.runner.run(tolerant())

    @initialize(fens=st.lists(st.sampled_from([1, 1500, 50000]), min_size=1, max_size=3))
    def arrive(self, fens: list[int]) -> None:
        offset = self.runner.run(self._offset())
        self.channel.ahead = timedelta(seconds=offset)
        self.lin = self.runner.run(self.desk.person())
        self.orders = [self.runner.run(self.desk.order(self.lin, fen)) for fen in fens]

    async def _offset(self) -> float:
        async with self.db.tx() as tx:
            return float(await tx.value("SELECT offset_seconds FROM kit.clock"))

    @rule(data=st.data(), same=st.booleans())
    def tap(self, data: st.DataObject, *, same: bool) -> None:
        self.keys += 0 if same else 1
        self.run(self.desk.pay(self.lin, data.draw(st.sampled_from(self.orders)), f"tap {self.keys}"))

    @rule(operation=st.sampled_from(OPERATIONS), fault=st.sampled_from([*FAULTS, "refused"]))
    def go_wrong(self, operation: str, fault: Any) -> None:
        if fault == "refused" and operation in {"query", "query_refund"}:
            return
        self.channel.faults[operation].append("balance_short" if (fault, operation) == ("refused", "refund") else fault)

    @rule(data=st.data(), same=st.booleans(), notify=st.booleans())
    def tap_and_pay(self, data: st.DataObject, *, same: bool, notify: bool) -> None:
        self.tap(data, same=same)
        self.person_pays(data, notify=notify, wrong=1)

    @precondition(lambda self: self._open())
    @rule(data=st.data(), notify=st.booleans(), wrong=st.integers(0, 9))
    def person_pays(self, data: st.DataObject, *, notify: bool, wrong: int) -> None:
        if not self._open():
            return
        number = data.draw(st.sampled_from(self._open()))
        attempt = self._attempt(number)
        if attempt is None or (attempt.token is None and number not in self.risen):
            return  # no phone ever got what opens the cashier
        fen = self.channel.trades[number].ask.total_fen + 1 if wrong == 0 else None
        self.channel.person_pays(number, notify=notify or number in self.risen, fen=fen)

    @rule(data=st.data(), first=st.booleans())
    def two_sheets_are_paid(self, data: st.DataObject, *, first: bool) -> None:
        """An old cashier sheet, closed, takes money as well as the new one."""
        order = data.draw(st.sampled_from(self.orders))
        for _ in range(2):
            self.keys += 1
            self.run(self.desk.pay(self.lin, order, f"tap {self.keys}"))
        numbers = [n for n in (*self._open(), *self._closed()) if n.startswith(order.no)]
        for number in numbers if first else reversed(numbers):
            self._rise(number, None)

    def _rise(self, number: str, fen: int | None) -> None:
        attempt, told = self._attempt(number), self.channel.trades[number]
        if attempt is None or attempt.token is None:
            return
        told.state = TradeState.WAITING
        told.ask = msgspec.structs.replace(told.ask, expires_at=told.ask.expires_at + timedelta(days=1000))
        self.risen.add(number)
        self.channel.person_pays(number, notify=True, fen=fen)

    def _open(self) -> list[str]:
        return sorted(n for n, told in self.channel.trades.items() if told.state is TradeState.WAITING)

    def _closed(self) -> list[str]:
        return sorted(n for n, told in self.channel.trades.items() if told.state is TradeState.CLOSED)

    def _attempt(self, number: str) -> Any:
        for order in self.orders:
            for attempt in self.runner.run(self.desk.attempts(order)):
                if attempt.out_trade_no == number:
                    return attempt
        return None

    @precondition(lambda self: self._closed())
    @rule(data=st.data(), fen=st.none() | st.just(1))
    def a_closed_number_is_paid(self, data: st.DataObject, fen: int | None) -> None:
        """The channel said closed, and takes money for it nevertheless: late and duplicate payments."""
        number = data.draw(st.sampled_from(self._closed()))
        self._rise(number, fen)

    @precondition(lambda self: self.channel.notices)
    @rule(data=st.data(), times=st.integers(1, 2), forged=st.booleans())
    def a_notice_arrives(self, data: st.DataObject, times: int, *, forged: bool) -> None:
        at = data.draw(st.integers(0, len(self.channel.notices) - 1))
        if forged:
            self.run(self._refused(self.channel.forged(self.channel.notices[at])))
            return
        sent = self.channel.notices.pop(at)
        for _ in range(times):
            self.run(self.desk.receive(sent))

    async def _refused(self, sent: Sent) -> None:
        with pytest.raises(Exception, match="signature"):
            await self.desk.receive(sent)

    @rule(data=st.data(), said=st.sampled_from([None, "ok", "cancelled"]))
    def check(self, data: st.DataObject, said: Any) -> None:
        self.run(self.desk.check(self.lin, data.draw(st.sampled_from(self.orders)), said))

    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        self.run(self.desk.close(data.draw(st.sampled_from(self.orders))))

    @rule(data=st.data(), part=st.integers(1, 4))
    def refund(self, data: st.DataObject, part: int) -> None:
        order = data.draw(st.sampled_from(self.orders))
        self.run(self._ask_back(order, max(1, order.total_fen // part), f"part {part}"))

    async def _ask_back(self, order: Order, fen: int, key: str) -> None:
        async with self.db.tx() as tx:
            await service.request_refund(tx, order.id, fen, "取消预约", "test", key=key)

    @precondition(lambda self: self.channel.backs)
    @rule(
        data=st.data(),
        state=st.sampled_from([GivenBackState.SUCCESS, GivenBackState.ABNORMAL, GivenBackState.CLOSED]),
        notify=st.booleans(),
    )
    def the_desk_settles(self, data: st.DataObject, state: GivenBackState, *, notify: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.channel.backs)))
        self.channel.settle(number, state, notify=notify)

    @rule(data=st.data())
    def staff_retry(self, data: st.DataObject) -> None:
        for back in self.runner.run(self.desk.refunds(data.draw(st.sampled_from(self.orders)))):
            self.run(self._retry(back.id))

    async def _retry(self, refund_id: Any) -> None:
        async with self.db.tx() as tx:
            await service.retry_refund(tx, refund_id, actor=Actor.system("test"), why="test")

    @rule(seconds=st.sampled_from([1, 5, 30, 70, 400, 1000]))
    def time_goes_on(self, seconds: int) -> None:
        self.runner.run(self.desk.forward(seconds=seconds))

    @rule()
    def sweep(self) -> None:
        self.run(self._sweep())

    async def _sweep(self) -> None:
        # A killed sweeper takes its whole round with it.
        try:
            await self.desk.sweep()
        except* (Killed, NotDone):
            await asyncio.sleep(0)

    @rule()
    def work(self) -> None:
        self.run(self.desk.work())

    @invariant()
    def books_are_right_at_every_moment(self) -> None:
        self.steps += 1
        self.runner.run(self._check_books())

    async def _check_books(self) -> None:
        assert sum((await self.desk.ledger()).values()) == 0
        for order in self.orders:
            now = await self.desk.read(order)
            assert now.paid_fen in {0, now.total_fen}
            assert now.asked_fen <= now.paid_fen
            assert now.refunded_fen + now.returned_fen <= now.received_fen
            live = [
                a for a in await self.desk.attempts(order) if a.state in {AttemptState.PREPARED, AttemptState.PAYING}
            ]
            assert len(live) <= 1
        for number, told in self.channel.trades.items():
            back = [b for b in self.channel.backs.values() if b.ask.out_trade_no == number]
            assert sum(b.ask.refund_fen for b in back if b.state is GivenBackState.SUCCESS) <= told.paid_fen

    def teardown(self) -> None:
        event(f"steps {self.steps // 5 * 5}")
        if self.orders:
            self.runner.run(self._settle())
            self.runner.run(self._check_ends())

    async def _settle(self) -> None:
        """The world comes to rest: no more faults, every notice arrives, time passes."""
        for channel in self.desk.methods.values():
            channel.faults.clear()
        for _ in range(30):
            await self.desk.deliver()
            for channel in self.desk.methods.values():
                for number, back in channel.backs.items():
                    if back.state is GivenBackState.PROCESSING:
                        channel.settle(number)
            await self.desk.forward(seconds=400)
            await self.desk.sweep()
            for order in self.orders:
                for refund in await self.desk.refunds(order):
                    if refund.state is RefundState.FAILED and refund.fault == "closed":
                        await self._retry(refund.id)

    async def _check_ends(self) -> None:
        paid_there = {
            number: told
            for channel in self.desk.methods.values()
            for number, told in channel.trades.items()
            if told.state is TradeState.PAID
        }
        paid_here = {}
        received = returned = 0
        for order in self.orders:
            now = await self.desk.read(order)
            assert now.state in {OrderState.PAID, OrderState.CLOSED}, await self.desk.attempts(order)
            received += now.received_fen
            returned += now.refunded_fen + now.returned_fen
            for attempt in await self.desk.attempts(order):
                assert attempt.state in {AttemptState.PAID, AttemptState.CLOSED, AttemptState.FAILED}
                event(f"attempt {attempt.verdict or attempt.state}")
                if attempt.state is AttemptState.PAID:
                    paid_here[attempt.out_trade_no] = attempt
            await self._check_refunds(order, now)
        assert paid_here.keys() == paid_there.keys(), "a payment is missing or made up"
        assert all(paid_here[n].paid_fen == told.paid_fen for n, told in paid_there.items())
        settled, reversed_ = await self.insured()
        assert received == settled + sum(channel.taken_fen() for channel in self.desk.methods.values())
        assert returned == reversed_ + sum(channel.returned_fen() for channel in self.desk.methods.values())
        self._check_events()

    async def insured(self) -> tuple[int, int]:
        """What insurances paid and took back (fen): nothing here."""
        return 0, 0

    async def _check_refunds(self, order: Order, now: Order) -> None:
        refunds = await self.desk.refunds(order)
        for refund in refunds:
            event(f"refund {refund.cause} {refund.state}")
            assert refund.state in {RefundState.DONE, RefundState.FAILED}
            assert refund.state is RefundState.DONE or refund.fault in {"abnormal", "NO_AUTH", "closed"}, refund
        for attempt in await self.desk.attempts(order):
            if attempt.verdict in {Verdict.LATE, Verdict.DUPLICATE, Verdict.HALF}:
                mine = [r for r in refunds if r.attempt_id == attempt.id]
                assert [r.amount_fen for r in mine] == [attempt.paid_fen]
        assert (now.state is OrderState.PAID) == (now.paid_fen == now.total_fen)

    def _check_events(self) -> None:
        for order in self.orders:
            told = [name for name, facts in self.desk.heard if facts["order_id"] == str(order.id)]
            ends = [name for name in told if name in {"order_paid", "order_closed"}]
            assert len(ends) == 1, told


def test_nothing_paid_is_lost(dsn: str) -> None:
    with asyncio.Runner() as runner:
        db = Db(dsn, size=4)
        runner.run(db.open())
        Hall.runner, Hall.db = runner, db
        try:
            run_state_machine_as_test(
                Hall,
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
