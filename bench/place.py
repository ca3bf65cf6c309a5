"""Database, sandbox, settings and processes of a measurement: made before, gone afterwards."""

import base64
import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
from psycopg import sql

from bench.processes import Processor
from jiuyi.app import migrate
from jiuyi.app.cli.environment import from_keys
from jiuyi.app.cluster import Cluster
from jiuyi.app.cluster.binaries import installations
from jiuyi.kit.crypto import Vault, parse_keys


@dataclass(frozen=True)
class Place:
    """Where everything of this run is."""

    folder: Path
    dsn: str
    yardstick_dsn: str
    pgbench: Path
    port: int
    environment: Mapping[str, str]

    @property
    def vault(self) -> Vault:
        keys = self.environment
        return Vault(parse_keys(keys["JIUYI_VAULT_MASTERS"], keys["JIUYI_VAULT_INDEX"], "intl"))

    @property
    def secret(self) -> bytes:
        return self.environment["JIUYI_WEB_TICKET_SECRET"].encode()


@contextmanager
def prepared(folder: Path) -> Iterator[Place]:
    """Database, sandbox and settings; everything is gone afterwards."""
    given = os.environ.get("DATABASE_URL")
    with contextlib.ExitStack() as stack:
        if given:
            server = given
        else:
            cluster = Cluster(folder / "pg")
            server = cluster.start()
            stack.callback(cluster.stop, force=True)
        names = [f"jiuyi_bench_{os.getpid()}", f"jiuyi_yardstick_{os.getpid()}"]
        with psycopg.connect(server, autocommit=True) as connection:
            for name in names:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'").format(
                        sql.Identifier(name)
                    )
                )
                stack.callback(_drop, server, name)
        dsn, yardstick = (_other(server, name) for name in names)
        migrate.upgrade(dsn)
        port, sandbox_port = free_port(), free_port()
        sandbox = f"http://localhost:{sandbox_port}"
        arguments = ["--port", str(sandbox_port), "--data", str(folder / "sandbox")]
        arguments += ["--product-url", f"http://localhost:{port}"]
        stack.enter_context(child("jiuyi_sandbox", arguments, folder / "sandbox.log", {}, f"{sandbox}/_control/keys"))
        keys = httpx.get(f"{sandbox}/_control/keys", trust_env=False).json()
        environment = {
            **from_keys(keys),
            "JIUYI_MODE": "test",
            "JIUYI_DATABASE_URL": dsn,
            "JIUYI_WEB_PUBLIC_URL": f"http://localhost:{port}",
            "JIUYI_WEB_HOSTS": "localhost,127.0.0.1",
            "JIUYI_WEB_TICKET_SECRET": secrets.token_urlsafe(48),
            "JIUYI_SANDBOX_URL": sandbox,
            "JIUYI_VAULT_MASTERS": f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "JIUYI_VAULT_INDEX": base64.b64encode(secrets.token_bytes(32)).decode(),
            "JIUYI_LOG_LEVEL": "WARNING",
        }
        program = next(found.bin / "pgbench" for found in installations() if (found.bin / "pgbench").exists())
        yield Place(folder, dsn, yardstick, program, port, environment)


def _other(server: str, database: str) -> str:
    info = psycopg.conninfo.conninfo_to_dict(server)
    host = str(info.get("host", ""))
    user, port = info.get("user", "postgres"), info.get("port")
    if host.startswith("/"):
        return f"postgresql://{user}@/{database}?host={host}" + (f"&port={port}" if port else "")
    password = f":{info['password']}" if info.get("password") else ""
    return f"postgresql://{user}{password}@{host or 'localhost'}:{port or 5432}/{database}"


def _drop(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def web_process(place: Place) -> Iterator[Processor]:
    log = place.folder / "web.log"
    arguments = ["web", "--port", str(place.port)]
    ready = f"http://127.0.0.1:{place.port}/readyz"
    with child("jiuyi.app.cli", arguments, log, place.environment, ready) as process:
        yield Processor.heaviest_below(process.pid)


@contextmanager
def program(place: Place, name: str) -> Iterator[None]:
    with child("jiuyi.app.cli", [name], place.folder / f"{name}.log", place.environment, None):
        yield


@contextmanager
def child(
    module: str, arguments: list[str], log: Path, environment: Mapping[str, str], ready: str | None
) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
    try:
        until = time.monotonic() + 60
        while ready is not None:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(ready, timeout=2, trust_env=False).status_code == httpx.codes.OK:
                    break
            if process.poll() is not None or time.monotonic() > until:
                msg = f"{module} did not start:\n{log.read_text(errors='replace')[-3000:]}"
                raise RuntimeError(msg)
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    import socket

    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port
