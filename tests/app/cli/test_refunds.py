"""`jiuyi refunds`: what a channel would not send back waits for people, who have it sent again."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from jiuyi.app.cli import acting
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.app.cli.refunds import app
from jiuyi.domains.payments.types import RefundState
from jiuyi.kit.db import Db
from tests.domains.payments.desk import Desk
from tests.support.memory_channel import MemoryChannel

pytestmark = pytest.mark.feature("F02")
WHY = ["--why", "微信客服已恢复退款", "--by", "liang"]


def called(dsn: str, *words: str) -> str:
    """What the command says on its standard output."""
    done = CliRunner().invoke(app, list(words), env={"DATABASE_URL": dsn})
    if done.exception is not None:
        raise done.exception
    return done.stdout


async def _failed(dsn: str, *, channel: str = "wechat") -> str:
    db = Db(dsn, size=4)
    await db.open()
    try:
        desk = Desk(db, MemoryChannel(name=channel))
        order = await desk.paid(await desk.person())
        desk.channel.faults["refund"] = ["refused"]
        await desk.refund(order, 1500)
        await desk.work()
        [refund] = await desk.refunds(order)
        assert refund.state is RefundState.FAILED
    finally:
        await db.close()
    return refund.no


async def _standing(dsn: str) -> tuple[list[str], list[str]]:
    db = Db(dsn, size=1)
    await db.open()
    try:
        async with db.tx() as tx:
            states = await tx.values("SELECT state FROM payments.refund")
            actors = await tx.values("SELECT actor FROM audit.entry WHERE action = 'payments.refund_retried'")
    finally:
        await db.close()
    return states, actors


async def _at_machine(dsn: str) -> list[tuple[str, str]]:
    """Who the machine says it was, and what they said: account and detail."""
    db = Db(dsn, size=1)
    await db.open()
    try:
        async with db.tx() as tx:
            query = "SELECT actor || ' ' || detail::text FROM audit.entry WHERE action = 'payments.at_command_line'"
            return [tuple(line.split(" ", 1)) for line in await tx.values(query)]
    finally:
        await db.close()


async def _told(dsn: str) -> int:
    """How many people the worker is going to tell of a refund that is done."""
    db = Db(dsn, size=1)
    await db.open()
    try:
        async with db.tx() as tx:
            todo = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'payments.tell_of_refund'"
            return int(await tx.value(todo + " AND status = 'todo'"))
    finally:
        await db.close()


def test_what_failed_is_listed_and_sent_again_by_somebody(dsn: str) -> None:
    assert "没有待处理的退款" in called(dsn, "list")
    no = asyncio.run(_failed(dsn))
    listed = called(dsn, "list")
    assert all(word in listed for word in (no, "15.00 元", "微信支付", "待处理 waiting for people: 1"))
    assert "将再次发送" in called(dsn, "again", no.lower(), *WHY)
    assert asyncio.run(_standing(dsn)) == (["requested"], ["liang"])
    [(account, said)] = asyncio.run(_at_machine(dsn))
    assert account == acting.place()
    assert json.loads(said) == {"no": no, "by": "liang"}
    assert "没有待处理的退款" in called(dsn, "list")
    with pytest.raises(CommandFailed, match="no refund that failed"):
        called(dsn, "again", no, *WHY)


def test_what_a_card_terminal_took_is_not_sent_from_here(dsn: str) -> None:
    no = asyncio.run(_failed(dsn, channel="bank_card"))
    with pytest.raises(CommandFailed, match="须在终端上退"):
        called(dsn, "again", no, *WHY)
    assert asyncio.run(_standing(dsn)) == (["failed"], [])


def test_what_a_terminal_gave_back_is_noted_once_by_two_people(dsn: str) -> None:
    no, other = [asyncio.run(_failed(dsn, channel="bank_card")) for _ in range(2)]
    seen = ["--slip", "0WINDOW3-000012-000346-20261123", "--second", "xian", *WHY]
    with pytest.raises(CommandFailed, match="somebody else"):
        called(dsn, "given", no, "--slip", seen[1], "--second", "Liang", *WHY)
    with pytest.raises(CommandFailed, match="terminal-batch-trace-day"):
        called(dsn, "given", no, "--slip", "000346", "--second", "xian", *WHY)
    assert "15.00 元" in called(dsn, "given", no, *seen)
    with pytest.raises(CommandFailed, match="小票已经用过"):
        called(dsn, "given", other, *seen)
    states, _ = asyncio.run(_standing(dsn))
    assert sorted(states) == ["done", "failed"]
    [(account, said)] = asyncio.run(_at_machine(dsn))
    assert account == acting.place()
    assert json.loads(said) == {"no": no, "by": "liang", "second": "xian"}
    assert asyncio.run(_told(dsn)) == 1
    assert other in called(dsn, "list")
    assert no not in called(dsn, "list")


def test_a_channel_says_itself_what_went_back(dsn: str) -> None:
    no = asyncio.run(_failed(dsn))
    with pytest.raises(CommandFailed, match="不是刷卡收的"):
        called(dsn, "given", no, "--slip", "0WINDOW3-000012-000346-20261123", "--second", "xian", *WHY)
    assert asyncio.run(_standing(dsn)) == (["failed"], [])
