"""`python -m tests.browser.shots build/shots [--only home,fees*] [--modes zh,en]`: a picture of every screen.

Starts a demo of its own, lives through the story (story.py), opens every screen of screens.py in every mode, checks it
(checks.py) and writes the pictures and a gallery. Ends with 1 when anything is wrong on any screen.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from tests.browser import demo, desk, gallery, start_page
from tests.browser.checks import AXE, Watch, inaccessible, sideways
from tests.browser.chromium import browser
from tests.browser.fees import FEES
from tests.browser.gallery import Taken
from tests.browser.insured import INSURED
from tests.browser.screens import ACCOUNT, ALL_MODES, BOOKING, LOOKS, Mode, Screen
from tests.browser.story import prepare, prepare_alipay, prepare_stranger
from tests.browser.turns import IN_ALIPAY, TURNS
from tests.browser.visitor import Visitor

SCREENS = (*ACCOUNT, *BOOKING, *FEES, *INSURED, *TURNS, *IN_ALIPAY)
HEIGHT = 812
SCALE = 1.5
REACH_MILLISECONDS = 10_000
_TOO_MANY, _LIMIT_SECONDS = "429 (Too Many Requests)", 61.0
"""What the browser says of a limit, and how long the product's limits by the minute last."""
SIGNED_IN = (("p4", "w"), ("p6", "w"), ("p1", "w"), ("p2", "l"))


class Studio:
    """The phones of the story, each signed in once; their cookies are given to every picture."""

    def __init__(self, chromium: Browser, running: demo.Demo, out: Path) -> None:
        self.chromium = chromium
        self.demo = running
        self.out = out
        self.facts: dict[str, str] = {}
        self.cookies: dict[str, object] = {}
        self.shared: dict[tuple[str, Mode], BrowserContext] = {}

    def live(self) -> None:
        """Everything that has happened before the pictures."""
        for key, entry in SIGNED_IN:
            context = self.chromium.new_context(locale="zh-CN")
            visitor = Visitor(self.demo, key, context, entry)
            visitor.sign_in()
            if key == "p4":
                prepare_stranger(visitor)
            if key == "p1":
                prepare(visitor)
            if entry == "l":
                prepare_alipay(visitor)
            self.facts |= visitor.facts
            self.cookies[key] = context.storage_state()
            context.close()

    def take(self, screen: Screen, mode: Mode) -> Taken:
        """One picture; its faults are what the gallery and the exit code tell.

        A gallery looks faster than people do: what a limit of the product refused is looked at again when it is over.
        """
        taken = self._take(screen, mode)
        if any(_TOO_MANY in fault for fault in taken.faults):
            time.sleep(_LIMIT_SECONDS)
            taken = self._take(screen, mode)
        return taken

    def _take(self, screen: Screen, mode: Mode) -> Taken:
        untouched = not screen.acts and not screen.before
        context = self._shared(screen, mode) if untouched else self._phone(screen, mode)
        page = context.new_page()
        watch = Watch(page, screen.may_refuse)
        file = f"{screen.key}-{mode}.png"
        try:
            faults = self._look(page, screen, mode)
            page.screenshot(path=self.out / file, full_page=True)
        except PlaywrightError as error:
            page.screenshot(path=self.out / file)
            faults = [f"not reached: {str(error).splitlines()[0]}"]
        if untouched:
            page.close()
        else:
            context.close()
        return Taken(screen, mode, file, [*watch.faults, *faults])

    def _look(self, page: Page, screen: Screen, mode: Mode) -> list[str]:
        path = screen.path.format(**self.facts)
        for act in screen.before:
            act(page)
        if screen.later_seconds:
            self.demo.control("PUT", "clock", {"add_seconds": screen.later_seconds})
        page.goto(f"{self.demo.phone(screen.phone)}/{screen.entry}/#/{path}", wait_until="load")
        for act in screen.acts:
            act(page)
        shown = screen.shows[1 if LOOKS[mode].locale == "en" else 0]
        page.get_by_text(shown).first.wait_for(state="visible", timeout=REACH_MILLISECONDS)
        page.wait_for_load_state("networkidle")
        if f"/{screen.page}" not in page.url:
            return [f"another page: {page.url}"]
        _stretch(page, LOOKS[mode].width)
        faults = sideways(page) + inaccessible(page)
        if not screen.may_refuse and page.locator(".j-problem").count() > 0:
            faults.append(f"a block failed: {page.locator('.j-problem').first.inner_text()[:160]}")
        return faults

    def _shared(self, screen: Screen, mode: Mode) -> BrowserContext:
        """The phone of all pictures on which nothing is touched: its scripts are read and compiled once."""
        key = (screen.phone, mode)
        if key not in self.shared:
            self.shared[key] = self._phone(screen, mode)
        return self.shared[key]

    def _phone(self, screen: Screen, mode: Mode) -> BrowserContext:
        look = LOOKS[mode]
        context = self.chromium.new_context(
            viewport={"width": look.width, "height": HEIGHT},
            device_scale_factor=SCALE,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            storage_state=self.cookies.get(screen.phone),  # type: ignore[arg-type]
        )
        context.set_default_timeout(REACH_MILLISECONDS)
        context.add_init_script(path=AXE)
        kept = json.dumps({"type": "string", "data": json.dumps({"locale": look.locale, "elder": look.elder})})
        context.add_init_script(f"localStorage.setItem('jiuyi.preferences', {json.dumps(kept)})")
        return context


