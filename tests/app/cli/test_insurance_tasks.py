"""`jiuyi insurance tasks`: what no program may decide about a settlement waits for people."""

import asyncio

import pytest
from typer.testing import CliRunner

from jiuyi.app.cli.capabilities import app
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.insurance.types import PayerState
from jiuyi.kit.db import Db
from tests.domains.insurance.window import Window

pytestmark = pytest.mark.feature("F04")
WHY = ["--why", "医保中心已人工冲正", "--by", "liang"]


def called(dsn: str, *words: str) -> str:
    """What the command says on its standard output."""
    done = CliRunner().invoke(app, list(words), env={"DATABASE_URL": dsn})
    if done.exception is not None:
        raise done.exception
    return done.stdout


async def _odd(dsn: str) -> tuple[str, str]:
    """A settlement of which the insurance itself does not know how it ended; its number and its order's."""
    db = Db(dsn, size=4)
    await db.open()
    try:
        window = Window(db)
        by = await window.person()
        order = await window.insured_order(by)
        row = await window.presettled(by, order)
        await window.settle(by, row)
        window.payer.orders[row.no].state = PayerState.EXCEPTION
        await window.outcome.look(row.id)
    finally:
        await db.close()
    return row.no, order.no


async def _audited(dsn: str) -> list[str]:
    db = Db(dsn, size=1)
    await db.open()
    try:
        async with db.tx() as tx:
            return await tx.values("SELECT actor FROM audit.entry WHERE action = 'insurance.task_done'")
    finally:
        await db.close()


def test_a_task_is_listed_until_somebody_has_seen_to_it(dsn: str) -> None:
    assert "没有医保待办" in called(dsn, "tasks")
    no, order_no = asyncio.run(_odd(dsn))
    listed = called(dsn, "tasks")
    assert all(word in listed for word in (no, order_no, "exception", "医保 insured 11.00", "自付 own 4.00"))
    with pytest.raises(CommandFailed, match="no such task"):
        called(dsn, "done", no, "reverse_failed", *WHY)
    assert "已办结 done（liang）" in called(dsn, "done", no.lower(), "exception", *WHY)
    assert "没有医保待办" in called(dsn, "tasks")
    with pytest.raises(CommandFailed, match="no such task"):
        called(dsn, "done", no, "exception", *WHY)
    assert asyncio.run(_audited(dsn)) == ["liang"]
