"""A demo of its own for pictures and journeys: free ports, a data folder that is thrown away."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.plain import NO_TLS
from tests.support.ports import free_port
from tests.support.processes import Child

FIRST_START_SECONDS = 180


@dataclass(frozen=True)
class Demo:
    """A running demo. `port` serves the product on every `pN.localhost`."""

    port: int
    sandbox_url: str
    data: Path | None = None

    def phone(self, key: str) -> str:
        """Origin of the phone `p1` … `p8`."""
        return f"http://{key}.localhost:{self.port}"

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One of the sandbox's `/_control` calls; its JSON answer."""
        answer = httpx.request(
            method, f"{self.sandbox_url}/_control/{path}", json=body, trust_env=False, verify=NO_TLS, timeout=20
        )
        return answer.raise_for_status().json() if answer.content else None


@contextmanager
def running() -> Iterator[Demo]:
    """A fresh demo until the block ends. Raises RuntimeError with its log when it does not start."""
    port, sandbox_port = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="jiuyi-shots-") as folder:
        data = Path(folder)
        options = ["--port", str(port), "--sandbox-port", str(sandbox_port), "--data", str(data)]
        command = ["jiuyi.app.cli", "demo", *options]
        healthy = f"http://localhost:{port}/readyz"
        child = Child(command, data / "demo.log")
        try:
            child.wait_for(healthy, seconds=FIRST_START_SECONDS)
            yield Demo(port, f"http://localhost:{sandbox_port}", data)
        finally:
            child.stop()


@contextmanager
def found(ports: str) -> Iterator[Demo]:
    """The demo at "PORT,SANDBOX_PORT", with its folder when "…,DATA" is said; a fresh one where `ports` is empty."""
    if ports:
        port, sandbox_port, *folder = ports.split(",")
        yield Demo(int(port), f"http://localhost:{sandbox_port}", Path(folder[0]) if folder else None)
        return
    with running() as fresh:
        yield fresh
