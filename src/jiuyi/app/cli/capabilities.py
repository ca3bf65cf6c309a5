"""`jiuyi insurance …`: which class of insurance may be used in which channel, and the switches."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from jiuyi.app.cli import acting, database
from jiuyi.app.cli.acting import By, Why
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.insurance import rules, service, settings
from jiuyi.domains.insurance.types import CHANNELS, CLASS_NAMES, Capability, InsuranceClass
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs

app = typer.Typer(no_args_is_help=True, help="医保能力矩阵 classes of insurance and the channels they are open in")
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
