"""The desk's pictures: cashier and finance beside their mockups, on a desk-sized screen, in Chinese and English.

They are taken last: what is paid at the desk is paid.
"""

import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from tests.browser import desk_insured
from tests.browser.demo import Demo
from tests.browser.gallery import Taken
from tests.browser.screens import Mode, Screen
from tests.browser.story import SELF
from tests.browser.window import MODES, Window
from tests.support.counter import OPERATOR

EXPIRED, NEVER, PAYS = "139900000000000401", "139900000000000201", "139900000000000001"
"""The sandbox's magic codes of its first person (docs/sandbox-desk.md)."""
_MOCKUP = ("admin/17-cashier",)
CASHIER = (
    Screen("desk-sign-in", "Desk: sign in", "console/", ("登录窗口", "Sign in at this desk")),
    Screen("desk-owed", "Desk: what is owed", "console/", ("应收自付", "To collect"), _MOCKUP),
    Screen("desk-refused", "Desk: refused", "console/", ("付款码已过期", "The payment code has expired"), _MOCKUP),
    Screen("desk-waiting", "Desk: it waits", "console/", ("等待患者输密码", "Waiting for the patient"), _MOCKUP),
    Screen("desk-paid", "Desk: paid", "console/", ("收款成功", "Payment received"), _MOCKUP),
)
FINANCE = Screen(
    "desk-day",
    "Finance: a day of all desks",
    "console/",
    ("按窗口和班次", "By desk and shift"),
    ("admin/06-reconciliation",),
)
SCREENS = (*CASHIER, *desk_insured.SCREENS, FINANCE)
_OWN_PIN = "481902"


def take(chromium: Browser, demo: Demo, out: Path, wanted: Collection[Screen], modes: Collection[Mode]) -> list[Taken]:
    """The pictures that are wanted. A demo that was running already without a data folder said: none are taken.

    One picture leads to the next: where the desk does not come further, the picture that is missing says so.
    """
    languages = [mode for mode in MODES if mode in modes]
    if demo.data is None or not languages or not any(screen in wanted for screen in SCREENS):
        return []
    window = Window(chromium, demo, out, languages)
    try:
        _cashier(window, demo.data)
        desk_insured.take(window, SELF["document_number"])
        _finance(window, demo.data)
    except PlaywrightError as error:
        window.stopped(SCREENS, error)
    return [one for one in window.taken if one.faults or one.screen in wanted]


def _cashier(window: Window, data: Path) -> None:
    key, pin = _device(data)
    page = window.page
    sign_in, owed, refused, waiting, paid = CASHIER
    page.goto(f"{window.demo.phone('p1')}/console/", wait_until="load")
    window.picture(sign_in)
    window.signs_in(key, pin)
    page.get_by_label("新 PIN", exact=True).fill(_OWN_PIN)
    page.get_by_label("再输一次").fill(_OWN_PIN)
    page.keyboard.press("Enter")
    window.looks_up(SELF["document_number"])
    window.collects()
    window.picture(owed)
    window.scan(EXPIRED)
    window.picture(refused)
    window.on()
    window.scan(NEVER)
    window.picture(waiting)
    page.keyboard.press("Escape")
    page.keyboard.press("F9")
    page.get_by_text("正在取消").first.wait_for(state="visible")
    window.demo.control("PUT", "clock", {"add_seconds": 31})
    page.keyboard.press("F8")
    window.on()
    window.scan(PAYS)
    window.picture(paid)
    window.on()


def _finance(window: Window, data: Path) -> None:
    """Somebody else signs in at a machine of the finance department, and reads what was taken."""
    said = _called(
        data, "add", "finance-1", "--name", "财务科", "--name-en", "Finance office", "--role", "finance_read"
    )
    window.page.get_by_role("button", name="交班").click()
    window.signs_in(_key(said), _OWN_PIN)
    window.picture(FINANCE)


def _device(data: Path) -> tuple[str, str]:
    """A counter's key, and an operator's temporary PIN, as the hospital makes them."""
    _called(data, "operator", OPERATOR, "--name", "区慧敏")
    pin = _called(data, "pin", OPERATOR).split()[-1]
    return _key(_called(data, "add", "window-9", "--name", "收费处 9 号窗", "--name-en", "Window 9")), pin


def _called(data: Path, *words: str) -> str:
    command = [sys.executable, "-m", "jiuyi.app.cli", "device", *words, "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _key(said: str) -> str:
    return next(line for line in said.splitlines() if line.startswith("jyd_"))
