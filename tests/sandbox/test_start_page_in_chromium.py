"""A person plays the hospital on the start page: outage, stopped clinic, counter code, review, clock."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.sandbox.conftest import Timetable, lock, payment
from tests.sandbox.vendor import Caller, request_no
from tests.support import chromium
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(chromium.executable() is None, reason=chromium.MISSING),
]
DESK: ViewportSize = {"width": 1280, "height": 900}


async def opened(browser: Browser, url: str, viewport: ViewportSize = DESK) -> Page:
    page = await browser.new_page(viewport=viewport)
    page.set_default_timeout(chromium.MOST_MS)
    page.on("dialog", lambda dialog: dialog.accept())
    await page.goto(url)
    await expect(page.locator("#now")).to_contain_text(":")
    await expect(page.locator("#clinic-list li").first).to_be_visible()
    return page


async def clock_of(sandbox: Sandbox) -> dict[str, Any]:
    found: dict[str, Any] = (await sandbox.http.get("/_control/clock")).json()
    return found


async def test_a_person_plays_the_hospital(
    browser: Browser, sandbox: Sandbox, his: Caller, timetable: Timetable
) -> None:
    _, slot = timetable.slot(quota=3)
    number = request_no("L")
    fee = (await lock(his, slot, "P0000002", number))["data"]["fee_fen"]
    await his.ok("registrations.confirm", request_no=request_no("F"), lock_request_no=number, payment=payment(fee))
    application: dict[str, Any] = {"application_no": "MA7", "team_code": "M01", "patient_id": "P0000012"}
    await his.ok("mdt.submit", request_no=request_no("M"), summary="右肺上叶结节", documents=[], **application)
    page = await opened(browser, f"{sandbox.base_url}/?lang=zh")
    assert page.url.startswith("http://p1.localhost:"), "phones keep their cookies on the site of their own"

    await page.get_by_role("button", name="做了，没回音").click()
    await expect(page.locator("#fault-list")).to_contain_text("还剩 1 次")
    assert [f["kind"] for f in (await sandbox.http.get("/_control/faults")).json()["faults"]] == ["cut_after"]
    await page.get_by_role("button", name="解除").click()
    await expect(page.locator("#fault-list")).to_contain_text("现在没有故障")

    await page.locator("#booking-list").get_by_role("button", name="就诊完成").click()
    await expect(page.locator("#booking-list")).to_contain_text("已就诊")
    await page.locator("#mdt-list").get_by_role("button", name="同意").click()
    await expect(page.locator("#mdt-list")).to_contain_text("已同意")

    await page.locator("#clinic-q").fill("lzy")
    await page.locator("#clinic-form button").click()
    await expect(page.locator("#clinic-list li").first).to_contain_text("林志远")
    await page.locator("#clinic-list").get_by_role("button", name="停诊").first.click()
    await expect(page.locator("#clinic-list")).to_contain_text("已停诊")

    await page.locator("#patient-list").get_by_role("button", name="打印校验码").first.click()
    code = await page.locator("#code strong").inner_text()
    checked = await his.ok(
        "patients.check_counter_code", request_no=request_no("K"), patient_id="P0000001", code=code.strip()
    )
    assert checked == {"valid": True}

    before = datetime.fromisoformat((await sandbox.http.get("/_control/clock")).json()["now"])
    await page.get_by_role("button", name="放号前 10 秒").click()
    moved = await until(lambda: clock_of(sandbox), lambda found: found["offset_seconds"] != 0)
    goal = before.replace(hour=18, minute=59, second=50)
    goal += timedelta(days=1 if goal <= before else 0)
    # However long the click took, the clock now stands at that moment, or as much later as has passed since.
    now, real = datetime.fromisoformat(moved["now"]), timedelta(seconds=moved["offset_seconds"])
    assert goal - timedelta(seconds=2) <= now <= goal + (now - real - before) + timedelta(seconds=2)
    await expect(page.locator("#now")).to_contain_text(re.compile("18:59:5|19:"))
    await page.get_by_role("button", name="医院恢复原样").click()
    await expect(page.locator("#booking-list")).to_contain_text("还没有人预约")
    assert (await sandbox.http.get("/_control/clock")).json()["offset_seconds"] == 0


async def test_a_phone_holds_wechat_or_alipay(browser: Browser, sandbox: Sandbox) -> None:
    page = await opened(browser, f"{sandbox.base_url}/?lang=zh")
    frame, tab = page.locator("#screen"), page.locator("#tab-wx")
    await expect(tab).to_contain_text("微信消息")
    await page.get_by_role("button", name="支付宝生活号").click()
    await expect(tab).to_contain_text("支付宝消息")
    await expect(page.locator("#open")).to_have_attribute("href", re.compile(r"^http://p1\.localhost:\d+/l/$"))
    await page.get_by_role("button", name="支付宝小程序").click()
    address = re.compile(r"/mini/index\.html\?sandbox=http%3A%2F%2Fp1\.localhost.*person=p1$")
    await expect(page.locator("#open")).to_have_attribute("href", address)
    if not (await sandbox.http.get("/_control/alipay/mini")).json()["built"]:
        await expect(page.get_by_text("小程序还没有构建")).to_be_visible()
    await page.locator("#people a").nth(1).click()
    await expect(page.locator("#open")).to_have_attribute("href", re.compile(r"person=p2$"))
    await expect(page.get_by_role("button", name="支付宝小程序")).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#pay-code")).to_have_attribute("href", re.compile(r"^/codes\?person=p2"))
    assert await frame.count() == 1


@pytest.mark.parametrize("width", [375, 768, 1280, 1440])
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_nothing_hangs_over_the_edge(browser: Browser, sandbox: Sandbox, width: int, lang: str) -> None:
    page = await opened(browser, f"{sandbox.base_url}/?lang={lang}", {"width": width, "height": 900})
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.get_by_role("button", name="English" if lang == "zh" else "中文").click()
    await expect(page.locator("h1")).to_have_text("Jiuyi · Sandbox hospital" if lang == "zh" else "就医 · 沙箱医院")
