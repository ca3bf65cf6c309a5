"""Forgetting old codes, once an hour."""

from jiuyi.domains.codes import repository
from jiuyi.kit.db import Db
from jiuyi.kit.jobs import Jobs


def register(jobs: Jobs, *, db: Db) -> None:
    """Add the hourly round."""

    async def prune() -> None:
        async with db.tx() as tx:
            await repository.prune(tx)

    jobs.every("codes.prune", 3600, prune)
