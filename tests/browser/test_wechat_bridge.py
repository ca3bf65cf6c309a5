"""The sandbox's WeChat around a page, in Chromium: the cashier, the page SDK, and who is believed."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Frame, FrameLocator, Page

from jiuyi.adapters.wechat.account import OfficialAccount
from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.domains.payments.types import PrepareAsk, TradeState
from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.wire.http import Caller
from tests.adapters.wechat.conftest import pay_of
from tests.support.listener import Listener, listening
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

pytestmark = [pytest.mark.usefixtures("product"), pytest.mark.browser, pytest.mark.slow, pytest.mark.feature("I06")]

SHEET = "iframe[data-jiuyi-sandbox-sheet]"
ASK = """call => { window.told = null;
  WeixinJSBridge.invoke('getBrandWCPayRequest', call, answer => { window.told = answer.err_msg; }) }"""


@pytest.fixture
def product(product_port: int, sandbox: Sandbox) -> Iterator[Listener]:
    """Serves one page with the bridge, and the same page inside a phone; takes notices."""
    script = f'<script src="{sandbox.base_url}/bridge/jweixin.js"></script>'
    head = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    page = f"{head}<h1>挂号</h1>{script}"
    phone = f"http://p1.localhost:{product_port}/w/"
    inside = f'{head}<iframe id="phone" src="{phone}" width="375" height="700"></iframe>'
    with listening(product_port) as listener:
        listener.answer = lambda heard: (
            (204, "") if heard.method == "POST" else (200, inside if heard.path == "/desk" else page)
        )
        yield listener


@pytest_asyncio.fixture
async def pay(sandbox: Sandbox) -> AsyncIterator[WechatPay]:
    caller = Caller("wechat_pay", sandbox.keys["wechat_pay"]["base_url"], Journal(), Clock())
    yield pay_of(sandbox, Clock(), caller)
    await caller.close()


class Phone:
    """Phone p1 with the product's page open; `frame` is where the page lives."""

    def __init__(self, sandbox: Sandbox, pay: WechatPay, frame: Page | Frame) -> None:
        self.sandbox = sandbox
        self.pay = pay
        self.frame = frame
        self.numbers = 0

    async def order(self, person: str = "p1") -> tuple[str, dict[str, str]]:
        people = (await self.sandbox.http.get("/_control/wechat_oa/people")).json()["people"]
        openid = next(one["openid"] for one in people if one["person"] == person)
        self.numbers += 1
        number, until = f"JYBR{self.numbers:06d}", Clock().now() + timedelta(minutes=15)
        app_id = self.pay.app_id("wechat_oa")
        token = await self.pay.prepare(PrepareAsk(number, app_id, openid, 1500, "心血管内科挂号费", until))
        return number, self.pay.invoke(app_id, token)

    async def cashier(self, call: dict[str, str]) -> FrameLocator:
        await self.frame.evaluate(ASK, call)
        sheet = self.frame.frame_locator(SHEET)
        await sheet.locator("#sheet").wait_for()
        # The other endings fold away where the phone is short.
        await sheet.locator("#lab").evaluate_all("folds => folds.forEach(fold => { fold.open = true })")
        return sheet

    async def told(self) -> str:
        await self.frame.wait_for_function("window.told")
        return str(await self.frame.evaluate("window.told"))

    async def gone(self) -> None:
        await self.frame.wait_for_selector(SHEET, state="detached")

    async def state(self, number: str) -> TradeState:
        return (await self.pay.query(number)).state


@pytest_asyncio.fixture
async def phone(page: Page, sandbox: Sandbox, pay: WechatPay, product_port: int) -> Phone:
    await page.goto(f"http://p1.localhost:{product_port}/w/")
    return Phone(sandbox, pay, page)


async def test_paying(phone: Phone, product: Listener) -> None:
    number, call = await phone.order()
    sheet = await phone.cashier(call)
    assert await sheet.locator(".amount").first.inner_text() == "¥15.00"
    await sheet.locator("#pay").click()
    assert await phone.told() == "get_brand_wcpay_request:ok"
    assert await phone.state(number) is TradeState.PAID

    async def methods() -> list[str]:
        return [one.method for one in product.heard]

    await until(methods, lambda heard: "POST" in heard)
    again = await phone.cashier(call)
    await again.get_by_text("订单已支付，请勿重复支付").wait_for()
    await again.locator("#failed").click()
    assert await phone.told() == "get_brand_wcpay_request:fail"


