"""Journeys begin in a hospital whose catalog and schedules the product has read."""

import pytest
import pytest_asyncio

from tests.support.live import Live


@pytest.fixture(scope="session")
def template(known_hospital: str) -> str:
    return known_hospital


@pytest_asyncio.fixture
async def hospital(live: Live) -> Live:
    """The product with the hospital's catalog and schedules, and what is due done."""
    await live.idle(2)
    return live
