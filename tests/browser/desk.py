"""The desk's pictures: the cashier beside its mockup, on a desk-sized screen, in Chinese and English.

They are taken last: what is paid at the desk is paid.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from tests.browser.checks import AXE, Watch, inaccessible, sideways
from tests.browser.demo import Demo
from tests.browser.gallery import Taken
from tests.browser.screens import Mode, Screen
from tests.browser.story import SELF
from tests.support.counter import OPERATOR

WIDTH, HEIGHT = 1440, 900
MODES: tuple[Mode, ...] = ("zh", "en")
EXPIRED, NEVER, PAYS = "139900000000000401", "139900000000000201", "139900000000000001"
"""The sandbox's magic codes of its first person (docs/sandbox-desk.md)."""
_MOCKUP = ("admin/17-cashier",)
SCREENS = (
    Screen("desk-sign-in", "Desk: sign in", "console/", ("登录窗口", "Sign in at this desk")),
    Screen("desk-owed", "Desk: what is owed", "console/", ("应收自付", "To collect"), _MOCKUP),
    Screen("desk-refused", "Desk: refused", "console/", ("付款码已过期", "The payment code has expired"), _MOCKUP),
    Screen("desk-waiting", "Desk: it waits", "console/", ("等待患者输密码", "Waiting for the patient"), _MOCKUP),
    Screen("desk-paid", "Desk: paid", "console/", ("收款成功", "Payment received"), _MOCKUP),
)
SECONDS = 20_000


class Window:
    """One desk with its browser."""

    def __init__(self, chromium: Browser, demo: Demo, out: Path) -> None:
        self.demo = demo
        self.out = out
        self.taken: list[Taken] = []
        context = chromium.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN", reduced_motion="reduce"
        )
        context.set_default_timeout(SECONDS)
        context.add_init_script(path=AXE)
        self.page = context.new_page()
        self.watch = Watch(self.page, may_refuse=True)

    def picture(self, screen: Screen) -> None:
        """The screen in both languages; it goes back to Chinese."""
        for mode in MODES:
            if mode == "en":
                self.page.get_by_role("button", name="English").click()
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
        self.page.get_by_role("button", name="中文").click()

    def scan(self, code: str) -> None:
        """The scanner types and presses Enter."""
        self.page.get_by_label("请扫付款码").focus()
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def on(self) -> None:
        """Enter after a result."""
        self.page.locator(".acts .el-button--primary").wait_for(state="visible")
        self.page.keyboard.press("Enter")


_OWN_PIN = "481902"


def take(chromium: Browser, demo: Demo, out: Path, wanted: Callable[[Screen], bool]) -> list[Taken]:
    """The pictures that are wanted. A demo that was running already has no data folder here: none are taken."""
    if demo.data is None or not any(wanted(screen) for screen in SCREENS):
        return []
    key, pin = _device(demo.data)
    window = Window(chromium, demo, out)
    page = window.page
    sign_in, owed, refused, waiting, paid = SCREENS
    page.goto(f"{demo.phone('p1')}/console/", wait_until="load")
    window.picture(sign_in)
    page.get_by_label("设备密钥").fill(key)
    page.get_by_label("工号").fill(OPERATOR)
    page.get_by_label("PIN", exact=True).fill(pin)
    page.keyboard.press("Enter")
    page.get_by_label("新 PIN", exact=True).fill(_OWN_PIN)
    page.get_by_label("再输一次").fill(_OWN_PIN)
    page.keyboard.press("Enter")
    page.get_by_label("就诊卡号，或身份证号").fill(SELF["document_number"])
    page.keyboard.press("Enter")
    window.picture(owed)
    window.scan(EXPIRED)
    window.picture(refused)
    window.on()
    window.scan(NEVER)
    window.picture(waiting)
    page.keyboard.press("Escape")
    page.keyboard.press("F9")
    page.get_by_text("正在取消").first.wait_for(state="visible")
    demo.control("PUT", "clock", {"add_seconds": 31})
    page.keyboard.press("F8")
    window.on()
    window.scan(PAYS)
    window.picture(paid)
    return [one for one in window.taken if wanted(one.screen)]


def _device(data: Path) -> tuple[str, str]:
    """A counter's key, and an operator's temporary PIN, as the hospital makes them."""

    def called(*words: str) -> str:
        command = [sys.executable, "-m", "jiuyi.app.cli", "device", *words, "--data", str(data)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout

    called("operator", OPERATOR, "--name", "区慧敏")
    pin = called("pin", OPERATOR).split()[-1]
    said = called("add", "window-9", "--name", "收费处 9 号窗", "--name-en", "Window 9")
    return next(line for line in said.splitlines() if line.startswith("jyd_")), pin
