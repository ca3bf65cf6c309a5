"""`jiuyi refunds …`: money that is promised back and that a channel would not send; finance has it sent again."""

from pathlib import Path
from typing import Annotated

import typer

from jiuyi.app.cli import acting, database
from jiuyi.app.cli.acting import By, Why
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.payments import service
from jiuyi.domains.payments.types import CHANNEL_NAMES, FailedRefund, Refund
from jiuyi.kit.clock import local
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.money import yuan
from jiuyi.kit.problems import NotFound

app = typer.Typer(no_args_is_help=True, help="没有退成的款 refunds that did not go through: listed and sent again")
HERE = Path(".data")
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
            return await service.send_again(tx, no.strip().upper(), actor=who, why=reason)
        except NotFound as error:
            raise CommandFailed(f"没有这样一笔未退成的款 no refund that failed has this number: {no}") from error

    sent = acting.done(data, work)
    typer.echo(f"{sent.no}: 将再次发送 to be sent again, {yuan(sent.amount_fen)} 元 yuan（{who.name}）")
