"""Transactions, jobs and events: a job exists if and only if its cause was committed."""

import asyncio
from typing import Any, ClassVar, LiteralString
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from psycopg import AsyncConnection

from jiuyi.kit import inbox, jobs
from jiuyi.kit.db import Absent, Db, in_transaction
from jiuyi.kit.events import Event, Subscriptions
from jiuyi.kit.inbox import Notice, Routes
from jiuyi.kit.jobs import Every, Jobs, rescue_once, run_round
from jiuyi.kit.knobs import Knob, KnobRefused, Knobs

JOBS = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s"


class Happened(Event, frozen=True):
    name: ClassVar[str] = "happened"
    thing: UUID


class Row(msgspec.Struct):
    n: int


async def _count(db: Db, task: str) -> int:
    async with db.tx() as tx:
        return int(await tx.value(JOBS, (task,)))


async def _defer_and_fail(db: Db) -> None:
    async with db.tx() as tx:
        await tx.defer("a.job", thing="2")
        raise RuntimeError


async def test_a_job_is_there_after_commit_and_gone_after_rollback(db: Db) -> None:
    async with db.tx() as tx:
        await tx.defer("a.job", thing="1")
    with pytest.raises(RuntimeError):
        await _defer_and_fail(db)
    assert await _count(db, "a.job") == 1


async def _pipe(db: Db, *statements: LiteralString, fetch: bool) -> None:
    async with db.piped() as tx:
        await tx.defer("a.job", thing="1")
        for statement in statements:
            await tx.run(statement)
        if fetch:
            assert await tx.value("SELECT 1") == 1
        await tx.defer("a.job", thing="2")


@pytest.mark.parametrize("fetch", [False, True], ids=["told at the end", "told by a fetch"])
async def test_of_statements_that_went_out_together_all_count_or_none(db: Db, *, fetch: bool) -> None:
    broken: LiteralString = "INSERT INTO kit.knob (name) VALUES (NULL)"
    for statements in ((broken,), ("SELECT 1", broken), (broken, "SELECT 1")):
        with pytest.raises(psycopg.errors.IntegrityError):
            await _pipe(db, *statements, fetch=fetch)
    assert await _count(db, "a.job") == 0
    assert not in_transaction()
    await _pipe(db, "SELECT 1", fetch=fetch)
    assert await _count(db, "a.job") == 2


async def test_piped_statements_are_undone_when_the_block_fails(db: Db) -> None:
    with pytest.raises(RuntimeError):
        await _pipe_and_fail(db)
    assert await _count(db, "a.job") == 0
    await _pipe(db, fetch=True)
    assert await _count(db, "a.job") == 2


async def _pipe_and_fail(db: Db) -> None:
    async with db.piped() as tx:
        await tx.defer("a.job", thing="1")
        raise RuntimeError


async def test_an_event_becomes_one_job_for_each_subscriber(db: Db) -> None:
    db.subscriptions.subscribe(Happened, "one.job")
    db.subscriptions.subscribe(Happened, "two.job")
    async with db.tx() as tx:
        await tx.emit(Happened(uuid4()))
    assert (await _count(db, "one.job"), await _count(db, "two.job")) == (1, 1)


async def test_the_open_transaction_is_visible_only_while_it_is_open(db: Db) -> None:
    assert not in_transaction()
    async with db.tx():
        assert in_transaction()
        assert not await asyncio.get_running_loop().run_in_executor(None, in_transaction)
    assert not in_transaction()


async def test_rows_are_checked_when_they_become_structs(db: Db) -> None:
    async with db.tx() as tx:
        assert (await tx.must(Row, "SELECT 1 AS n")).n == 1
        with pytest.raises(msgspec.ValidationError):
            await tx.one(Row, "SELECT 'x' AS n")
        with pytest.raises(Absent):
            await tx.must(Row, "SELECT 1 AS n WHERE false")


