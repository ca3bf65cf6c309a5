"""`jiuyi refunds …`: money that is promised back and that a channel would not send; finance has it sent again."""

import re
from pathlib import Path
from typing import Annotated

import typer

from jiuyi.app.cli import acting, database
from jiuyi.app.cli.acting import By, Why
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments import service
from jiuyi.domains.payments.events import RefundDone
from jiuyi.domains.payments.jobs import TELL_OF_REFUND
from jiuyi.domains.payments.types import CHANNEL_NAMES, FailedRefund, Refund
from jiuyi.kit.clock import local
from jiuyi.kit.db import Tx
from jiuyi.kit.events import Subscriptions
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.money import yuan
from jiuyi.kit.problems import NotFound

app = typer.Typer(no_args_is_help=True, help="没有退成的款 refunds that did not go through: listed and sent again")
HERE = Path(".data")
_SLIP = re.compile(r"[0-9A-Za-z]{1,20}-[0-9]{1,12}-[0-9]{1,12}-20[0-9]{6}")
Data = database.Data
No = Annotated[str, typer.Argument(help="退款单号 number of the refund, R…")]


@app.command("list")
def list_failed(data: Data = HERE) -> None:
    """列出没有退成的款。What patients are owed and nobody sends any more, the oldest first."""
    found = acting.done(data, lambda tx, _: service.failed_refunds(tx))
    if not found:
        typer.echo("没有待处理的退款 no refund waits for people")
        return
    total = yuan(sum(one.amount_fen for one in found))
    typer.echo(f"待处理 waiting for people: {len(found)}, {total} 元 yuan")
    for one in found:
        for line in _lines(one):
            typer.echo(line)


def _lines(one: FailedRefund) -> tuple[str, str]:
    zh, en = CHANNEL_NAMES.get(one.channel, (one.channel, one.channel))
    asked = f"{local(one.requested_at):%Y-%m-%d %H:%M}"
    return (
        f"{one.no}  {yuan(one.amount_fen)} 元 yuan  {zh} {en}  {asked}",
        f"    订单 order {one.order_no}  原因 why: {one.fault or '–'}  已发送 sent: {one.tries}",
    )


@app.command("again")
def send_again(no: No, *, why: Why, by: By = None, data: Data = HERE) -> None:
    """再发一次。Have it sent again: the same money to the same payer, in the audit log."""
    who, reason = acting.person(by), acting.reason(why)

    async def work(tx: Tx, _: Knobs) -> Refund:
        try:
            sent = await service.send_again(tx, no.strip().upper(), actor=who, why=reason)
        except NotFound as error:
            raise CommandFailed(f"没有这样一笔未退成的款 no refund that failed has this number: {no}") from error
        await _note(tx, sent, by=who.name)
        return sent

    sent = acting.done(data, work)
    typer.echo(f"{sent.no}: 将再次发送 to be sent again, {yuan(sent.amount_fen)} 元 yuan（{who.name}）")


@app.command("given")
def note_given(
    no: No,
    *,
    slip: Annotated[str, typer.Option(help="退货小票 slip of the terminal: terminal-batch-trace-day")],
    second: Annotated[str, typer.Option(help="复核人 who has seen the slip as well")],
    why: Why,
    by: By = None,
    data: Data = HERE,
) -> None:
    """刷卡的钱已在终端上退。Note that a terminal has given it back; two people have seen the slip."""
    who, other, reason = acting.person(by), acting.person(second), acting.reason(why)
    if who == other:
        raise CommandFailed("--second: 须是另一个人 has to be somebody else", status=2)
    if not _SLIP.fullmatch(slip):
        raise CommandFailed("--slip: 终端号-批次号-凭证号-日期 terminal-batch-trace-day", status=2)

    async def work(tx: Tx, knobs: Knobs) -> Refund:
        try:
            given = await service.given_at_terminal(
                tx, knobs, no.strip().upper(), slip, actor=who, second=other, why=reason
            )
        except NotFound as error:
            raise CommandFailed(f"没有这样一笔未退成的款 no refund that failed has this number: {no}") from error
        await _note(tx, given, by=who.name, second=other.name)
        return given

    given = acting.done(data, work, subscriptions=_heard())
    typer.echo(f"{given.no}: 已退 given back, {yuan(given.amount_fen)} 元 yuan（{who.name}，{other.name}）")


async def _note(tx: Tx, refund: Refund, **names: str) -> None:
    """The machine's account beside the names that were given: those are believed, not proved."""
    await audit.note(
        tx,
        actor=Actor.system(acting.place()),
        action="payments.at_command_line",
        subject_kind="order",
        subject=refund.order_id,
        detail={"no": refund.no, **names},
    )


def _heard() -> Subscriptions:
    """Whoever paid is told by the worker, as of any refund."""
    heard = Subscriptions()
    heard.subscribe(RefundDone, TELL_OF_REFUND)
    return heard
