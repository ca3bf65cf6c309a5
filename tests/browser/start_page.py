"""The start page of the sandbox: phones on the left, the hospital on the right."""

from collections.abc import Collection
from pathlib import Path

from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from tests.browser.checks import AXE, Watch, inaccessible, sideways
from tests.browser.demo import Demo
from tests.browser.gallery import Taken
from tests.browser.screens import Mode, Screen

WIDTH, HEIGHT = 1440, 900
SECONDS = 20_000
LANGUAGES: tuple[tuple[Mode, str], ...] = (("zh", "zh-CN"), ("en", "en-US"))
SCREENS = (Screen("sandbox-start", "Sandbox: start page", "", ("医院", "hospital")),)


def take(chromium: Browser, demo: Demo, out: Path, wanted: Collection[Screen], modes: Collection[Mode]) -> list[Taken]:
    """The page in each language that is wanted, as the browser's own language chooses it."""
    taken: list[Taken] = []
    for screen in SCREENS:
        for mode, locale in [one for one in LANGUAGES if screen in wanted and one[0] in modes]:
            context = chromium.new_context(
                viewport={"width": WIDTH, "height": HEIGHT}, locale=locale, reduced_motion="reduce"
            )
            context.set_default_timeout(SECONDS)
            context.add_init_script(path=AXE)
            page = context.new_page()
            watch = Watch(page, may_refuse=True)
            file = f"{screen.key}-{mode}.png"
            try:
                page.goto(f"{demo.sandbox_url}/", wait_until="load")
                page.get_by_text(screen.shows[1 if mode == "en" else 0]).first.wait_for(state="visible")
                page.frame_locator("#screen").locator(".home-top__official").first.wait_for(state="visible")
                faults = sideways(page) + inaccessible(page)
            except PlaywrightError as error:
                faults = [f"not reached: {str(error).splitlines()[0]}"]
            page.screenshot(path=out / file)
            taken.append(Taken(screen, mode, file, [*watch.faults, *faults]))
            context.close()
    return taken
