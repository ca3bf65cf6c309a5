"""One desk with its browser, for the gallery's pictures."""

from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from tests.browser.checks import AXE, Watch, inaccessible, sideways
from tests.browser.demo import Demo
from tests.browser.gallery import Taken
from tests.browser.screens import Mode, Screen
from tests.support.counter import OPERATOR

WIDTH, HEIGHT = 1440, 900
MODES: tuple[Mode, ...] = ("zh", "en")
SECONDS = 20_000


class Window:
    """One desk with its browser."""

    def __init__(self, chromium: Browser, demo: Demo, out: Path, modes: Sequence[Mode]) -> None:
        self.demo = demo
        self.out = out
        self.modes = modes
        self.taken: list[Taken] = []
        context = chromium.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN", reduced_motion="reduce"
        )
        context.set_default_timeout(SECONDS)
        context.add_init_script(path=AXE)
        self.page = context.new_page()
        self.watch = Watch(self.page, may_refuse=True)

    def picture(self, screen: Screen, again: Callable[[], None] | None = None) -> None:
        """The screen in both languages; it goes back to Chinese. `again`: what makes the page say it in English."""
        for mode in self.modes:
            if mode == "en":
                self.page.get_by_role("button", name="English").click()
                if again is not None:
                    again()
            file = f"{screen.key}-{mode}.png"
            try:
                shown = screen.shows[1 if mode == "en" else 0]
                self.page.get_by_text(shown).first.wait_for(state="visible")
                faults = sideways(self.page) + inaccessible(self.page)
            except PlaywrightError as error:
                faults = [f"not reached: {str(error).splitlines()[0]}"]
            self.page.screenshot(path=self.out / file)
            self.taken.append(Taken(screen, mode, file, [*self.watch.faults, *faults]))
            self.watch.faults.clear()
        if "en" in self.modes:
            self.page.get_by_role("button", name="中文").click()
        if again is None:
            # What the server says in words was asked for again: until it is there, a field may be shut.
            self.page.get_by_text(screen.shows[0]).first.wait_for(state="visible")

    def stopped(self, screens: Sequence[Screen], error: PlaywrightError) -> None:
        """The first screen without a picture gets one of where the desk stands, and the fault that it stopped."""
        pictured = {one.screen for one in self.taken}
        missing = next((one for one in screens if one not in pictured), screens[-1])
        file = f"{missing.key}-{MODES[0]}.png"
        self.page.screenshot(path=self.out / file)
        self.taken.append(Taken(missing, MODES[0], file, [*self.watch.faults, f"the desk stopped: {error.message}"]))

    def signs_in(self, key: str, pin: str) -> None:
        """A device key, the staff number and its PIN."""
        page = self.page
        page.get_by_label("设备密钥").fill(key)
        page.get_by_label("工号").fill(OPERATOR)
        page.get_by_label("PIN", exact=True).fill(pin)
        page.keyboard.press("Enter")

    def looks_up(self, document: str) -> None:
        """The identity card is read."""
        self.page.get_by_label("就诊卡号，或身份证号").fill(document)
        self.page.keyboard.press("Enter")

    def collects(self) -> None:
        """What is owed already is chosen; else the cashier takes the fees of the first visit that has some."""
        owed = self.page.get_by_text("应收自付").first
        offered = self.page.get_by_role("button", name="收这次费用").first
        owed.or_(offered).first.wait_for(state="visible")
        if not owed.is_visible():
            offered.click()

    def scan(self, code: str) -> None:
        """The scanner types and presses Enter."""
        self.page.get_by_label("请扫付款码").focus()
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def on(self) -> None:
        """Enter after a result."""
        self.page.locator(".acts .el-button--primary").wait_for(state="visible")
        self.page.keyboard.press("Enter")
