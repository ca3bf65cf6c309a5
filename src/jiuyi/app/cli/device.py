"""`jiuyi device …`: the hospital's machines at which money is taken, and who may stand at them."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from jiuyi.app.cli import acting
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.staff import service
from jiuyi.domains.staff.types import Role
from jiuyi.kit.db import Tx

app = typer.Typer(no_args_is_help=True, help="窗口、自助机和手持设备 counters, self-service machines, hand-helds")
Data = Annotated[Path, typer.Option(envvar="DATA", help="数据目录 where the data lies")]
HERE = Path(".data")
Code = Annotated[str, typer.Argument(help="设备编号 the device's code, such as window-3")]


def _by() -> Actor:
    """Whoever runs this command, for the audit log."""
    return Actor.system(f"cli:{getpass.getuser()}")


def _shown(key: str) -> None:
    typer.echo("设备密钥（只显示这一次，请立即录入设备） the key, shown only now:", err=True)
    typer.echo(key)


@app.command()
def add(
    code: Code,
    name: Annotated[str, typer.Option(help="中文名称 name in Chinese, such as 收费处 3 号窗")],
    name_en: Annotated[str, typer.Option(help="英文名称 name in English")],
    role: Annotated[Role, typer.Option(help="用途 what it is for")] = Role.CASHIER,
    data: Data = HERE,
) -> None:
    """登记设备并发密钥。Register a device and issue its key."""
    _shown(
        acting.done(
            data, lambda tx, _: service.register(tx, code=code, name_zh=name, name_en=name_en, role=role, by=_by())
        )
    )


@app.command()
def rotate(
    code: Code,
    *,
    at_once: Annotated[bool, typer.Option("--at-once", help="旧密钥立即失效 the old key ends now")] = False,
    data: Data = HERE,
) -> None:
    """更换密钥。Issue a new key; the old one ends after the grace that is set."""
    _shown(acting.done(data, lambda tx, knobs: service.rotate(tx, knobs, code=code, by=_by(), at_once=at_once)))


@app.command()
def revoke(code: Code, data: Data = HERE) -> None:
    """停用设备。Take a device out of service for good, at once."""
    acting.done(data, lambda tx, _: service.revoke(tx, code=code, by=_by()))
    typer.echo(f"已停用 {code} is revoked")


@app.command("list")
def list_devices(data: Data = HERE) -> None:
    """列出设备。Every device there ever was."""
    for each in acting.done(data, lambda tx, _: service.devices(tx)):
        seen = f"{each.last_seen_at:%Y-%m-%d %H:%M}" if each.last_seen_at else "–"
        typer.echo(f"{each.code}\t{each.role}\t{each.state}\t{each.name_zh}\t{each.keys}\t{seen}")


@app.command()
def operator(
    number: Annotated[str, typer.Argument(help="工号 staff number")],
    name: Annotated[str, typer.Option(help="姓名 name")],
    *,
    inactive: Annotated[bool, typer.Option("--inactive", help="停用 may not sign in any more")] = False,
    data: Data = HERE,
) -> None:
    """登记收款员。Add an operator, or change name or standing."""
    given = acting.done(data, lambda tx, _: _put(tx, number, name, active=not inactive))
    typer.echo(f"已登记 {number} {'停用 inactive' if inactive else '启用 active'}")
    if given is not None:
        _pin_shown(given)


async def _put(tx: Tx, number: str, name: str, *, active: bool) -> str | None:
    """A new operator's temporary PIN; None where there is one already, or none is wanted."""
    await service.put_operator(tx, code=number, name=name, active=active, by=_by())
    found = next(each for each in await service.operators(tx) if each.code == number)
    return await _given(tx, number) if active and not found.has_pin else None


async def _given(tx: Tx, number: str) -> str:
    made = service.new_pin(number)
    await service.set_pin(tx, code=number, pin=made, by=_by())
    return made


def _pin_shown(made: str) -> None:
    typer.echo("临时 PIN（只显示这一次，首次登录须更换） the temporary PIN, shown only now:", err=True)
    typer.echo(made)


@app.command()
def pin(number: Annotated[str, typer.Argument(help="工号 staff number")], data: Data = HERE) -> None:
    """重置 PIN 并解锁。Give an operator a new temporary PIN, and unlock the number."""
    _pin_shown(acting.done(data, lambda tx, _: _given(tx, number)))
