"""Fixtures of the whole suite. Real PostgreSQL, real HTTP, a clock that tests move, no patched code of ours."""

import asyncio
import hashlib
import re
import time as time_of_day
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from playwright.async_api import Browser, Page

from jiuyi.kit.db import Db
from tests.support import chromium
from tests.support.clock import AppClock
from tests.support.databases import Postgres, locked, server
from tests.support.ports import free_port
from tests.support.processes import serving
from tests.support.sandbox import Sandbox, opened

if TYPE_CHECKING:
    from tests.support.live import Live, Processes


# An example that takes long on a busy machine is slow, and not wrong.
settings.register_profile("unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests cannot run without a browser; `pytest_terminal_summary` says so aloud."""
    if chromium.executable() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=chromium.MISSING))


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes nobody can read are named by their length: an archive holds the moment in which it was made."""
    return f"{len(val)} bytes" if isinstance(val, bytes) and not val.isascii() else None


LAST_SECONDS = 120
"""Of the hospital's day (+08:00): no test begins in them, because it might end on another day than it began."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A name that changes from second to second: two processes collect different tests, but only now and then."""
    now = time_of_day.time()
    if any(abs(int(number) - now) < 86_400 for number in re.findall(r"\d{10}", item.name)):
        pytest.fail("the present time is part of this test's name: give it an id", pytrace=False)
    left = 86_400 - (now + 8 * 3600) % 86_400
    if left < LAST_SECONDS:
        time_of_day.sleep(left + 1)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left_out = [one for one in terminalreporter.stats.get("skipped", []) if chromium.MISSING in str(one.longrepr)]
    if left_out:
        terminalreporter.write_line(f"BROWSER TESTS NOT RUN: {len(left_out)}: {chromium.MISSING}", red=True, bold=True)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One folder for all processes of this run."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def postgres(shared_folder: Path) -> Iterator[Postgres]:
    """The server all tests of this run share."""
    run = hashlib.sha256(str(shared_folder).encode()).hexdigest()[:8]
    with server(shared_folder / "pg", run) as running:
        yield running


@pytest.fixture(scope="session")
def migrated(postgres: Postgres, shared_folder: Path) -> str:
    """A database with every migration, made once."""
    with locked(shared_folder / "template.lock"):
        return postgres.template()


@pytest.fixture(scope="session")
def template(migrated: str) -> str:
    """What each test's database is a copy of. A folder whose tests live in a hospital takes `known_hospital`."""
    return migrated


@pytest.fixture(scope="session")
def known_hospital(migrated: str, postgres: Postgres, sandbox_url: str, product_port: int) -> Iterator[str]:
    """A database that has read this process's sandbox: 48,000 places, once and not in every test."""
    from tests.support.live import read_hospital

    name = postgres.clone(migrated)
    with ThreadPoolExecutor(1) as aside:  # the thread has no loop: the test that comes first has its own
        aside.submit(asyncio.run, read_hospital(postgres.dsn_for(name), sandbox_url, product_port)).result()
    yield name
    postgres.drop(name)


@pytest.fixture
def dsn(postgres: Postgres, template: str) -> Iterator[str]:
    """A fresh, migrated database of this test's own."""
    name = postgres.clone(template)
    yield postgres.dsn_for(name)
    postgres.drop(name)


@pytest.fixture
def empty_dsn(postgres: Postgres) -> Iterator[str]:
    """A database with nothing in it."""
    name = postgres.empty()
    yield postgres.dsn_for(name)
    postgres.drop(name)


@pytest_asyncio.fixture
async def db(dsn: str) -> AsyncIterator[Db]:
    """The product's door to this test's database, without the application's subscriptions."""
    opened = Db(dsn, size=4)
    await opened.open()
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def time(db: Db) -> AppClock:
    """The product's time: `await time.forward(minutes=16)`, `await time.now()`."""
    return AppClock(db)


@pytest.fixture(scope="session")
def product_port() -> int:
    """Where this process's web server listens when a test wants one; the sandbox sends its notices there."""
    return free_port()


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory, product_port: int) -> Iterator[str]:
    """A sandbox process, one for each test process."""
    port = free_port()
    data = tmp_path_factory.mktemp("sandbox")
    product = f"http://localhost:{product_port}"
    command = ["jiuyi_sandbox", "--port", str(port), "--data", str(data), "--product-url", product]
    url = f"http://localhost:{port}"
    with serving(command, data / "sandbox.log", f"{url}/_control/keys"):
        yield url


@pytest_asyncio.fixture
async def sandbox(sandbox_url: str, product_port: int) -> AsyncIterator[Sandbox]:
    """The outside world, as new."""
    async with opened(sandbox_url, product_port) as found:
        yield found


@pytest_asyncio.fixture
async def live(dsn: str, sandbox: Sandbox, product_port: int) -> AsyncIterator["Live"]:
    """The product on real HTTP against the sandbox: `phone = live.phone(1)`, `await live.idle()` is the worker."""
    from tests.support.live import live as open_live  # the whole product: other tests start without it

    async with open_live(dsn, sandbox, product_port) as opened:
        yield opened


@pytest.fixture
def processes(dsn: str, sandbox: Sandbox, product_port: int, tmp_path: Path) -> "Processes":
    """Web and worker as real processes: `with processes.web() as web: … web.kill()`."""
    from tests.support.live import Processes, environment

    return Processes(environment(dsn, sandbox), product_port, tmp_path)


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium. Mark the test `browser`."""
    async with chromium.browser() as launched:
        yield launched


@pytest_asyncio.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page on a phone-sized screen, in Chinese, that fails the test on an error in the page's own code."""
    context = await browser.new_context(
        viewport=chromium.PHONE, device_scale_factor=2, is_mobile=True, has_touch=True, locale="zh-CN"
    )
    context.set_default_timeout(chromium.MOST_MS)
    opened = await context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    await context.close()
    assert not errors, f"errors in the page: {errors}"
