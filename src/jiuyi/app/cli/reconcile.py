"""`jiuyi reconcile`: compare the books of one day, show how far it is, and write the report."""

import asyncio
import getpass
import os
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from jiuyi.app.cli import books_paper, database, demo
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.app.settings import load
from jiuyi.app.wiring import Parts, build
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.reconciliation import flows, service
from jiuyi.domains.reconciliation.service import papers
from jiuyi.domains.reconciliation.types import DayReport, Run
from jiuyi.kit.problems import Problem

_SAY = Console(stderr=True)
_YESTERDAY = {"yesterday", "昨天"}


class Format(StrEnum):
    """How the report is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PDF = "pdf"


def environment(options: demo.Options) -> Mapping[str, str]:
    """The settings of the environment, else those of the demo that is running here. Raises `CommandFailed`."""
    if "JIUYI_HIS_BASE_URL" in os.environ:
        return os.environ
    found = database.embedded(options.data).status()
    try:
        keys = httpx.get(f"{options.sandbox_url}/_control/keys", trust_env=False, timeout=5).json()
    except httpx.HTTPError as error:
        raise CommandFailed(
            f"没有设置，{options.sandbox_url} 也没有演示；演示用了别的端口时，请同样给出 PORT、SANDBOX_PORT 和 DATA "
            f"there are no settings in the environment, and no demo at {options.sandbox_url}; "
            "when it runs elsewhere, PORT, SANDBOX_PORT and DATA are wanted as it got them"
        ) from error
    dsn = database.given_dsn() or found.dsn
    return {**os.environ, **demo.environment_of(options, dsn, dsn, keys)}


def run(options: demo.Options, day: str, form: Format, output: Path | None, *, mend: bool) -> int:
    """Compare, report; 0 when nothing of that day is left for people, 3 when bills are missing, 4 when something is."""
    try:
        report = asyncio.run(_compare(environment(options), day, mend=mend))
    except Problem as problem:
        raise CommandFailed(f"{problem.title('zh')} {problem.title('en')}") from problem
    write(report, form, output)
    if report.state != "done":
        return 3
    return 4 if report.by_hand else 0


async def _compare(settings: Mapping[str, str], day: str, *, mend: bool) -> DayReport:
    parts = build(load(settings), pool=4)
    await parts.start()
    try:
        when = _day(parts, day)
        mender: flows.Mender = parts.ports["mender"]
        with _progress() as told:
            run = await _reconcile(mender, when, told)
        if run.why:
            _SAY.print(f"[yellow]{papers.RUN_STATES[run.state.value]}: {run.why}[/yellow]")
        if mend:
            await mender.settle_due()
        async with parts.db.tx() as tx:
            return await service.day_report(tx, when)
    finally:
        await parts.stop()


async def _reconcile(mender: flows.Mender, when: date, told: Progress) -> Run:
    who = Actor.system(f"cli:{getpass.getuser()}")
    return await flows.reconcile(mender.books, when, actor=who, progress=_teller(told))


def _day(parts: Parts, text: str) -> date:
    if text in _YESTERDAY:
        return parts.clock.today() - timedelta(days=1)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandFailed(f"不是日期 not a day: {text} (2026-11-19, yesterday)") from error


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.completed:>10,.0f}"),
        TimeElapsedColumn(),
        console=_SAY,
        transient=not _SAY.is_terminal,
    )


def _teller(told: Progress) -> Callable[[str, int], None]:
    tasks: dict[str, TaskID] = {}

    def tell(name: str, rows: int) -> None:
        if name not in tasks:
            tasks[name] = told.add_task(name, total=None)
        told.update(tasks[name], completed=rows)

    return tell


def write(report: DayReport, form: Format, output: Path | None) -> None:
    """Write the report to a file, or show it."""
    if form is Format.TABLE:
        if output is None:
            books_paper.report(report, books_paper.screen())
            return
        with output.open("w", encoding="utf-8") as file:
            books_paper.report(report, Console(file=file, width=books_paper.NARROWEST, highlight=False))
        _SAY.print(f"已写入 written: {output}")
        return
    body = {Format.JSON: papers.as_json, Format.CSV: papers.as_csv, Format.PDF: papers.as_pdf}[form](report)
    if output is None:
        typer.get_binary_stream("stdout").write(body)
    else:
        output.write_bytes(body)
        _SAY.print(f"已写入 written: {output}")
