"""`jiuyi device …`: the hospital's machines at which money is taken, and who may stand at them."""

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from jiuyi.app.cli.faults import CommandFailed
from jiuyi.app.settings import load
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.staff import service
from jiuyi.domains.staff import settings as staff_settings
from jiuyi.domains.staff.types import Role
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import Problem

app = typer.Typer(no_args_is_help=True, help="窗口、自助机和手持设备 counters, self-service machines, hand-helds")
T = TypeVar("T")
Code = Annotated[str, typer.Argument(help="设备编号 the device's code, such as window-3")]


def _by() -> Actor:
    """Whoever runs this command, for the audit log."""
    return Actor.system(f"cli:{getpass.getuser()}")


def _done(work: Callable[[Tx, Knobs], Awaitable[T]]) -> T:
    """Do one piece of work on the database of the environment. A refusal is told in one line."""

    async def run() -> T:
        db = Db(load(os.environ).database.url, size=1)
        await db.open()
        try:
            knobs = Knobs(staff_settings.KNOBS)
            await knobs.load(db)
            async with db.tx() as tx:
                return await work(tx, knobs)
        finally:
            await db.close()

    try:
        return asyncio.run(run())
    except Problem as problem:
        raise CommandFailed(f"{problem.title('zh')} {problem.title('en')}. {problem.detail('en')}") from problem


def _shown(key: str) -> None:
    typer.echo("设备密钥（只显示这一次，请立即录入设备） the key, shown only now:", err=True)
    typer.echo(key)


@app.command()
def add(
    code: Code,
    name: Annotated[str, typer.Option(help="中文名称 name in Chinese, such as 收费处 3 号窗")],
    name_en: Annotated[str, typer.Option(help="英文名称 name in English")],
    role: Annotated[Role, typer.Option(help="用途 what it is for")] = Role.CASHIER,
) -> None:
    """登记设备并发密钥。Register a device and issue its key."""
    _shown(_done(lambda tx, _: service.register(tx, code=code, name_zh=name, name_en=name_en, role=role, by=_by())))


@app.command()
def rotate(
    code: Code,
    *,
    at_once: Annotated[bool, typer.Option("--at-once", help="旧密钥立即失效 the old key ends now")] = False,
) -> None:
    """更换密钥。Issue a new key; the old one ends after the grace that is set."""
    _shown(_done(lambda tx, knobs: service.rotate(tx, knobs, code=code, by=_by(), at_once=at_once)))


@app.command()
def revoke(code: Code) -> None:
    """停用设备。Take a device out of service for good, at once."""
    _done(lambda tx, _: service.revoke(tx, code=code, by=_by()))
    typer.echo(f"已停用 {code} is revoked")


@app.command("list")
def list_devices() -> None:
    """列出设备。Every device there ever was."""
    for each in _done(lambda tx, _: service.devices(tx)):
        seen = f"{each.last_seen_at:%Y-%m-%d %H:%M}" if each.last_seen_at else "–"
        typer.echo(f"{each.code}\t{each.role}\t{each.state}\t{each.name_zh}\t{each.keys}\t{seen}")


@app.command()
def operator(
    number: Annotated[str, typer.Argument(help="工号 staff number")],
    name: Annotated[str, typer.Option(help="姓名 name")],
    *,
    inactive: Annotated[bool, typer.Option("--inactive", help="停用 may not sign in any more")] = False,
) -> None:
    """登记收款员。Add an operator, or change name or standing."""
    _done(lambda tx, _: service.put_operator(tx, code=number, name=name, active=not inactive, by=_by()))
    typer.echo(f"已登记 {number} {'停用 inactive' if inactive else '启用 active'}")
