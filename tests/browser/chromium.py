"""The machine's Chromium for programs that are no tests (pictures): the same one, driven without an event loop."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.support.chromium import FLAGS, MISSING, executable


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium without a window. Raises RuntimeError when the machine has none."""
    if executable() is None:
        raise RuntimeError(MISSING)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()
