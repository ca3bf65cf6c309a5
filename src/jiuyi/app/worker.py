"""The worker process: jobs, rounds, and the listener that keeps its settings fresh."""

import asyncio
import os
import signal

import structlog

from jiuyi.app import settings as app_settings
from jiuyi.app.wiring import build
from jiuyi.kit import log
from jiuyi.kit.tasks import end

_log = structlog.get_logger("jiuyi.worker")


async def _until(event: asyncio.Event) -> None:
    await event.wait()


async def run() -> None:
    """Work until SIGTERM or SIGINT; jobs under way are finished or given back."""
    settings = app_settings.load(os.environ)
    log.set_up(settings.log_level, pretty=settings.log_pretty)
    parts = build(settings, pool=settings.database.worker_pool)
    await parts.start()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    tasks: list[asyncio.Task[None]] = [
        asyncio.create_task(parts.jobs.work(parts.direct), name="jobs"),
        asyncio.create_task(parts.listener.run(), name="listen"),
        asyncio.create_task(parts.journal.run(parts.db), name="journal"),
    ]
    stopping = asyncio.create_task(_until(stop), name="stop")
    _log.info("worker ready", jobs=len(parts.jobs.functions), rounds=len(parts.jobs.rounds))
    done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    # A job under way may take its time; the others have nothing to finish.
    await asyncio.gather(end(tasks[:1], patience=60), end(tasks[1:]))
    await parts.stop()
    for task in done - {stopping}:
        failure = task.exception()
        if failure is not None:
            raise failure
