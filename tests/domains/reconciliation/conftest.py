from collections.abc import AsyncIterator

import pytest_asyncio

from jiuyi.kit.db import Db
from tests.domains.reconciliation.ledger_room import Room


@pytest_asyncio.fixture
async def room(db: Db) -> AsyncIterator[Room]:
    """The finance department at noon; whatever happens, the ledger balances."""
    made = Room(db)
    await made.at(12)
    yield made
    assert sum((await made.desk.ledger()).values()) == 0
