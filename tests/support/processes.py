"""Servers of our own as child processes: started, waited for, stopped, and quoted when they fail."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.plain import NO_TLS


class Child:
    """A running server process with its log file."""

    def __init__(self, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> None:
        self.log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    def wait_for(self, url: str, *, seconds: float = 180) -> None:
        """Until `url` answers 200. Raises RuntimeError with the log when the process ends or time is up."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"ended with {self.process.returncode}:\n{self.tail()}")
            try:
                if httpx.get(url, timeout=2, trust_env=False, verify=NO_TLS).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"{url} did not answer within {seconds} s:\n{self.tail()}")

    def tail(self, lines: int = 60) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """As a power cut would: the process and its own children, which would else keep the port."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(command: Sequence[str], log: Path, healthy: str, env: Mapping[str, str] | None = None) -> Iterator[Child]:
    """`python -m COMMAND` until the block ends; it answers on `healthy` before the block begins."""
    child = Child(command, log, env)
    try:
        child.wait_for(healthy)
        yield child
    finally:
        child.stop()
