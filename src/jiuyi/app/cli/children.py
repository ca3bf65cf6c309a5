"""Our processes as children: started, waited for, watched, stopped, and quoted when they die."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jiuyi.app.cli.faults import CommandFailed

PATIENCE_SECONDS = 90.0
STOP_SECONDS = 15.0


class Child:
    """One process with its log file. It is in a session of its own, so that Ctrl-C reaches only the supervisor,
    and it gets SIGTERM should the supervisor be killed (where `setpriv` exists).
    """

    def __init__(self, name: str, arguments: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.log = log
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        setpriv = shutil.which("setpriv")
        tether = [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
        with log.open("wb") as file:
            self._process = subprocess.Popen(  # noqa: S603 - our own modules
                [*tether, sys.executable, "-m", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )

    @property
    def ended(self) -> int | None:
        return self._process.poll()

    def check(self) -> None:
        """Raise CommandFailed with its last words when it has ended."""
        if self.ended is not None:
            raise CommandFailed(
                f"{self.name} 停止了 ended with status {self.ended}; 日志 log: {self.log}", log=self.last_words()
            )

    def last_words(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def wait_until(self, healthy: Callable[[], bool], others: Sequence["Child"] = ()) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not healthy():
            for child in (self, *others):
                child.check()
            if time.monotonic() > until:
                raise CommandFailed(
                    f"{self.name} 在 {PATIENCE_SECONDS:.0f} 秒内没有就绪 is not ready; 日志 log: {self.log}",
                    log=self.last_words(),
                )
            time.sleep(0.05)

    def ask_to_stop(self) -> None:
        if self.ended is None:
            self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = STOP_SECONDS) -> None:
        """Until it has ended, and nothing of it is left: a killed server's own children would keep its port."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # the session is its process group
        self._process.wait()
