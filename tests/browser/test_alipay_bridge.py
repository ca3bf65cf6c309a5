"""The sandbox's Alipay around a page, in Chromium: the cashier's endings, the page's abilities, and who is believed."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import FrameLocator, Page

from tests.sandbox.alipay.conftest import Hospital, hospital
from tests.support.listener import Listener, listening
from tests.support.sandbox import Sandbox

pytestmark = [pytest.mark.usefixtures("product"), pytest.mark.browser, pytest.mark.slow, pytest.mark.feature("I06")]

SHEET = "iframe[data-jiuyi-sandbox-sheet]"
ASK = """([name, options]) => { window.told = null;
  AlipayJSBridge.call(name, options, answer => { window.told = answer; }) }"""


@pytest.fixture
def product(product_port: int, sandbox: Sandbox) -> Iterator[Listener]:
    """Serves one page with the bridge; takes notices."""
    head = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    page = f'{head}<h1>挂号</h1><script src="{sandbox.base_url}/bridge/alipayjsapi.js"></script>'
    with listening(product_port) as listener:
        listener.answer = lambda heard: (200, "success" if heard.method == "POST" else page)
        yield listener


@pytest.fixture
def life(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hospital]:
    """The vendor's client writes the machine's local time, which Alipay takes for Beijing's."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    time.tzset()
    yield hospital(sandbox)
    monkeypatch.undo()
    time.tzset()


class Phone:
    def __init__(self, page: Page, port: int) -> None:
        self.page, self.url = page, f"http://p1.localhost:{port}/l/"

    async def ask(self, name: str, **options: Any) -> FrameLocator:
        await self.page.evaluate(ASK, [name, options])
        return self.page.frame_locator(SHEET)

    async def cashier(self, trade_no: str) -> FrameLocator:
        sheet = await self.ask("tradePay", tradeNO=trade_no)
        await sheet.locator("#sheet").wait_for()
        await sheet.locator("#lab").evaluate_all("folds => folds.forEach(fold => { fold.open = true })")
        return sheet

    async def told(self) -> dict[str, Any]:
        await self.page.wait_for_function("window.told")
        found: dict[str, Any] = await self.page.evaluate("window.told")
        return found


async def _opened(page: Page, port: int) -> Phone:
    phone = Phone(page, port)
    await page.goto(phone.url)
    await page.wait_for_function("window.AlipayJSBridge")
    return phone


ENDS = [
    ("#pay", "9000", "TRADE_SUCCESS"), ("#close", "6001", "WAIT_BUYER_PAY"),
    ("[data-end=forged]", "9000", "WAIT_BUYER_PAY"),
    ("[data-end=pending]", "8000", "WAIT_BUYER_PAY"), ("[data-end=network]", "6002", "TRADE_SUCCESS"),
]  # fmt: skip


async def test_the_endings_of_a_cashier(life: Hospital, page: Page, product_port: int) -> None:
    phone = await _opened(page, product_port)
    for number, (button, code, state) in enumerate(ENDS):
        trade_no = await life.create(f"BRIDGE{number}")
        sheet = await phone.cashier(trade_no)
        assert "15.00" in await sheet.locator("#ask").inner_text()
        await sheet.locator(button).click()
        assert (await phone.told())["resultCode"] == code, button
        await page.locator(SHEET).wait_for(state="detached")
        found = await life.ask("alipay.trade.query", {"trade_no": trade_no})
        assert found["trade_status"] == state, button
    refused = await life.create("BRIDGER")
    sheet = await phone.cashier(refused)
    await sheet.locator("[data-end=refused]").click()
    await sheet.locator("#back").click()
    assert await phone.told() == {"resultCode": "4000", "memo": "BANK_REFUSED", "result": ""}
    sheet = await phone.cashier(refused)
    await sheet.locator("[data-end=leave]").click()
    await page.locator(SHEET).wait_for(state="detached")
    assert await page.evaluate("window.told") is None


async def test_what_may_not_be_paid(life: Hospital, page: Page, product_port: int) -> None:
    phone = await _opened(page, product_port)
    of_another = await life.create("BRIDGEO", buyer_open_id=await life.open_id("p2"))
    paid = await life.paid("BRIDGEP")
    for trade_no, why in [("1", "TRADE_NOT_EXIST"), (paid, "TRADE_PAID"), (of_another, "BUYER_MISMATCH")]:
        sheet = await phone.ask("tradePay", tradeNO=trade_no)
        await sheet.locator("#failed").click()
        assert await phone.told() == {"resultCode": "4000", "memo": why, "result": ""}
    await phone.ask("tradePay")
    assert (await phone.told())["resultCode"] == "4000"


async def test_other_abilities_and_forged_answers(life: Hospital, page: Page, product_port: int) -> None:
    phone = await _opened(page, product_port)
    trade_no = await life.create("BRIDGEF")
    sheet = await phone.cashier(trade_no)
    # Messages arrive in their order: when the last one was heard, the forged one was.
    await page.evaluate("""() => new Promise(done => {
      addEventListener('message', heard => { if (heard.data === 'last') done() })
      postMessage({ jiuyi_sandbox: 'sheet', call: '1', result: 'ok', code: '9000' }, '*')
      postMessage('last', '*')
    })""")
    assert await page.evaluate("window.told") is None
    await sheet.locator("#close").click()
    assert (await phone.told())["resultCode"] == "6001"
    sheet = await phone.ask("getCurrentLocation")
    await sheet.locator("[data-latitude]").first.click()
    assert (await phone.told())["latitude"] == 23.1291
    sheet = await phone.ask("getCurrentLocation")
    await sheet.locator("#refuse").click()
    assert (await phone.told())["error"] == 11
    await phone.ask("getAuthCode", scopeNicks=["auth_base"])
    code = (await phone.told())["authCode"]
    token = await life.ask("alipay.system.oauth.token", grant_type="authorization_code", code=code)
    assert token["open_id"] == await life.open_id("p1")
    await phone.ask("noSuchThing")
    assert (await phone.told())["error"] == 1
