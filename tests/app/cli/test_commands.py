"""What the command line says. Faults are one clear line and never a traceback."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiuyi.app.cluster import Cluster
from tests.support.ports import free_port

pytestmark = pytest.mark.feature("I01")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("JIUYI", "DATABASE", "PG"))}


def jiuyi(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jiuyi.app.cli", *arguments],
        env=CLEAN | {"COLUMNS": "200"} | environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "my data"
    Cluster(tmp_path / "my data" / "pg").stop(force=True)


def test_every_missing_setting_is_named_at_once() -> None:
    done = jiuyi("check-settings", JIUYI_HIS_BASE_URL="http://localhost:1")
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) > 10
    assert all(line.startswith("设置有误 settings: JIUYI_") for line in lines)
    assert "JIUYI_HIS_BASE_URL is missing" not in done.stderr
    assert "JIUYI_VAULT_MASTERS is missing" in done.stderr


@pytest.mark.parametrize("command", ["web", "worker"])
def test_servers_refuse_faulty_settings_before_anything_else(command: str) -> None:
    done = jiuyi(command)
    assert done.returncode == 2
    assert "JIUYI_HIS_SECRET is missing" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--port", "--sandbox-port"])
def test_a_used_port_is_one_clear_line(option: str, data: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", free_port()))
        taken.listen()
        port = taken.getsockname()[1]
        other = "--sandbox-port" if option == "--port" else "--port"
        done = jiuyi("demo", option, str(port), other, str(free_port()), "--data", str(data))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"端口 port {port} 已被占用 is in use" in done.stderr
    assert not data.exists(), "nothing was started"


def test_an_unreachable_database_is_one_clear_line() -> None:
    done = jiuyi("migrate", DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/none?connect_timeout=3")
    assert done.returncode == 1
    assert "the database cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_embedded_database_by_hand(data: Path) -> None:
    assert jiuyi("db", "status", DATA=str(data)).returncode == 3
    started = jiuyi("db", "start", DATA=str(data))
    assert started.stdout.startswith("postgresql://"), started.stderr
    assert "运行中 running" in jiuyi("db", "status", DATA=str(data)).stdout
    migrated = jiuyi("migrate", DATA=str(data))
    assert "database is at revision 0" in migrated.stdout, migrated.stderr
    asked = jiuyi("db", "psql", "-Atc", "SELECT 6 * 7", DATA=str(data))
    assert asked.stdout.strip() == "42", asked.stderr
    down = jiuyi("migrate", "base", "--down", DATA=str(data))
    assert "database is at revision base" in down.stdout, down.stderr
    assert "stopped" in jiuyi("db", "stop", DATA=str(data)).stdout
    assert jiuyi("db", "status", DATA=str(data)).returncode == 3


def test_an_unknown_revision_is_one_clear_line(dsn: str) -> None:
    done = jiuyi("migrate", "9999", DATABASE_URL=dsn)
    assert done.returncode == 1
    assert done.stderr.startswith("数据库迁移 migrations: ")
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_start_shows_its_log(data: Path) -> None:
    jiuyi("db", "start", DATA=str(data))
    jiuyi("db", "stop", DATA=str(data))
    (data / "pg" / "data" / "local.conf").write_text("max_connections = 'some'\n")
    done = jiuyi("db", "start", DATA=str(data))
    assert done.returncode == 1
    assert "did not start" in done.stderr
    assert "max_connections" in done.stderr
    assert "Traceback" not in done.stderr
    (data / "pg" / "data" / "local.conf").unlink()