async def test_not_paying(phone: Phone) -> None:
    number, call = await phone.order()
    sheet = await phone.cashier(call)
    await sheet.locator("#close").click()
    assert await phone.told() == "get_brand_wcpay_request:cancel"
    sheet = await phone.cashier(call)
    await sheet.locator("#sheet").press("Escape")
    assert await phone.told() == "get_brand_wcpay_request:cancel"
    for end, answer in (("refused", "fail"), ("leave", None), ("forged", "ok")):
        sheet = await phone.cashier(call)
        await sheet.locator(f"[data-end={end}]").click()
        if answer == "fail":
            await sheet.locator("#back").click()
        await phone.gone()
        assert await phone.frame.evaluate("window.told") == (answer and f"get_brand_wcpay_request:{answer}")
        assert await phone.state(number) is TradeState.WAITING


async def test_paid_with_the_network_gone(phone: Phone) -> None:
    number, call = await phone.order()
    sheet = await phone.cashier(call)
    await sheet.locator("[data-end=drop]").click()
    await phone.gone()
    assert await phone.frame.evaluate("window.told") is None
    assert await phone.state(number) is TradeState.PAID


async def test_what_the_cashier_does_not_take(phone: Phone) -> None:
    _, call = await phone.order()
    _, others = await phone.order("p2")
    for wrong, words in (
        ({**call, "paySign": "AAAA"}, "支付验证签名失败"),
        ({**call, "nonceStr": "other"}, "支付验证签名失败"),
        (others, "下单账号与支付账号不一致"),
    ):
        sheet = await phone.cashier(wrong)
        await sheet.get_by_text(words).wait_for()
        await sheet.locator("#failed").click()
        assert await phone.told() == "get_brand_wcpay_request:fail"
    await phone.frame.evaluate(ASK, {**call, "timeStamp": int(call["timeStamp"])})
    assert await phone.told() == "get_brand_wcpay_request:fail"


async def test_only_the_sandboxs_frame_is_believed(phone: Phone) -> None:
    _, call = await phone.order()
    sheet = await phone.cashier(call)
    # Messages arrive in their order: when the last one was heard, the forged ones were.
    forged = """() => new Promise(done => {
      addEventListener('message', heard => { if (heard.data === 'last') done() })
      for (const n of [1, '1', 2, '2']) postMessage({jiuyi_sandbox: 'sheet', call: n, result: 'ok'}, '*')
      postMessage('last', '*')
    })"""
    await phone.frame.evaluate(forged)
    assert await phone.frame.evaluate("window.told") is None
    await sheet.locator("#close").click()
    assert await phone.told() == "get_brand_wcpay_request:cancel"


async def test_a_phone_inside_a_page(page: Page, sandbox: Sandbox, pay: WechatPay, product_port: int) -> None:
    await page.goto(f"http://localhost:{product_port}/desk")
    element = await page.wait_for_selector("#phone")
    frame = await element.content_frame() if element else None
    assert frame
    await frame.wait_for_function("window.WeixinJSBridge")
    phone = Phone(sandbox, pay, frame)
    number, call = await phone.order()
    sheet = await phone.cashier(call)
    await sheet.locator("#pay").click()
    assert await phone.told() == "get_brand_wcpay_request:ok"
    assert await phone.state(number) is TradeState.PAID


async def _configured(page: Page, config: dict[str, Any], names: list[str], **change: Any) -> Any:
    given = {
        "appId": config["app_id"],
        "timestamp": config["timestamp"],
        "nonceStr": config["nonce_str"],
        "signature": config["signature"],
        "jsApiList": names,
    } | change
    return await page.evaluate(
        "c => new Promise(done => { wx.config(c); wx.ready(() => done('ready')); wx.error(e => done(e.errMsg)) })",
        given,
    )


async def test_the_page_sdk(phone: Phone, page: Page, sandbox: Sandbox) -> None:
    keys = sandbox.keys["wechat_oa"]
    caller = Caller("wechat", keys["api_url"], Journal(), Clock())
    account = OfficialAccount(
        caller, Clock(), app_id=keys["app_id"], app_secret=keys["app_secret"], open_url=keys["open_url"]
    )
    config = await account.page_config(page.url.partition("#")[0])
    await caller.close()
    early = await page.evaluate("() => new Promise(done => wx.getLocation({success: done, fail: done}))")
    assert "offline verifying" in early["errMsg"]
    assert await _configured(page, config, ["getLocation"]) == "ready"
    place = """() => { window.told = null;
      wx.getLocation({type: 'gcj02', complete: answer => { window.told = answer; }}) }"""
    await page.evaluate(place)
    await page.frame_locator(SHEET).get_by_text("东院区").click()
    await page.wait_for_function("window.told")
    assert (await page.evaluate("window.told"))["longitude"] == 113.4212
    denied = await page.evaluate("() => new Promise(done => wx.scanQRCode({success: done, fail: done}))")
    assert denied["errMsg"] == "scanQRCode:permission denied"
    await page.reload()
    assert await _configured(page, config, [], signature="0" * 40) == "config:invalid signature"
    assert phone.numbers == 0
