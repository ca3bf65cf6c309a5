"""Giving back at the cashier in Chromium: lines of fees, a deposit taken and returned in part, a whole appointment."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.support.clock import AppClock
from tests.support.counter import OPERATOR, PIN, Counter
from tests.support.live import Live
from tests.support.visits import CHEN, Visitor, until_entered, visitor

pytestmark = [pytest.mark.browser, pytest.mark.feature("I07", "F04", "F07"), pytest.mark.slow]
PAYS = "139900000000000001"
FATHER, WIFE = ("440100195905151234", "陈志华"), ("440100195501300926", "李秀珍")


@pytest.fixture
def page(window: Page) -> Page:
    """The cashier's screen."""
    return window


async def at_window(page: Page, live: Live, time: AppClock, person: tuple[str, str]) -> Visitor:
    """A cashier who has signed in, with somebody before the window."""
    await live.idle()
    who = await visitor(live, 1, *person)
    await page.goto(f"{live.phone(1).origin}/console/")
    await page.get_by_label("设备密钥").fill(await Counter(live.parts, time).key())
    await page.get_by_label("工号").fill(OPERATOR)
    await page.get_by_label("PIN", exact=True).fill(PIN)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("区慧敏")).to_be_visible()
    return who


async def look_up(page: Page, person: tuple[str, str]) -> None:
    await page.get_by_label("就诊卡号，或身份证号").fill(person[0])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="换人")).to_be_visible()


async def pays(page: Page, live: Live) -> None:
    await expect(page.get_by_text("应收自付")).to_be_visible()
    await expect(page.get_by_label("请扫付款码")).to_be_focused()
    await page.keyboard.type(PAYS)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("收款成功")
    await until_entered(live)


async def picture(page: Page, name: str) -> None:
    """Kept where `JIUYI_SHOTS` says, to be looked at beside the mockup."""
    folder = os.environ.get("JIUYI_SHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"cashier-{name}.png")


async def turned(page: Page, name: str) -> None:
    """The same in English, and back."""
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", name="Refund")).to_be_visible()
    await picture(page, f"{name}-en")
    await page.get_by_role("button", name="中文").click()
    await expect(page.get_by_role("heading", name="退款")).to_be_visible()


async def test_chosen_lines_go_back(live: Live, time: AppClock, page: Page) -> None:
    await at_window(page, live, time, FATHER)
    await look_up(page, FATHER)
    await page.get_by_role("button", name="收这次费用").first.click()
    await pays(page, live)
    await page.keyboard.press("Enter")
    await look_up(page, FATHER)
    await page.get_by_role("button", name="退款", exact=True).first.click()
    await picture(page, "refund-list")
    await page.get_by_role("button", name="选项目退").click()
    pane = page.get_by_role("region", name="退款")
    free = pane.locator("input[type=checkbox]:not([disabled])")
    await expect(free.first).to_be_checked()
    count = await free.count()
    assert count > 1
    for number in range(1, count):
        await free.nth(number).uncheck()
    await expect(pane.get_by_role("button", name="确认退款")).to_be_disabled()
    await pane.get_by_label("退款原因").fill("医生取消了项目")
    await picture(page, "refund-lines")
    await turned(page, "refund-lines")
    await pane.get_by_role("button", name="确认退款").click()
    status = pane.get_by_role("status")
    await expect(status).to_contain_text("已受理，原路退款中")
    await expect(status).to_contain_text("1 到 7 个工作日到账")
    await picture(page, "refund-done")
    await pane.get_by_role("button", name="返回收款").click()
    await expect(page.get_by_label("请扫付款码")).to_be_visible()


async def test_a_deposit_is_taken_and_part_of_it_goes_back(live: Live, time: AppClock, page: Page) -> None:
    await at_window(page, live, time, WIFE)
    await look_up(page, WIFE)
    await page.get_by_label("预交金额（元）").fill("2000")
    await picture(page, "deposit")
    await page.get_by_role("button", name="收预交金").click()
    await expect(page.get_by_text("贰仟元整")).to_be_visible()
    await pays(page, live)
    await page.keyboard.press("Enter")
    await look_up(page, WIFE)
    await page.get_by_role("button", name="退款", exact=True).first.click()
    await page.get_by_role("button", name="退预交金").click()
    pane = page.get_by_role("region", name="退款")
    await expect(pane.get_by_text("医院现在可退 ¥2,000.00")).to_be_visible()
    await pane.get_by_label("退款金额（元）").fill("2000.01")
    await pane.get_by_label("退款原因").fill("多交退回")
    await expect(pane.get_by_role("button", name="确认退款")).to_be_disabled()
    await pane.get_by_label("退款金额（元）").fill("1500")
    await picture(page, "refund-deposit")
    await pane.get_by_role("button", name="确认退款").click()
    await expect(pane.get_by_role("status")).to_contain_text("已受理，原路退款中 ¥1500.00")


async def test_an_appointment_is_cancelled_with_its_fee(live: Live, time: AppClock, page: Page) -> None:
    who = await at_window(page, live, time, CHEN)
    booked = await who.until((await who.book((await who.slot())["id"]))["id"], "awaiting_payment")
    await look_up(page, CHEN)
    await pays(page, live)
    await who.until(booked["id"], "booked")
    await page.keyboard.press("Enter")
    await look_up(page, CHEN)
    await page.get_by_role("button", name="退款", exact=True).first.click()
    await page.get_by_role("button", name="取消预约").click()
    pane = page.get_by_role("region", name="退款")
    await pane.get_by_label("退款原因").fill("医生临时停诊")
    await picture(page, "refund-appointment")
    await pane.get_by_role("button", name="确认取消并退款").click()
    status = pane.get_by_role("status")
    await expect(status).to_contain_text("正在取消，等医院确认")
    await who.until(booked["id"], "cancelled")
    await expect(status).to_contain_text("已取消")
    await picture(page, "refund-cancelled")
