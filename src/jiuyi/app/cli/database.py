"""`jiuyi db …`: the embedded PostgreSQL by hand."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from jiuyi.app.cli.faults import CommandFailed
from jiuyi.app.cluster import Cluster
from jiuyi.app.cluster.process import psql as find_psql

app = typer.Typer(no_args_is_help=True, help="内置数据库 the embedded PostgreSQL")
Data = Annotated[Path, typer.Option(envvar="DATA", help="数据目录 where the data lies")]
HERE = Path(".data")


def given_dsn() -> str | None:
    """The database that the environment names, for work that needs DDL or session state; None = embedded."""
    for name in ("DATABASE_MIGRATION_URL", "DATABASE_DIRECT_URL", "DATABASE_URL"):
        for given in (name, f"JIUYI_{name}"):
            if os.environ.get(given):
                return os.environ[given]
    return None


def embedded(data: Path) -> Cluster:
    return Cluster(data / "pg", say=lambda line: typer.echo(line, err=True))


@contextmanager
def reached(data: Path) -> Iterator[str]:
    """A DSN, of the environment's database or of the embedded one, which is left again afterwards."""
    given = given_dsn()
    if given is not None:
        yield given
        return
    cluster = embedded(data)
    try:
        yield cluster.start()
    finally:
        cluster.stop()


def revision(dsn: str) -> str | None:
    """The revision the database is at; None when it is empty."""
    with psycopg.connect(dsn) as connection:
        if connection.execute("SELECT to_regclass('public.alembic_version')").fetchone() == (None,):
            return None
        row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return str(row[0]) if row else None


@app.command()
def start(data: Data = HERE) -> None:
    """启动并保持运行。Start it and leave it running until `jiuyi db stop`."""
    typer.echo(embedded(data).start(keep=True))


@app.command()
def stop(data: Data = HERE) -> None:
    """停止。Stop it, whoever uses it."""
    stopped = embedded(data).stop(force=True)
    typer.echo("已停止 stopped" if stopped else "没有在运行 it was not running")


@app.command()
def status(data: Data = HERE) -> None:
    """状态。What runs where; exit status 3 when nothing runs."""
    found = embedded(data).status()
    lines = {
        "状态 state": "运行中 running" if found.running else "未运行 stopped",
        "版本 version": found.version or "–",
        "进程 process": str(found.pid or "–"),
        "连接 DSN": found.dsn,
        "数据 data": str(found.data),
        "日志 log": str(found.log),
        "程序 programs": str(found.programs or "–"),
        "常驻 kept": "是 yes" if found.kept else "否 no",
    }
    for name, value in lines.items():
        typer.echo(f"{name}: {value}")
    if not found.running:
        raise typer.Exit(3)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context, data: Data = HERE) -> None:
    """打开 psql。Open psql on it; further arguments are psql's own."""
    programs = embedded(data).status().programs
    program = find_psql(programs) if programs else None
    if program is None:
        raise CommandFailed("没有找到 psql: no psql was found beside the server's programs or on this machine.")
    with reached(data) as dsn:
        sys.exit(subprocess.run([program, dsn, *context.args], check=False).returncode)  # noqa: S603 - a person's own
