"""`jiuyi demo`: database, sandbox, web and worker under one supervisor, until Ctrl-C."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import psycopg
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from jiuyi.app import migrate
from jiuyi.app.cli import counter, menu
from jiuyi.app.cli.children import Child
from jiuyi.app.cli.environment import from_keys, h5_folder, own_secrets
from jiuyi.app.cli.ports import refuse_used
from jiuyi.app.cluster import Cluster

console = Console(highlight=False)
WATCH_SECONDS = 0.5
FIRST_FILL_SECONDS = 60.0


@dataclass(frozen=True)
class Options:
    """`data` is made when missing. `host` 0.0.0.0 lets other machines in."""

    port: int
    sandbox_port: int
    data: Path
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://localhost:{self.sandbox_port}"


class _Told(BaseException):
    """SIGTERM or SIGINT: stop in good order."""


def run(options: Options) -> None:
    """Start everything, print where it is, watch it, stop it. Raises CommandFailed or ClusterError."""
    refuse_used(options.host, options.port, option="PORT")
    refuse_used(options.host, options.sandbox_port, option="SANDBOX_PORT")
    began = time.monotonic()
    try:
        with _told_by_signals(), ExitStack() as stack:
            children, key = _start(options, stack)
            _welcome(options, key, time.monotonic() - began)
            while True:
                time.sleep(WATCH_SECONDS)
                for child in children:
                    child.check()
    except _Told:
        console.print("已全部停止 everything is stopped")


def _start(options: Options, stack: ExitStack) -> tuple[list[Child], str]:
    """The running children, and the key of the demo's counter."""
    options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    logs = options.data / "log"
    logs.mkdir(mode=0o700, exist_ok=True)
    children: list[Child] = []

    def begin(name: str, arguments: list[str], environment: dict[str, str]) -> Child:
        child = Child(name, arguments, logs / f"{name}.log", environment)
        stack.callback(_stop, child)
        children.append(child)
        return child

    with _step("数据库 database"):
        dsn, direct = _database(options, stack)
    with _step("数据库迁移 migrations"):
        migrate.upgrade(os.environ.get("DATABASE_MIGRATION_URL") or direct)
    with _step("沙箱医院 sandbox"):
        arguments = ["jiuyi_sandbox", "--host", options.host, "--port", str(options.sandbox_port)]
        arguments += ["--data", str(options.data / "sandbox"), "--product-url", options.url]
        sandbox = begin("sandbox", arguments, {})
        sandbox.wait_until(lambda: _answers(f"{options.sandbox_url}/_control/keys"))
    keys: dict[str, Any] = httpx.get(f"{options.sandbox_url}/_control/keys", trust_env=False).json()
    environment = environment_of(options, dsn, direct, keys)
    with _step("网页 web"):
        arguments = ["jiuyi.app.cli", "web", "--host", options.host, "--port", str(options.port)]
        web = begin("web", arguments, environment)
        started = _database_time(direct)
        worker = begin("worker", ["jiuyi.app.cli", "worker"], environment)
        web.wait_until(lambda: _answers(f"{options.url}/healthz"), others=children)
    with _step("后台任务 worker"):
        worker.wait_until(lambda: _worker_is_alive(direct, started), others=children)
        web.wait_until(lambda: _answers(f"{options.url}/readyz"), others=children)
    with _step("号源 schedules of the hospital"):
        _wait_for_schedules(direct, children)
    with _step("公众号菜单 menu"):
        menu.publish({**os.environ, **environment})
    with _step("收费窗口 counter"):
        key = counter.key_of(direct, options.data / "counter.key")
    return children, key


def _database(options: Options, stack: ExitStack) -> tuple[str, str]:
    """`DATABASE_URL` (and `DATABASE_DIRECT_URL`) where they are set, else the embedded server."""
    given = _named("DATABASE_URL")
    if given:
        direct = _named("DATABASE_DIRECT_URL") or given
        psycopg.connect(direct, connect_timeout=10).close()
        return given, direct
    cluster = Cluster(options.data / "pg")
    stack.callback(_leave, cluster)
    dsn = cluster.start()
    return dsn, dsn


