"""LISTEN: one connection per process that hears what others committed (settings, clock, revoked sessions)."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

import psycopg
import structlog
from psycopg.sql import SQL, Identifier

from jiuyi.kit.db import Db

Hear = Callable[[str], Awaitable[None]]
_log = structlog.get_logger("jiuyi.listen")
REREAD_SECONDS = 30


class Listener:
    """Calls back for each notification; every 30 s and after a broken connection with `""` (re-read)."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._hearers: dict[str, list[Hear]] = defaultdict(list)

    def on(self, channel: str, hear: Hear) -> None:
        """Call `hear(payload)` for each notification on `channel`; `""` means "re-read everything"."""
        self._hearers[channel].append(hear)

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
            except psycopg.OperationalError:
                _log.warning("the listening connection broke, reconnecting")
                await asyncio.sleep(1)

    async def _listen(self) -> None:
        connection = await self._db.dedicated()
        try:
            for channel in self._hearers:
                await connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
            while True:
                await self._tell_all("")
                async for notice in connection.notifies(timeout=REREAD_SECONDS):
                    for hear in self._hearers[notice.channel]:
                        await hear(notice.payload)
        finally:
            await connection.close()

    async def _tell_all(self, payload: str) -> None:
        for hearers in self._hearers.values():
            for hear in hearers:
                await hear(payload)
