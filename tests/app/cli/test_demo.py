"""`jiuyi demo` as a person runs it: everything at once, stopped by Ctrl-C, started again quickly."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from jiuyi.app.cluster import Cluster
from tests.support.ports import free_port
from tests.support.waiting import MOST_SECONDS

pytestmark = [pytest.mark.feature("I01"), pytest.mark.slow]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("JIUYI_", "DATABASE", "PG"))}


class Demo:
    def __init__(self, data: Path, ports: tuple[int, int]) -> None:
        self.url, self.sandbox_url = (f"http://127.0.0.1:{port}" for port in ports)
        self.log = data.parent / "demo.log"
        options = ["--port", str(ports[0]), "--sandbox-port", str(ports[1]), "--data", str(data)]
        with self.log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jiuyi.app.cli", "demo", *options],
                env=CLEAN | {"PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, words: str, seconds: float = 180) -> str:
        until = time.monotonic() + seconds
        while words not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.05)
        return self.said()

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(MOST_SECONDS)


@contextmanager
def demo(data: Path, ports: tuple[int, int]) -> Iterator[Demo]:
    running = Demo(data, ports)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.interrupt()


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "my data"
    yield folder
    Cluster(folder / "pg").stop(force=True)


@pytest.fixture
def ports() -> tuple[int, int]:
    return free_port(), free_port()


def children_of(pid: int) -> dict[str, int]:
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    found = {}
    for line in listed.stdout.splitlines():
        number, _, command = line.strip().partition(" ")
        for name in ("jiuyi_sandbox", "cli web", "cli worker"):
            if name in command:
                found[name.rpartition(" ")[2]] = int(number)
    return found


def nobody_listens(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz", trust_env=False, timeout=2)
    except httpx.ConnectError:
        return True
    except httpx.TransportError:
        return False  # it ends while it answers
    return False


def test_it_starts_stops_and_starts_again_quickly(data: Path, ports: tuple[int, int]) -> None:
    with demo(data, ports) as first:
        said = first.wait_for("Ctrl-C stops everything")
        assert f"http://p1.localhost:{ports[0]}/w/" in said
        assert httpx.get(f"{first.url}/readyz", trust_env=False, timeout=MOST_SECONDS).json() == {"status": "ok"}
        key, pin = re.findall(r"jyd_\S+", said)[0], re.findall(r"PIN\s+(\d{6})", said)[0]
        opened = httpx.post(
            f"{first.url}/api/desk/shift",
            json={"operator": "1027", "pin": pin},
            headers={"authorization": f"Bearer {key}"},
            trust_env=False,
            timeout=MOST_SECONDS,
        )
        assert opened.status_code == 200
        assert (
            httpx.get(f"{first.sandbox_url}/_control/phones", trust_env=False, timeout=MOST_SECONDS).status_code == 200
        )
        assert set(children_of(first.process.pid)) == {"jiuyi_sandbox", "web", "worker"}
        assert first.interrupt() == 0, first.said()
        assert "已全部停止 everything is stopped" in first.said()
    assert not Cluster(data / "pg").status().running
    began = time.monotonic()
    with demo(data, ports) as second:
        said = second.wait_for("Ctrl-C stops everything")
        assert time.monotonic() - began < MOST_SECONDS, (
            "4 s on a quiet machine; this one is very busy, or something waits"
        )
        assert re.search(r"Jiuyi · \d+\.\d s", said)
    for line in (data / "secrets.json").read_text().splitlines():
        assert line.strip(' ",{}') not in said or len(line) < 10


@pytest.mark.parametrize("victim", ["web", "worker", "jiuyi_sandbox"])
def test_a_child_that_dies_is_named_and_everything_stops(data: Path, ports: tuple[int, int], victim: str) -> None:
    with demo(data, ports) as running:
        running.wait_for("Ctrl-C stops everything")
        os.kill(children_of(running.process.pid)[victim], signal.SIGKILL)
        assert running.process.wait(MOST_SECONDS) == 1
        said = running.said()
    assert f"{victim.removeprefix('jiuyi_')} 停止了 ended with status -9" in said
    assert "Traceback" not in said
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.url}/healthz", trust_env=False)
    assert not Cluster(data / "pg").status().running


def test_a_killed_demo_takes_its_children_along_and_starts_again(data: Path, ports: tuple[int, int]) -> None:
    with demo(data, ports) as running:
        running.wait_for("Ctrl-C stops everything")
        running.process.kill()
        running.process.wait()
    until = time.monotonic() + MOST_SECONDS
    while not nobody_listens(running.url):
        assert time.monotonic() < until, "the web process goes on without its supervisor"
        time.sleep(0.1)
    with demo(data, ports) as again:
        again.wait_for("Ctrl-C stops everything")
