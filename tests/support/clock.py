"""Time as a test moves it: the same offset row that the demo's clock page moves."""

from datetime import datetime, timedelta

from jiuyi.kit.db import Db


class AppClock:
    """The database's `app_now()`."""

    def __init__(self, db: Db) -> None:
        self._db = db

    async def now(self) -> datetime:
        async with self._db.autocommit() as tx:
            found = await tx.value("SELECT app_now()")
        assert isinstance(found, datetime)
        return found

    async def forward(self, **amount: float) -> datetime:
        """Go on by `days=`, `hours=`, `minutes=`, `seconds=` (as `timedelta` takes them)."""
        seconds = timedelta(**amount).total_seconds()
        async with self._db.tx() as tx:
            await tx.run("UPDATE kit.clock SET offset_seconds = offset_seconds + %s", [seconds])
            await tx.notify("clock")
        return await self.now()

    async def set(self, moment: datetime) -> datetime:
        """Go to an aware moment."""
        return await self.forward(seconds=(moment - await self.now()).total_seconds())
