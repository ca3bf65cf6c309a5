"""The built Alipay mini program, run by the simulator (web/mpsim) in Chromium against the live product."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.support.live import Live
from web.frontends import node_folder

pytestmark = [pytest.mark.browser, pytest.mark.feature("F11"), pytest.mark.slow]

WEB = Path(__file__).resolve().parents[2] / "web"
BUNDLE = WEB / "patient/dist/build/mp-alipay"
START_SECONDS = 60


@pytest_asyncio.fixture
async def simulator(live: Live) -> AsyncIterator[str]:
    """Address of the simulator; `/api` behind it is the live product."""
    await live.idle()
    assert BUNDLE.exists(), "the Alipay bundle is not built: make web"
    node = node_folder()
    process = await asyncio.create_subprocess_exec(
        node / "node",
        WEB / "mpsim/cli.mjs",
        "serve",
        BUNDLE,
        "--server",
        live.sandbox.product_url,
        env={**os.environ, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield await asyncio.wait_for(_address(process), START_SECONDS)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    """The line in which the simulator says where it is; what is wrong with the bundle when it says nothing."""
    assert process.stdout is not None
    assert process.stderr is not None
    while line := (await process.stdout.readline()).decode():
        if line.startswith("http"):
            return line.strip()
    raise AssertionError((await process.stderr.read()).decode())


async def _faults(page: Page) -> list[str]:
    found: list[str] = await page.evaluate("MiniProgram.program.log.errors")
    return found


async def test_the_first_pages_open_and_lead_on(simulator: str, page: Page) -> None:
    await page.goto(f"{simulator}/index.html?page=pages/home/index")
    await expect(page.get_by_text("官方服务").first).to_be_visible()
    await expect(page.get_by_text("登录后使用").first).to_be_visible()
    await expect(page.locator(".mp-page").get_by_text("{{")).to_have_count(0)
    await page.get_by_text("官方渠道核验").first.click()
    await expect(page.get_by_text("这是官方服务")).to_be_visible()
    assert await _faults(page) == []


async def test_departments_come_from_the_running_product(simulator: str, page: Page) -> None:
    await page.goto(f"{simulator}/index.html?page=pages/booking/departments")
    await expect(page.get_by_text("心血管内科").first).to_be_visible()
    assert await _faults(page) == []


async def test_elder_mode_and_english_swap_the_whole_page(simulator: str, page: Page) -> None:
    await page.goto(f"{simulator}/index.html?page=pages/home/index")
    await page.get_by_text("长辈版").first.click()
    await expect(page.get_by_text("人工帮助").first).to_be_visible()
    await page.get_by_text("EN", exact=True).first.click()
    await expect(page.get_by_text("Book a visit").first).to_be_visible()
    assert await _faults(page) == []
