from collections.abc import AsyncIterator

import pytest_asyncio

from jiuyi.kit.db import Db
from tests.domains.insurance.window import Window


@pytest_asyncio.fixture
async def window(db: Db) -> AsyncIterator[Window]:
    """An insurance counter whose outside is in memory; whatever happened, the books balance and agree with it."""
    made = Window(db)
    yield made
    ledger = await made.ledger()
    assert sum(ledger.values()) == 0
    assert ledger.get("insurance:national_centre", 0) == made.payer.owes_fen()
    assert ledger.get("insurance:his", 0) == made.his.owes_fen()
    assert ledger.get("channel:wechat", 0) == made.channel.taken_fen() - made.channel.returned_fen()