def _named(name: str) -> str | None:
    return os.environ.get(name) or os.environ.get(f"JIUYI_{name}")


def _wait_for_schedules(dsn: str, children: list[Child]) -> None:
    """At a first start the worker takes doctors and schedules over from the hospital; nothing can be booked before.

    When the hospital does not answer (a fault somebody set) the product opens all the same.
    """
    until = time.monotonic() + FIRST_FILL_SECONDS
    with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
        while time.monotonic() < until:
            found = connection.execute(
                "SELECT EXISTS (SELECT FROM catalog.doctor) AND EXISTS (SELECT FROM booking.slot)"
            ).fetchone()
            if found == (True,):
                return
            for child in children:
                child.check()
            time.sleep(0.1)
    console.print("  [yellow]沙箱医院没有给出号源 the sandbox hospital gave no schedules[/yellow]")


def environment_of(options: Options, dsn: str, direct: str, keys: dict[str, Any]) -> dict[str, str]:
    pages = h5_folder()
    local = "localhost,*.localhost,127.0.0.1"
    return {
        "JIUYI_MODE": "demo",
        "JIUYI_DATABASE_URL": dsn,
        "JIUYI_DATABASE_DIRECT_URL": direct,
        "JIUYI_WEB_PUBLIC_URL": options.url,
        "JIUYI_WEB_HOSTS": "*" if options.host in {"0.0.0.0", "::"} else local,  # noqa: S104 - a comparison
        "JIUYI_SANDBOX_URL": options.sandbox_url,
        **({"JIUYI_WEB_H5_DIR": str(pages)} if pages else {}),
        **own_secrets(options.data / "secrets.json"),
        **from_keys(keys),
    }


def _database_time(dsn: str) -> Any:
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    return row[0] if row else None


def _worker_is_alive(dsn: str, since: Any) -> bool:
    """A worker that takes jobs writes a heartbeat."""
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        found = connection.execute(
            "SELECT 1 FROM procrastinate_workers WHERE last_heartbeat >= %s LIMIT 1", [since]
        ).fetchone()
    return found is not None


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=3, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _stop(child: Child) -> None:
    child.ask_to_stop()
    child.wait()


def _leave(cluster: Cluster) -> None:
    cluster.stop()


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.monotonic()
    with console.status(f"{name} …"):
        yield
    console.print(f"  [green]✓[/green] {name}  [dim]{time.monotonic() - began:.1f} s[/dim]")


@contextmanager
def _told_by_signals() -> Iterator[None]:
    def tell(_number: int, _frame: FrameType | None) -> None:
        # A second Ctrl-C while stopping must not leave things half stopped.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise _Told

    before: dict[signal.Signals, Callable[[int, FrameType | None], Any] | int | None] = {
        which: signal.signal(which, tell) for which in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)


def _welcome(options: Options, key: str, seconds: float) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_row("从这里开始 Start here", f"{options.sandbox_url}/")
    table.add_row("患者手机 A patient's phone", f"http://p1.localhost:{options.port}/w/  (p1 … p8)")
    table.add_row("支付宝里 In Alipay", f"http://p1.localhost:{options.port}/l/")
    table.add_row("收费窗口 Cashier", f"{options.url}/console/")
    table.add_row("  设备密钥 device key", key)
    table.add_row("  工号 operator", counter.OPERATOR)
    table.add_row("  PIN", counter.PIN)
    table.add_row("接口文档 API", f"{options.url}/api/schema")
    table.add_row("数据和日志 Data and logs", str(options.data.absolute()))
    hints = (
        "打开某部手机的地址，就以那个人的微信（/l/ 是支付宝）身份进入；\n"
        "短信验证码显示在沙箱首页的手机上。按 Ctrl-C 全部停止。\n"
        "Opening a phone's address signs you in as that person's WeChat (/l/: Alipay);\n"
        "text messages with codes appear on the phones at the sandbox's start page. Ctrl-C stops everything."
    )
    console.print(Panel(table, title=f"就医 Jiuyi · {seconds:.1f} s", expand=False))
    console.print(hints, soft_wrap=True)
    if h5_folder() is None:
        console.print("[yellow]患者页面尚未构建 the patient pages are not built yet: make web[/yellow]")