def _stretch(page: Page, width: int) -> None:
    """As high as the page is, so that what sticks to the bottom is drawn there."""
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(HEIGHT, int(height))})
    page.wait_for_timeout(100)


def chosen(screens: Sequence[Screen], keys: str) -> list[Screen]:
    """The screens whose keys are named, with commas; `*` stands for any letters. All of them when nothing is named.

    Raises ValueError for a name that is no screen's.
    """
    named = [name for name in keys.split(",") if name]
    unknown = [name for name in named if not any(fnmatchcase(one.key, name) for one in screens)]
    if unknown:
        raise ValueError(f"no such screen: {', '.join(unknown)}")
    return [one for one in screens if not named or any(fnmatchcase(one.key, name) for name in named)]


def _in_turn(screens: Sequence[Screen]) -> list[Screen]:
    """What runs out comes first; what moves the clock comes last."""
    return sorted(screens, key=lambda one: (one.later_seconds > 0, not one.soon))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="shots")
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="", help="keys of screens, with commas; fees* is all that begin so")
    parser.add_argument("--running", default="", help="PORT,SANDBOX_PORT,DATA of a demo that runs already")
    parser.add_argument("--modes", default=",".join(ALL_MODES), help="of these modes, with commas: %(default)s")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """0 when every screen is as it must be."""
    options = _options(arguments)
    if not AXE.exists():
        print(f"{AXE} is missing: run `npm ci` in web/patient", file=sys.stderr)
        return 1
    every = (*SCREENS, *desk.SCREENS, *start_page.SCREENS)
    try:
        wanted = chosen(every, options.only)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    modes = tuple(mode for mode in ALL_MODES if mode in options.modes.split(","))
    options.out.mkdir(parents=True, exist_ok=True)
    taken: list[Taken] = []
    with demo.found(options.running) as running, browser() as chromium:
        studio = Studio(chromium, running, options.out)
        studio.live()
        for screen in _in_turn([one for one in SCREENS if one in wanted]):
            taken += _told([studio.take(screen, mode) for mode in modes if mode in screen.modes])
        taken += _told(desk.take(chromium, running, options.out, wanted, modes))
        taken += _told(start_page.take(chromium, running, options.out, wanted, modes))
    taken.sort(key=lambda one: every.index(one.screen))
    page = gallery.write(options.out, taken)
    faults = sum(len(one.faults) for one in taken)
    print(f"{len(taken)} pictures of {len({one.screen for one in taken})} screens, {faults} faults: {page}")
    return 1 if faults or not taken else 0


def _told(taken: list[Taken]) -> list[Taken]:
    for one in taken:
        for fault in one.faults:
            print(f"{one.screen.key} {one.mode}: {fault}", file=sys.stderr)
    return taken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
