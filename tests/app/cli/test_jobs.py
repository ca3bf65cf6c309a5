"""`jiuyi jobs`: what the workers gave up is listed without personal data, counted, and tried again by somebody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import structlog.testing
from typer.testing import CliRunner

from jiuyi.app import job_gauges
from jiuyi.app.cli import acting
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.app.cli.jobs import app
from jiuyi.kit import failed_jobs, jobs
from jiuyi.kit.db import Db
from jiuyi.kit.jobs import RETRY, Jobs
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered
from tests.support.product import running

pytestmark = pytest.mark.feature("I01")
WHY = ["--why", "对方接口已恢复", "--by", "Liang"]
PERSONAL = "陈美华 13812342046"


def called(dsn: str, *words: str) -> str:
    """What the command says on its standard output."""
    done = CliRunner().invoke(app, list(words), env={"DATABASE_URL": dsn})
    if done.exception is not None:
        raise done.exception
    return done.stdout


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Db]:
    db = Db(dsn, size=2)
    await db.open()
    try:
        yield db
    finally:
        await db.close()


async def _tried(db: Db, work: Jobs, *, left: int) -> None:
    """The job runs, with so many tries left afterwards."""
    async with db.tx() as tx:
        await tx.run(
            "UPDATE procrastinate_jobs SET attempts = %s, scheduled_at = NULL WHERE status = 'todo'",
            ((RETRY.max_attempts or 0) - left,),
        )
    await work.drain(db)


def _broken(error: Exception, seen: list[str] | None = None) -> Jobs:
    made = Jobs()

    async def work(order_id: str) -> None:
        if seen is not None:
            seen.append(order_id)
            return
        raise error

    made.add("payments.work", work)
    return made


async def _given_up(dsn: str, error: Exception) -> None:
    async with opened(dsn) as db:
        async with db.tx() as tx:
            await tx.defer("payments.work", order_id="1")
        await _tried(db, _broken(error), left=0)


async def _runs(dsn: str) -> tuple[list[str], int]:
    """What runs now, and how many jobs are left in the table."""
    seen: list[str] = []
    async with opened(dsn) as db:
        await _broken(AssertionError(), seen).drain(db)
        async with db.tx() as tx:
            left = int(await tx.value("SELECT count(*) FROM procrastinate_jobs"))
            assert await tx.value("SELECT count(*) FROM kit.job_fault") == left
    return seen, left


async def _audited(dsn: str) -> list[tuple[str, str, str, str]]:
    query = """
    SELECT actor || '|' || (detail->>'task') || '|' || (detail->>'why') || '|' || (detail->>'at')
    FROM audit.entry WHERE action = 'jobs.put_back'"""
    async with opened(dsn) as db, db.tx() as tx:
        return [tuple(line.split("|")) for line in await tx.values(query)]


def test_what_was_given_up_is_listed_and_tried_again_by_somebody(dsn: str) -> None:
    assert "没有放弃了的任务" in called(dsn, "failed")
    asyncio.run(_given_up(dsn, Refused("his", "registrations.confirm", "E104", PERSONAL)))
    listed = called(dsn, "failed")
    tries = (RETRY.max_attempts or 0) + 1
    for word in ("payments.work", "队列 queue default", f"tries: {tries}", "Refused his registrations.confirm E104"):
        assert word in listed
    assert not any(word in listed for word in PERSONAL.split())
    number = listed.splitlines()[1].split()[0]
    assert "已放回队列" in called(dsn, "again", number, *WHY)
    assert asyncio.run(_audited(dsn)) == [("liang", "payments.work", "对方接口已恢复", acting.place())]
    with pytest.raises(CommandFailed, match="no job that was given up has this number"):
        called(dsn, "again", number, *WHY)
    assert asyncio.run(_runs(dsn)) == (["1"], 0)
    assert "没有放弃了的任务" in called(dsn, "failed")


def test_its_tries_are_counted_anew(dsn: str) -> None:
    asyncio.run(_given_up(dsn, ValueError(PERSONAL)))
    number = called(dsn, "failed").splitlines()[1].split()[0]
    called(dsn, "again", number, *WHY)

    async def fails_again() -> tuple[str, int]:
        async with opened(dsn) as db:
            await _broken(ValueError()).drain(db)
            async with db.tx() as tx:
                state = await tx.value("SELECT status::text FROM procrastinate_jobs")
                return state, int(await tx.value("SELECT attempts FROM procrastinate_jobs"))

    assert asyncio.run(fails_again()) == ("todo", 1)


@pytest.mark.parametrize(
    "words", [["again", "1", "--why", "对方接口已恢复", "--by", "root"], ["again", "1", "--why", "x"]]
)
def test_nobody_and_no_reason_put_nothing_back(dsn: str, words: list[str]) -> None:
    with pytest.raises(CommandFailed):
        called(dsn, *words)


def test_only_what_was_given_up_is_put_back(dsn: str) -> None:
    async def waits() -> int:
        async with opened(dsn) as db, db.tx() as tx:
            await tx.defer("payments.work", order_id="1", delay_seconds=3600)
            return int(await tx.value("SELECT id FROM procrastinate_jobs"))

    with pytest.raises(CommandFailed, match="no job that was given up"):
        called(dsn, "again", str(asyncio.run(waits())), *WHY)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError(PERSONAL), "ValueError"),
        (Unanswered("wechat_pay", "query", PERSONAL), "Unanswered wechat_pay query"),
        (ExceptionGroup(PERSONAL, [NotDone("his", "find", ""), ValueError()]), "NotDone his find (+1)"),
    ],
)
def test_an_error_is_named_without_its_text(error: Exception, said: str) -> None:
    assert failed_jobs.described(error) == said


async def test_metrics_count_them_by_task(dsn: str) -> None:
    async with running(dsn) as product:
        db, http = product.parts.db, product.visitor()
        async with db.tx() as tx:
            for number in range(3):
                await tx.defer("payments.work", order_id=str(number))
            await tx.defer("payments.other")
        assert "payments.work" not in (await http.get("/metrics")).text
        async with db.tx() as tx:
            await tx.run("UPDATE procrastinate_jobs SET attempts = 9 WHERE task_name = 'payments.other'")
            await tx.run("UPDATE procrastinate_jobs SET status = 'failed' WHERE args->>'order_id' < '2'")
        told = (await http.get("/metrics")).text
        assert 'jiuyi_jobs_failed{task="payments.work"} 2.0' in told
        assert 'jiuyi_jobs_trying{task="payments.other"} 1.0' in told
        assert "jiuyi_jobs_read 1.0" in told
        async with db.tx() as tx:
            await tx.run("UPDATE procrastinate_jobs SET status = 'todo', attempts = 0")
        assert "payments.work" not in (await http.get("/metrics")).text


async def test_a_database_that_does_not_answer_leaves_the_other_numbers(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(dsn) as product:
        http = product.visitor()
        async with product.parts.db.tx() as tx:
            await tx.defer("payments.work", order_id="1")
            await tx.run("UPDATE procrastinate_jobs SET status = 'failed'")
        assert "payments.work" in (await http.get("/metrics")).text
        monkeypatch.setattr(job_gauges, "_PATIENCE_SECONDS", 0.0)
        told = await http.get("/metrics")
        assert told.status_code == 200
        assert "jiuyi_http_requests_total" in told.text
        assert "jiuyi_jobs_read 0.0" in told.text
        assert "payments.work" not in told.text


async def test_an_error_that_cannot_be_kept_is_said_and_hides_nothing(db: Db) -> None:
    # The job is gone meanwhile: there is nothing to keep it with.
    with structlog.testing.capture_logs() as said:
        await jobs._note(db, 999_999, ValueError(PERSONAL))
    assert [one["event"] for one in said] == ["what went wrong was not kept"]
