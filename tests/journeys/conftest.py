"""Journeys begin in a hospital whose catalog and schedules the product has read."""

import pytest_asyncio

from tests.support.live import Live


@pytest_asyncio.fixture
async def hospital(live: Live) -> Live:
    """The product with the hospital's catalog and schedules."""
    await live.idle(2)
    return live
