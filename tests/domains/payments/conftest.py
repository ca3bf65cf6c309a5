from collections.abc import AsyncIterator

import pytest_asyncio

from jiuyi.kit.db import Db
from tests.domains.payments.desk import Desk


@pytest_asyncio.fixture
async def desk(db: Db) -> AsyncIterator[Desk]:
    """A cash desk whose channel follows the database's clock."""
    made = Desk(db)
    yield made
    assert sum((await made.ledger()).values()) == 0
