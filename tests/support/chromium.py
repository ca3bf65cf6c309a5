"""Chromium for the browser tests: Debian's, driven by playwright; nothing is downloaded."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from playwright.async_api import Browser, ViewportSize, async_playwright, expect

from tests.support.waiting import MOST_SECONDS

MISSING = "no Chromium on this machine (apt-get install chromium fonts-noto-cjk fonts-noto-color-emoji)"
FLAGS = [
    "--no-sandbox",  # the tests may run as root, where Chromium has no sandbox of its own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
]
PHONE: ViewportSize = {"width": 390, "height": 844}
MOST_MS = MOST_SECONDS * 1000
"""Of every wait in a page: a page on a busy machine is slow, and not wrong."""


@cache
def executable() -> str | None:
    """`JIUYI_CHROMIUM`, else the machine's Chromium or Chrome, else None."""
    given = os.environ.get("JIUYI_CHROMIUM")
    if given:
        return given if os.access(given, os.X_OK) else None
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return found
    return None


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium; each context of it is a phone of its own."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=executable(), args=FLAGS, timeout=MOST_MS)
        expect.set_options(timeout=MOST_MS)
        try:
            yield launched
        finally:
            await launched.close()
