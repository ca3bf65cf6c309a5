from uuid import UUID

from jiuyi.domains.catalog import repository
from jiuyi.domains.catalog.service.tree import EMPTY, Tree
from jiuyi.domains.catalog.types import Availability
from jiuyi.kit.clock import Clock
from jiuyi.kit.db import Db

CHANNEL = "catalog"
"""NOTIFY channel: the mirror or availability changed."""


class Directory:
    """The catalog as this process knows it: a snapshot that is replaced when somebody commits a change.

    Reads never touch the database. `tree` and `available` are replaced as a whole, so take them once per request.
    """

    def __init__(self, db: Db, clock: Clock) -> None:
        self._db = db
        self._tree_revision = -1
        self._availability_revision = -1
        self.clock = clock
        self.tree: Tree = EMPTY
        self.available: dict[UUID, Availability] = {}

    async def load(self) -> None:
        """Replace what has changed since the last time; cheap when nothing has."""
        async with self._db.autocommit() as tx:
            # The revision is read first: a change that lands in between is then loaded again, never missed.
            now = await repository.revision(tx)
            if now.tree != self._tree_revision:
                self.tree = Tree(
                    await repository.campuses(tx),
                    await repository.departments(tx),
                    await repository.doctors(tx),
                    await repository.mdt_teams(tx),
                )
                self._tree_revision = now.tree
            if now.availability != self._availability_revision:
                self.available = {row.subject: row for row in await repository.availability(tx)}
                self._availability_revision = now.availability

    async def hear(self, _: str) -> None:
        """For `kit.listen.Listener.on(CHANNEL, …)`: something changed, or it is time to look again."""
        await self.load()
