"""`jiuyi refunds`: what a channel would not send back waits for people, who have it sent again."""

import asyncio

import pytest
from typer.testing import CliRunner

from jiuyi.app.cli.faults import CommandFailed
from jiuyi.app.cli.refunds import app
from jiuyi.domains.payments.types import RefundState
from jiuyi.kit.db import Db
from tests.domains.payments.desk import Desk

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
        desk = Desk(db)
        order = await desk.paid(await desk.person())
        desk.channel.faults["refund"] = ["refused"]
        await desk.refund(order, 1500)
        await desk.work()
        [refund] = await desk.refunds(order)
        assert refund.state is RefundState.FAILED
        async with db.tx() as tx:
            await tx.run("UPDATE payments.attempt SET channel = %s WHERE order_id = %s", (channel, order.id))
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


def test_what_failed_is_listed_and_sent_again_by_somebody(dsn: str) -> None:
    assert "没有待处理的退款" in called(dsn, "list")
    no = asyncio.run(_failed(dsn))
    listed = called(dsn, "list")
    assert all(word in listed for word in (no, "15.00 元", "微信支付", "待处理 waiting for people: 1"))
    assert "将再次发送" in called(dsn, "again", no.lower(), *WHY)
    assert asyncio.run(_standing(dsn)) == (["requested"], ["liang"])
    assert "没有待处理的退款" in called(dsn, "list")
    with pytest.raises(CommandFailed, match="no refund that failed"):
        called(dsn, "again", no, *WHY)


def test_what_a_card_terminal_took_is_not_sent_from_here(dsn: str) -> None:
    no = asyncio.run(_failed(dsn, channel="bank_card"))
    with pytest.raises(CommandFailed, match="须在终端上退"):
        called(dsn, "again", no, *WHY)
    assert asyncio.run(_standing(dsn)) == (["failed"], [])
