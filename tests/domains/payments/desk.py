"""One cash desk: the payments domain with its database, a channel in memory, and its jobs run by hand."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import Channel, ChannelUser, Principal
from jiuyi.domains.payments import flows, jobs, service, settings
from jiuyi.domains.payments.events import (
    OrderClosed,
    OrderFrozen,
    OrderPaid,
    PaymentReturned,
    RefundDone,
    RefundFailed,
)
from jiuyi.domains.payments.ports import Channels
from jiuyi.domains.payments.service import attempts
from jiuyi.domains.payments.types import Attempt, Order, PaymentView, Refund
from jiuyi.kit import inbox
from jiuyi.kit.crypto import Keys, Vault
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id
from jiuyi.kit.jobs import Jobs
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone
from tests.support.clock import AppClock
from tests.support.memory_channel import Killed, MemoryChannel, Sent

EVENTS = (OrderPaid, OrderClosed, PaymentReturned, RefundDone, RefundFailed, OrderFrozen)
_JOBS = "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"
_DROP = "DELETE FROM procrastinate_jobs WHERE id = ANY(%s)"


class _Job(msgspec.Struct):
    id: int
    task_name: str
    args: dict[str, Any]


class _Count(msgspec.Struct):
    account: str
    fen: int


class Desk:
    """What the tests of payments do, in words."""

    def __init__(self, db: Db, channel: Any = None, more: dict[str, MemoryChannel] | None = None) -> None:
        self.db = db
        self.channel: MemoryChannel = channel or MemoryChannel()
        self.methods = {"wechat_jsapi": self.channel, **(more or {})}
        self.channels = Channels(self.methods)
        self.knobs = Knobs(settings.KNOBS)
        self.vault = Vault(Keys({1: bytes(range(32))}, 1, bytes(32)))
        self.jobs = Jobs()
        self.heard: list[tuple[str, dict[str, str]]] = []
        jobs.register(self.jobs, db=db, channels=self.channels, knobs=self.knobs)
        for event in EVENTS:
            name = f"heard.{event.name}"
            self.jobs.add(name, self._hear(event.name))
            db.subscriptions.subscribe(event, name)
        kinds = {(each.system, kind): job for each in self.methods.values() for kind, job in jobs.NOTICE_JOBS.items()}
        self.routes = inbox.Routes(kinds)

    def _hear(self, name: str) -> Callable[..., Awaitable[None]]:
        async def hear(**facts: str) -> None:
            self.heard.append((name.removeprefix("payments."), facts))

        return hear

    def events(self) -> list[str]:
        """The names of what was published, each once for each time it was published."""
        return [name for name, _ in self.heard]

    async def person(self) -> Principal:
        async with self.db.tx() as tx:
            user = ChannelUser(subject=f"o{new_id().hex}", nickname="Lin")
            identity = await accounts.identity_for(tx, self.vault, Channel.WECHAT_OA, user)
        return Principal(identity.account_id, identity.id, new_id(), Channel.WECHAT_OA, None)

    async def order(self, by: Principal, fen: int = 1500, expires_at: datetime | None = None) -> Order:
        async with self.db.tx() as tx:
            if expires_at is None:
                expires_at = await tx.value("SELECT app_now() + interval '15 minutes'")
            return await service.open_order(
                tx,
                kind="registration",
                subject_kind="appointment",
                subject_id=new_id(),
                account_id=by.account_id,
                patient_id=new_id(),
                total_fen=fen,
                title_zh="心血管内科 普通门诊挂号费",
                title_en="Cardiology, registration fee",
                expires_at=expires_at,
            )

    async def pay(
        self, by: Principal, order: Order, key: str = "first", *, beside_insurance: bool = False
    ) -> PaymentView:
        return await flows.pay(
            self.db,
            self.channels,
            self.knobs,
            self.vault,
            order_id=order.id,
            by=by,
            method=next(method for method, each in self.methods.items() if each is self.channel),
            key=key,
            beside_insurance=beside_insurance,
        )

    async def paid(self, by: Principal, fen: int = 1500) -> Order:
        """A new order, paid and told about."""
        order = await self.order(by, fen)
        view = await self.pay(by, order)
        number = (await self.attempt(view.payment_id)).out_trade_no
        assert self.channel.person_pays(number)
        await self.deliver()
        return await self.read(order)

    async def check(self, by: Principal, order: Order, said: Any = None) -> Order:
        await flows.check(self.db, self.channels, self.knobs, order_id=order.id, by=by, said=said)
        return await self.read(order)

    async def close(self, order: Order) -> str:
        return await flows.close_order(self.db, self.channels, self.knobs, order.id)

    async def refund(self, order: Order, fen: int, key: str = "whole") -> Refund:
        async with self.db.tx() as tx:
            found = await service.request_refund(tx, order.id, fen, "取消预约", "patient cancelled", key=key)
        assert found is not None
        return found

    async def read(self, order: Order) -> Order:
        async with self.db.tx() as tx:
            return await service.order(tx, order.id)

    async def attempt(self, attempt_id: UUID) -> Attempt:
        async with self.db.tx() as tx:
            return await attempts.attempt(tx, attempt_id)

    async def attempts(self, order: Order) -> list[Attempt]:
        """The order's attempts, oldest first."""
        async with self.db.tx() as tx:
            ids = await tx.values("SELECT id FROM payments.attempt WHERE order_id = %s ORDER BY seq", (order.id,))
            return [await attempts.attempt(tx, each) for each in ids]

    async def refunds(self, order: Order) -> list[Refund]:
        async with self.db.tx() as tx:
            return await service.refunds_of(tx, order.id)

    async def receive(self, sent: Sent) -> bool:
        """A notice arrives at the door: verified, stored, and its job deferred. Raises `NoticeRefused`."""
        return await inbox.receive(self.db, self.routes, self.channel.read_notice(sent.headers, sent.body))

    async def deliver(self, times: int = 1) -> None:
        """Every notice on the wire arrives, then all work is done."""
        here = self.channel
        for each in self.methods.values():
            self.channel = each
            waiting, self.channel.notices[:] = list(self.channel.notices), []
            for sent in waiting:
                for _ in range(times):
                    await self.receive(sent)
        self.channel = here
        await self.work()

    async def work(self, rounds: int = 20) -> None:
        """Run every job, each one twice, until there is none. One that fails is gone: its worker died with it."""
        wrong: list[Exception] = []
        for _ in range(rounds):
            async with self.db.tx() as tx:
                found = await tx.all(_Job, _JOBS)
                await tx.run(_DROP, ([job.id for job in found],))
            if not found:
                break
            for job in found:
                try:
                    await self._run(job)
                except (NotDone, Killed) as error:
                    wrong.append(error)
        else:
            raise AssertionError("the jobs do not come to an end")
        if wrong:
            raise wrong[0]

    async def _run(self, job: _Job) -> None:
        function = self.jobs.functions.get(job.task_name)
        if function is None:
            return  # another domain's, where the whole product runs
        twice = 1 if job.task_name.startswith("heard.") else 2
        for _ in range(twice):
            await function(**job.args)

    async def sweep(self) -> None:
        await flows.sweep_attempts(self.db, self.channels, self.knobs)
        await flows.sweep_orders(self.db, self.channels, self.knobs)
        await flows.sweep_refunds(self.db, self.channels, self.knobs)
        await self.work()

    async def forward(self, **amount: float) -> None:
        """Time goes on here and at the channel."""
        await AppClock(self.db).forward(**amount)
        for each in self.methods.values():
            each.ahead += timedelta(**amount)

    def number(self, order: Order, seq: int = 1) -> str:
        """The number of an order's attempt at the channel."""
        return f"{order.no}{seq:02d}"

    async def ledger(self) -> dict[str, int]:
        """Account → balance over everything."""
        query = "SELECT account, sum(amount_fen)::bigint AS fen FROM payments.entry GROUP BY account ORDER BY account"
        async with self.db.tx() as tx:
            return {row.account: row.fen for row in await tx.all(_Count, query)}

    async def alarms(self) -> list[str]:
        query = "SELECT detail->>'what' FROM audit.entry WHERE action = 'payments.alarm' ORDER BY at, id"
        async with self.db.tx() as tx:
            return await tx.values(query)

    async def set(self, knob: Any, value: Any) -> None:
        async with self.db.tx() as tx:
            await self.knobs.set(tx, knob, value, who="test", why="test")
        await self.knobs.load(self.db)