async def test_jobs_run_and_failed_ones_are_tried_again(db: Db) -> None:
    jobs, seen = Jobs(), []

    async def work(thing: str) -> None:
        seen.append(thing)
        if thing == "bad":
            raise RuntimeError

    jobs.add("a.work", work)
    async with db.tx() as tx:
        await tx.defer("a.work", thing="good")
        await tx.defer("a.work", thing="bad")
        await tx.defer("a.work", thing="later", delay_seconds=60)
    await jobs.drain(db)
    assert sorted(seen) == ["bad", "good"]
    async with db.tx() as tx:
        waiting = await tx.values("SELECT args->>'thing' FROM procrastinate_jobs WHERE status = 'todo' ORDER BY 1")
    assert waiting == ["bad", "later"]


async def test_the_job_of_a_dead_worker_is_given_back(db: Db) -> None:
    jobs = Jobs()

    async def work() -> None: ...

    jobs.add("a.work", work)
    async with db.tx() as tx:
        await tx.defer("a.work")
        worker = await tx.value(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (clock_timestamp() - interval '1 hour') RETURNING id"
        )
        await tx.run("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, attempts = 1", (worker,))
    app = jobs.app(db.dsn)
    async with app.open_async():
        assert await rescue_once(app) == 1
        assert await rescue_once(app) == 0
    async with db.tx() as tx:
        assert await tx.value("SELECT status::text FROM procrastinate_jobs") == "todo"


async def test_a_round_is_done_by_one_worker_at_a_time(db: Db) -> None:
    running, most = 0, 0

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1

    every = Every("a.round", 1, work)
    done = await asyncio.gather(*(run_round(db, every) for _ in range(4)))
    assert most == 1
    assert sum(done) >= 1


async def test_a_notice_is_stored_once_and_gives_one_job(db: Db) -> None:
    routes = Routes({("bank", "paid"): "bank.paid"})
    notice = Notice("bank", "n1", "paid", {"order": "1"}, b"raw")
    fresh = await asyncio.gather(*(inbox.receive(db, routes, notice) for _ in range(8)))
    assert sorted(fresh) == [False] * 7 + [True]
    assert await _count(db, "bank.paid") == 1
    with pytest.raises(inbox.NoRoute):
        await inbox.receive(db, routes, Notice("bank", "n2", "else", {}, b""))


HOLD = Knob("test.hold", int, 15, "留号", "Hold", "test", 1, 60)


async def test_knobs_are_bounded_remembered_and_never_lost(db: Db) -> None:
    knobs = Knobs((HOLD,))
    assert knobs.get(HOLD) == 15
    async with db.tx() as tx:
        await knobs.set(tx, HOLD, 20, who="staff:1", why="busy week")
        await knobs.set(tx, HOLD, 30, who="staff:1", why="busier")
        with pytest.raises(KnobRefused):
            await knobs.set(tx, HOLD, 90, who="staff:1", why="too long")
    await knobs.load(db)
    assert knobs.get(HOLD) == 30
    async with db.tx() as tx:
        assert await tx.value("SELECT count(*) FROM kit.knob") == 2


async def test_subscriptions_are_listed() -> None:
    subscriptions = Subscriptions()
    subscriptions.subscribe(Happened, "a")
    assert subscriptions.table() == {"happened": ["a"]}


async def test_times_come_back_with_the_hospitals_offset(db: Db) -> None:
    async with db.tx() as tx:
        found = await tx.value("SELECT app_now()")
    assert found.utcoffset().total_seconds() == 8 * 3600
    with pytest.raises(psycopg.errors.CheckViolation):
        async with db.tx() as tx:
            await tx.run("INSERT INTO kit.clock (only_row) VALUES (false)")


async def test_rounds_that_begin_together_keep_their_locks(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, dedicated = [0], db.dedicated

    async def counted() -> AsyncConnection[Any]:
        opened[0] += 1
        await asyncio.sleep(0)
        return await dedicated()

    monkeypatch.setattr(db, "dedicated", counted)
    here, elsewhere = jobs._Gate(db), jobs._Gate(db)
    names = [f"test.together.{number}" for number in range(4)]
    try:
        assert await asyncio.gather(*(here.enter(name) for name in names)) == [True] * 4
        assert opened == [1]
        assert [await elsewhere.enter(name) for name in names] == [False] * 4
    finally:
        await here.aclose()
        await elsewhere.aclose()
