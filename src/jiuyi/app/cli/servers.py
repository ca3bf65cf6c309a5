"""The single processes. Each reads its settings from the environment and fails at once with every fault."""

import asyncio
import os
import sys
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from jiuyi.app.cli.faults import CommandFailed
from jiuyi.app.cli.ports import refuse_used
from jiuyi.app.settings import load

APPLICATION = "jiuyi.app.web:create_app"


def web(host: str, port: int, workers: int) -> None:
    load(os.environ)
    refuse_used(host, port, option="PORT")
    Granian(
        APPLICATION,
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        backlog=4096,
        backpressure=4096,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=20,
    ).serve()


def worker() -> None:
    load(os.environ)
    from jiuyi.app import worker as program  # the whole product: the other commands start without it

    asyncio.run(program.run())


def sandbox(host: str, port: int, data: Path, product_url: str) -> None:
    refuse_used(host, port, option="SANDBOX_PORT")
    command = [sys.executable, "-m", "jiuyi_sandbox", "--host", host, "--port", str(port)]
    command += ["--data", str(data), "--product-url", product_url]
    try:
        os.execv(sys.executable, command)  # noqa: S606 - our own module; the sandbox shares no code with us
    except OSError as fault:
        raise CommandFailed(f"沙箱没有启动 the sandbox did not start: {fault.strerror}") from fault
