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
    """Calls back for each notification; with `""` (re-read) after a broken connection, and every 30 s."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._hearers: dict[str, list[Hear]] = defaultdict(list)
        self._regular: list[Hear] = []

    def on(self, channel: str, hear: Hear, *, regularly: bool = True) -> None:
        """Call `hear(payload)` for each notification on `channel`; `""` means "re-read everything".

        `regularly`: also every 30 s. What forgets by itself in that time needs it not: it would only be made to read
        everything again at one moment, which in a rush is felt.
        """
        self._hearers[channel].append(hear)
        if regularly:
            self._regular.append(hear)

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
            for hear in [hear for hearers in self._hearers.values() for hear in hearers]:
                await hear("")
            while True:
                async for notice in connection.notifies(timeout=REREAD_SECONDS):
                    for hear in self._hearers[notice.channel]:
                        await hear(notice.payload)
                for hear in self._regular:
                    await hear("")
        finally:
            await connection.close()
