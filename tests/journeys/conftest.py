"""Journeys begin in a hospital whose catalog and schedules the product has read."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import pytest_asyncio

from tests.support.databases import Postgres
from tests.support.live import Live
from tests.support.live import live as open_live
from tests.support.plain import NO_TLS
from tests.support.sandbox import Sandbox
from tests.support.waiting import MOST_SECONDS


@pytest.fixture(scope="session")
def template(template: str, postgres: Postgres, sandbox_url: str, product_port: int) -> Iterator[str]:
    """A database that has read this process's sandbox: 48,000 places, once and not in every test."""
    name = postgres.clone(template)
    with ThreadPoolExecutor(1) as aside:  # the thread has no loop: the test that comes first has its own
        aside.submit(asyncio.run, _read(postgres.dsn_for(name), sandbox_url, product_port)).result()
    yield name
    postgres.drop(name)


async def _read(dsn: str, sandbox_url: str, product_port: int) -> None:
    async with httpx.AsyncClient(base_url=sandbox_url, trust_env=False, verify=NO_TLS, timeout=MOST_SECONDS) as http:
        keys = (await http.get("/_control/keys")).raise_for_status().json()
        sandbox = Sandbox(sandbox_url, f"http://localhost:{product_port}", http, keys)
        await sandbox.reset()
        async with open_live(dsn, sandbox, product_port) as live:
            await live.idle(2)
            async with live.parts.db.autocommit() as tx:
                await tx.run("ANALYZE")


@pytest_asyncio.fixture
async def hospital(live: Live) -> Live:
    """The product with the hospital's catalog and schedules, and what is due done."""
    await live.idle(2)
    return live
