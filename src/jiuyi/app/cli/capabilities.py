"""`jiuyi insurance …`: which class may be used in which channel, the switches, and what waits for people."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from jiuyi.app.cli import acting, database
from jiuyi.app.cli.acting import By, Why
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.insurance import rules, service, settings
from jiuyi.domains.insurance.types import (
    CHANNELS,
    CLASS_NAMES,
    TASK_NAMES,
    Capability,
    InsuranceClass,
    Settlement,
    Task,
    TaskKind,
)
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import Order
from jiuyi.kit.clock import local
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.money import yuan
from jiuyi.kit.problems import NotFound

app = typer.Typer(
    no_args_is_help=True,
    help="医保能力矩阵和待办 classes of insurance, where they are open, and what waits for people",
)
HERE = Path(".data")
Data = database.Data
Class = Annotated[InsuranceClass, typer.Argument(help="结算类别 class of insurance")]
Channel = Annotated[str, typer.Argument(help=f"渠道 channel: {', '.join(CHANNELS)}")]


@app.command("list")
def list_cells(data: Data = HERE) -> None:
    """列出能力矩阵。The matrix: every class, open or closed in each channel, and what patients are told."""

    async def work(_: Tx, knobs: Knobs) -> list[Capability]:
        return knobs.get(settings.CAPABILITIES)

    matrix = acting.done(data, work)
    for which in InsuranceClass:
        zh, en = CLASS_NAMES[which]
        typer.echo(f"{which.value}  {zh} {en}")
        for channel in CHANNELS:
            cell = rules.cell(matrix, which, channel)
            if cell is not None:
                typer.echo(f"    {channel:<12} {_said(cell)}")


@app.command("open")
def open_cell(which: Class, channel: Channel, *, why: Why, by: By = None, data: Data = HERE) -> None:
    """在一个渠道开通一类医保。Open a class in a channel, at once."""
    _switch(data, (which, channel), {"on": True, "off_zh": "", "off_en": ""}, why=why, by=by)


@app.command("close")
def close_cell(
    which: Class,
    channel: Channel,
    *,
    told_zh: Annotated[str, typer.Option(help="告诉患者的原因（中文） what patients read, in Chinese")],
    told_en: Annotated[str, typer.Option(help="告诉患者的原因（英文） what patients read, in English")],
    why: Why,
    by: By = None,
    data: Data = HERE,
) -> None:
    """在一个渠道停用一类医保，患者看到原因。Close a class in a channel, at once; patients read why."""
    texts = {"off_zh": told_zh.strip(), "off_en": told_en.strip()}
    if not all(texts.values()):
        raise CommandFailed("请写明告诉患者的中英文原因 patients have to read why: --told-zh and --told-en", status=2)
    _switch(data, (which, channel), {"on": False, **texts}, why=why, by=by)


def _switch(
    data: Path, place: tuple[InsuranceClass, str], said: dict[str, str | bool], *, why: str, by: str | None
) -> None:
    which, channel = place
    if channel not in CHANNELS:
        raise CommandFailed(f"没有这个渠道 there is no channel {channel}: {', '.join(CHANNELS)}", status=2)
    who, reason = acting.person(by), acting.reason(why)

    async def work(tx: Tx, knobs: Knobs) -> Capability:
        cell = rules.cell(knobs.get(settings.CAPABILITIES), which, channel)
        if cell is None:
            raise CommandFailed(f"矩阵里没有这一格 the matrix has no such cell: {which.value} {channel}")
        changed = msgspec.structs.replace(cell, **said)
        await service.change_capability(tx, knobs, changed, actor=who, why=reason)
        return changed

    typer.echo(f"{which.value}@{channel}: {_said(acting.done(data, work))}（{who.name}）")


def _said(cell: Capability) -> str:
    payer = "经 HIS 结算 through the HIS" if cell.payer == "his" else "国家医保平台 national centre"
    return f"开 open · {payer}" if cell.on else f"关 closed · {cell.off_zh} {cell.off_en}"


Waiting = tuple[Task, Settlement, Order]


@app.command("tasks")
def list_tasks(data: Data = HERE) -> None:
    """列出待办。What about settlements waits for people, the oldest first."""

    async def work(tx: Tx, _: Knobs) -> list[Waiting]:
        tasks = await service.open_tasks(tx, most=500)
        rows = await service.settlements(tx, [one.settlement_id for one in tasks])
        orders = await payments.orders(tx, [one.order_id for one in tasks])
        return [(one, rows[one.settlement_id], orders[one.order_id]) for one in tasks]

    found = acting.done(data, work)
    if not found:
        typer.echo("没有医保待办 nothing about insurance waits for people")
    for task, row, order in found:
        zh, en = TASK_NAMES[task.kind]
        typer.echo(f"{row.no}  {task.kind.value}  {zh} {en}")
        sums = f"医保 insured {yuan(row.insured_fen)}，自付 own {yuan(row.own_fen or 0)} 元 yuan"
        typer.echo(f"    {local(task.created_at):%Y-%m-%d %H:%M}  订单 order {order.no}  {sums}")
        typer.echo(f"    {CLASS_NAMES[row.insurance_class][0]}  {row.state.value}  {task.detail}")


@app.command("done")
def task_done(
    no: Annotated[str, typer.Argument(help="结算单号 number of the settlement, I…")],
    kind: Annotated[TaskKind, typer.Argument(help="`tasks` 列出的类别 kind, as `tasks` shows it")],
    *,
    why: Why,
    by: By = None,
    data: Data = HERE,
) -> None:
    """办结一项待办，记入审计。Somebody has seen to it; nothing moves, who and why is in the audit log."""
    who, reason = acting.person(by), acting.reason(why)

    async def work(tx: Tx, _: Knobs) -> None:
        try:
            await service.task_done(tx, no.strip().upper(), kind, actor=who, why=reason)
        except NotFound as error:
            raise CommandFailed(f"没有这项待办 there is no such task: {no} {kind.value}") from error

    acting.done(data, work)
    typer.echo(f"{no.strip().upper()} {kind.value}: 已办结 done（{who.name}）")
