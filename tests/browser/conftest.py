"""Fixtures of the browser tests: the product with its worker, and the page of a cashier's window."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.support import chromium
from tests.support.databases import Postgres
from tests.support.live import Live
from tests.support.live import live as open_live
from tests.support.sandbox import opened


@pytest.fixture(scope="session")
def template(known_hospital: str) -> str:
    """Whoever opens a page opens it in a hospital that is known."""
    return known_hospital


@pytest_asyncio.fixture
async def worked(live: Live) -> AsyncIterator[Live]:
    """The product with a worker beside it."""
    async with live.worked():
        yield live


@pytest_asyncio.fixture
async def window(browser: Browser) -> AsyncIterator[Page]:
    """A screen as a cashier has it, in Chinese, that fails the test on an error in the page's own code."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    context.set_default_timeout(chromium.MOST_MS)
    opened = await context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    await context.close()
    assert not errors, errors


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(postgres: Postgres, template: str, sandbox_url: str, product_port: int) -> AsyncIterator[Live]:
    """The product with a worker beside it, for the whole module."""
    name = postgres.clone(template)
    async with (
        opened(sandbox_url, product_port) as sandbox,
        open_live(postgres.dsn_for(name), sandbox, product_port) as live,
        live.worked(),
    ):
        yield live
    postgres.drop(name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chrome() -> AsyncIterator[Browser]:
    async with chromium.browser() as launched:
        yield launched
