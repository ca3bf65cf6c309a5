"""The commands and their options."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from jiuyi.app import migrate as migrations
from jiuyi.app import roles
from jiuyi.app.cli import account, books, capabilities, database, demo, device, jobs, knobs, refunds, servers
from jiuyi.app.cli.faults import CommandFailed, told_in_one_line
from jiuyi.app.settings import left_out, load

app = typer.Typer(
    name="jiuyi",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="就医 Jiuyi: a hospital's online services. 医院线上服务平台。",
)
app.add_typer(database.app, name="db")
app.add_typer(device.app, name="device")
app.add_typer(account.app, name="account")
app.add_typer(books.app, name="books")
app.add_typer(refunds.app, name="refunds")
app.add_typer(jobs.app, name="jobs")
app.add_typer(knobs.app, name="knobs")
app.add_typer(capabilities.app, name="insurance")

Port = Annotated[int, typer.Option(envvar="PORT", help="网页端口 port of the product")]
SandboxPort = Annotated[int, typer.Option(envvar="SANDBOX_PORT", help="沙箱端口 port of the sandbox")]
Data = Annotated[Path, typer.Option(envvar="DATA", help="数据目录 where the data lies")]
Host = Annotated[str, typer.Option(envvar="HOST", help="监听地址 address to listen on")]


@app.command("demo")
def run_demo(
    port: Port = 8000,
    sandbox_port: SandboxPort = 8001,
    data: Data = Path(".data"),
    host: Host = "127.0.0.1",
) -> None:
    """演示：数据库、沙箱医院、网页和后台任务一起运行。Everything at once, with a hospital to play with."""
    demo.run(demo.Options(port=port, sandbox_port=sandbox_port, data=data, host=host))


@app.command("web")
def run_web(
    port: Port = 8000,
    host: Host = "127.0.0.1",
    workers: Annotated[int, typer.Option(envvar="WORKERS", help="进程数 processes", min=1)] = 1,
) -> None:
    """网页进程。The web processes; settings come from the environment."""
    servers.web(host, port, workers)


@app.command("worker")
def run_worker() -> None:
    """后台任务进程。The worker; settings come from the environment."""
    servers.worker()


@app.command("sandbox")
def run_sandbox(
    sandbox_port: SandboxPort = 8001,
    data: Data = Path(".data"),
    host: Host = "127.0.0.1",
    product_url: Annotated[str, typer.Option(help="产品地址 where the product is")] = "http://localhost:8000",
) -> None:
    """沙箱医院。Every outside system, over real HTTP, without the product."""
    servers.sandbox(host, sandbox_port, data / "sandbox", product_url)


@app.command("migrate")
def run_migrate(
    revision: Annotated[str, typer.Argument(help="版本 revision, `head`, or `base` with --down")] = "head",
    *,
    down: Annotated[bool, typer.Option("--down", help="退回 go down to this revision")] = False,
    app_role: Annotated[
        str | None,
        typer.Option(envvar="DATABASE_APP_ROLE", help="授权 role of the running processes: rows, no DDL"),
    ] = None,
    data: Data = Path(".data"),
) -> None:
    """迁移数据库。Migrate DATABASE_MIGRATION_URL, DATABASE_DIRECT_URL or DATABASE_URL, else the embedded one."""
    with database.reached(data) as dsn:
        if down:
            migrations.downgrade(dsn, revision)
        else:
            migrations.upgrade(dsn, revision)
        if app_role:
            count = roles.grant(dsn, app_role)
            typer.echo(f"已授权 {app_role} may now work on {count} tables")
        typer.echo(f"数据库版本 database is at revision {database.revision(dsn) or 'base'}")


@app.command("check-settings")
def check_settings() -> None:
    """检查设置。Read the settings from the environment and report every fault at once."""
    settings = load(os.environ)
    typer.echo(f"设置正确 settings are in order (mode: {settings.mode})")
    for section in left_out(settings):
        typer.echo(f"未开通 not set, so this channel is off: {section}")


@app.command("reconcile")
def run_reconcile(
    day: Annotated[str, typer.Argument(help="日期 the day: 2026-11-19, or `yesterday`")] = "yesterday",
    *,
    form: Annotated[str, typer.Option("--format", help="报表 table, json, csv or pdf")] = "table",
    output: Annotated[Path | None, typer.Option(help="写入文件 file to write to")] = None,
    mend: Annotated[bool, typer.Option(help="同时自动处理 also repair what can be repaired by itself")] = True,
    port: Port = 8000,
    sandbox_port: SandboxPort = 8001,
    data: Data = Path(".data"),
) -> None:
    """对账。Compare one day: channels' bills, the HIS's statement, and our ledger.

    Ends with 0 when nothing is left for people, 3 when a bill is not there yet, 4 when people have to decide.
    """
    from jiuyi.app.cli import reconcile  # the adapters: the other commands start without them

    if form not in set(reconcile.Format):
        raise CommandFailed(f"--format: {', '.join(reconcile.Format)}", status=2)
    options = demo.Options(port=port, sandbox_port=sandbox_port, data=data, host="127.0.0.1")
    raise typer.Exit(reconcile.run(options, day, reconcile.Format(form), output, mend=mend))


@app.command("wechat-menu")
def publish_wechat_menu() -> None:
    """发布公众号菜单。Replace the Official Account's menu; settings come from the environment."""
    from jiuyi.app.cli import menu  # the adapters: the other commands start without them

    count = menu.publish(os.environ)
    typer.echo(f"公众号菜单已更新 the menu is published ({count} buttons)")


@app.command("alipay-menu")
def publish_alipay_menu() -> None:
    """发布生活号菜单。Replace the Life Account's menu; settings come from the environment."""
    from jiuyi.app.cli import life_menu  # the adapters: the other commands start without them

    count = life_menu.publish(os.environ)
    typer.echo(f"生活号菜单已更新 the menu is published ({count} buttons)")


def main() -> None:
    """Entry point of the `jiuyi` command and of `python -m jiuyi.app.cli`."""
    with told_in_one_line():
        app()
    sys.exit(0)
