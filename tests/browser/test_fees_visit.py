"""Fees by hand in WeChat, in Chromium: see the bills, pay, follow the guide, have one item refunded; then a deposit.

`JIUYI_PICTURES=folder` keeps a picture of every step.
"""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.alipay_walk import SHEET, Walk
from tests.support.live import Live
from tests.support.visits import bind

pytestmark = [pytest.mark.browser, pytest.mark.feature("F04", "F07", "F09", "I06"), pytest.mark.slow]
FATHER = ("440100195905151234", "陈志华")


async def _signed_in(live: Live, page: Page) -> Walk:
    """Phone 1 in its WeChat, with the father bound."""
    folder = os.environ.get("JIUYI_PICTURES")
    walk = Walk(live, page, Path(folder) / "fees" if folder else None)
    origin = live.phone(1).origin
    await page.goto(f"{origin}/w/sign-in?to=%2Fw%2F")
    await page.wait_for_url(f"{origin}/w/#/**")
    async with live.parts.db.tx() as tx:
        account_id = await tx.value("SELECT account_id FROM accounts.session ORDER BY created_at DESC LIMIT 1")
    await bind(live.parts, account_id, *FATHER)
    await page.goto(f"{origin}/w/#/pages/home/index")
    await page.reload()
    return walk


async def _pays(walk: Walk, how: str = "#pay") -> None:
    await walk.press("微信支付")
    await walk.page.frame_locator(SHEET).locator(how).click()


async def test_bills_are_paid_and_one_goes_back(worked: Live, page: Page) -> None:
    walk = await _signed_in(worked, page)
    await walk.tap("门诊缴费")
    await walk.see("心血管内科 · 林志远")
    await walk.see("人工窗口正在结算这张单")
    await walk.picture("bills")
    # What is not wanted now is taken out of the choice.
    await page.get_by_role("checkbox").filter(has_text="西药处方").click()
    await expect(page.get_by_text("¥217.80").first).to_be_visible()
    await walk.press("去结算")
    await walk.see("应付")
    await _pays(walk, "#close")
    await walk.see("没有付款")
    await walk.picture("not-paid")
    await _pays(walk)
    await walk.see("接下来这样走")
    await walk.see("排队号")
    await walk.picture("guide")
    await walk.tap("不想做了，申请退费")
    await walk.see("选择要退的项目")
    await walk.tap("十二导联心电图")
    await walk.press("退 ¥65.00")
    await walk.see("已缴费，部分已退")
    await walk.picture("refunded")
    await walk.press("看待缴费")
    await walk.see("西药处方")
    await expect(page.get_by_text("十二导联心电图").filter(visible=True)).to_have_count(0)
    await walk.tap("已缴费")
    await walk.see("已缴费，部分已退")
    await walk.picture("history")


async def test_a_deposit_for_somebody_else(worked: Live, page: Page) -> None:
    walk = await _signed_in(worked, page)
    await walk.tap("住院预交金")
    await walk.write("住院号", "ZY26003081")
    await walk.write("患者姓名", "李秀珍")
    await walk.press("查找")
    await walk.see("李*珍")
    await expect(page.get_by_text("余额", exact=True)).to_have_count(0)
    await walk.picture("stay")
    await walk.press("充值 ¥1,000.00")
    await walk.see("应付")
    await _pays(walk)
    await walk.see("预交金已到账")
    await walk.picture("deposit")
