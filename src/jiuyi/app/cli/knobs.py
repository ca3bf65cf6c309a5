"""`jiuyi knobs …`: the hospital's own numbers and switches, read and changed while the service runs."""

import difflib
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from jiuyi.app import wiring
from jiuyi.app.cli import acting, database
from jiuyi.app.cli.acting import By, Why
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.kit.clock import local
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Change, Knob, KnobRefused, Knobs

app = typer.Typer(no_args_is_help=True, help="规则设置 the hospital's own numbers and switches")
HERE = Path(".data")
SHORT = 40
_KNOWN: dict[str, Knob[Any]] = {knob.name: knob for knob in wiring.KNOBS}
Data = database.Data
Name = Annotated[str, typer.Argument(help="设置名 name, such as booking.hold_minutes")]


@app.command("list")
def list_knobs(
    words: Annotated[str, typer.Argument(help="名称或说明中的字 part of a name or of what it means")] = "",
    data: Data = HERE,
) -> None:
    """列出设置；改过的带 *。Every knob and its value; `*` marks what the hospital changed."""

    async def work(_: Tx, knobs: Knobs) -> list[tuple[Knob[Any], Any]]:
        return [(knob, knobs.get(knob)) for knob in sorted(_KNOWN.values(), key=lambda one: one.name)]

    wanted = words.casefold()
    console = Console(highlight=False, soft_wrap=True)
    found = 0
    for knob, value in acting.done(data, work):
        if wanted not in f"{knob.name} {knob.zh} {knob.en}".casefold():
            continue
        found += 1
        mark = "*" if value != knob.default else " "
        written = _json(value)
        if len(written) > SHORT:
            written = f"{written[:SHORT]}… (jiuyi knobs show {knob.name})"
        console.print(Text(f"{mark} {knob.name} = {written}"))
        console.print(Text(f"    {knob.zh} {knob.en}"), style="dim")
    if not found:
        raise CommandFailed(f"没有这样的设置 no knob has this in its name or meaning: {words}")


@app.command()
def show(name: Name, data: Data = HERE) -> None:
    """一项设置：现值、默认值、界限、来源和改动记录。One knob: value, default, bounds, source and who changed it."""
    knob = _knob(name)

    async def work(tx: Tx, knobs: Knobs) -> tuple[Any, list[Change]]:
        return knobs.get(knob), await knobs.history(tx, knob)

    value, changes = acting.done(data, work)
    typer.echo(f"{knob.name}  {knob.zh} {knob.en}")
    typer.echo(f"现值 value: {_json(value)}")
    typer.echo(f"默认 default: {_json(knob.default)}")
    if knob.low is not None or knob.high is not None:
        typer.echo(f"界限 bounds: {_bound(knob.low)} – {_bound(knob.high)}")
    typer.echo(f"来源 source: {knob.source}")
    for one in changes:
        who = one.who.removeprefix("staff:")
        typer.echo(f"{local(one.valid_from):%Y-%m-%d %H:%M:%S}  {who}  {_json(one.value)}  {one.why}")


@app.command("set")
def set_knob(
    name: Name,
    value: Annotated[str, typer.Argument(help="新值，JSON 或文字 new value, JSON or plain text")],
    *,
    why: Why,
    by: By = None,
    data: Data = HERE,
) -> None:
    """改一项设置，马上生效，记入审计。Change a knob: at once, with a reason, in the audit log."""
    knob = _knob(name)
    _change(data, knob, _read(knob, value), who=acting.person(by), why=acting.reason(why))


@app.command()
def reset(name: Name, *, why: Why, by: By = None, data: Data = HERE) -> None:
    """恢复默认值。Back to the default."""
    knob = _knob(name)
    _change(data, knob, knob.default, who=acting.person(by), why=acting.reason(why))


def _change(data: Path, knob: Knob[Any], value: Any, *, who: Actor, why: str) -> None:
    async def work(tx: Tx, knobs: Knobs) -> Any:
        before = knobs.get(knob)
        await knobs.set(tx, knob, value, who=who.word, why=why)
        await audit.note(
            tx,
            actor=who,
            action="settings.changed",
            subject_kind="setting",
            subject=knob.name,
            detail={
                "before": msgspec.to_builtins(before),
                "after": msgspec.to_builtins(value),
                "why": why,
                "at": acting.place(),
            },
        )
        return before

    before = acting.done(data, work)
    typer.echo(f"{knob.name}: {_json(before)} → {_json(value)}（{who.name}）")


def _knob(name: str) -> Knob[Any]:
    found = _KNOWN.get(name.strip())
    if found is not None:
        return found
    near = ", ".join(difflib.get_close_matches(name, _KNOWN, 3)) or "jiuyi knobs list"
    raise CommandFailed(f"没有这项设置 there is no knob {name}; 您要的也许是 perhaps: {near}", status=2)


def _read(knob: Knob[Any], written: str) -> Any:
    """What was typed: JSON, else a plain text. Raises `CommandFailed` when the knob cannot be that."""
    try:
        raw = msgspec.json.decode(written)
    except msgspec.DecodeError:
        raw = written
    try:
        return knob.read(raw)
    except KnobRefused as refused:
        raise CommandFailed(f"{knob.name}: {refused.title('zh')} {refused.title('en')}", status=2) from refused


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _bound(bound: float | None) -> str:
    return "" if bound is None else f"{bound:g}"
