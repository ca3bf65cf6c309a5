"""The sealer: every second."""

from jiuyi.domains.audit import service
from jiuyi.kit.db import Db
from jiuyi.kit.jobs import Jobs

SEAL_SECONDS = 1.0


def register(jobs: Jobs, *, db: Db) -> None:
    """Add the sealer's round."""

    async def seal() -> None:
        async with db.tx() as tx:
            await service.seal_new(tx)

    jobs.every("audit.seal", SEAL_SECONDS, seal)
