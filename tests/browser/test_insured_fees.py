"""Fees paid with an insurance by hand, in Chromium: consent, split, the channel's own cashier, the result, and back.

`JIUYI_PICTURES=folder` keeps a picture of every step.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.browser.alipay_walk import SHEET, Walk
from tests.support.live import Live
from tests.support.visits import bind

pytestmark = [pytest.mark.browser, pytest.mark.feature("F04", "F09", "I02", "I06"), pytest.mark.slow]
FILE = "P0000001"


@pytest_asyncio.fixture
async def worked(live: Live) -> AsyncIterator[Live]:
    """The product with a worker beside it."""
    await live.idle(2)

    async def work() -> None:
        while True:
            await live.idle(1)
            await asyncio.sleep(0.3)

    worker = asyncio.create_task(work())
    yield live
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker


async def _chosen(live: Live, page: Page, entry: str) -> Walk:
    """Phone 1 with its holder's own file and bills, up to the choice of an insurance."""
    folder = os.environ.get("JIUYI_PICTURES")
    walk = Walk(live, page, Path(folder) / f"insured-{entry}" if folder else None)
    agreed = {"person": "p1", "consented": True}
    (await live.sandbox.http.put("/_control/alipay/people", json=agreed)).raise_for_status()
    ended = {"patient_id": FILE, "department_code": "D0301"}
    (await live.sandbox.http.post("/_control/hospital/fees/end_consultation", json=ended)).raise_for_status()
    home = f"{live.phone(1).origin}/{entry}/"
    await page.goto(f"{home}sign-in?to=%2F{entry}%2F")
    await page.wait_for_url(f"{home}#/**")
    async with live.parts.db.tx() as tx:
        account_id = await tx.value("SELECT account_id FROM accounts.session ORDER BY created_at DESC LIMIT 1")
    patient_id = await bind(live.parts, account_id)
    async with live.parts.db.tx() as tx:
        await tx.run("UPDATE patients.binding SET relation = 'self' WHERE patient_id = %s", (patient_id,))
    await page.goto(f"{home}#/pages/home/index")
    await page.reload()
    await walk.tap("门诊缴费")
    await walk.press("去结算")
    await walk.tap("用医保结算")
    await walk.tap("广州职工医保 · 普通门诊")
    await walk.picture("classes")
    await walk.press("去授权并试算")
    return walk


async def _agrees(walk: Walk) -> None:
    """To the split, without the personal account, so that both payers take part; then to the cashier."""
    await walk.see("医保统筹支付")
    await walk.picture("split")
    await walk.tap("使用个人账户")
    await walk.see("打开后先用个人账户付")
    await walk.picture("own-part")
    await walk.press("确认支付")


async def _goes_back(walk: Walk) -> None:
    """From the result: everything is given back, the insurance's part too."""
    await walk.see("接下来这样走")
    await walk.picture("paid")
    await walk.tap("不想做了，申请退费")
    await walk.see("选择要退的项目")
    for box in await walk.page.get_by_role("checkbox").filter(visible=True).all():
        if await box.get_attribute("aria-checked") != "true":
            await box.click()
    await walk.press("退 ¥386.40")
    await walk.see("已退费")
    await walk.picture("refunded")
    async with walk.live.parts.db.tx() as tx:
        assert await tx.values("SELECT state FROM insurance.settlement") == ["reversed"]


async def test_in_wechat(worked: Live, page: Page) -> None:
    walk = await _chosen(worked, page, "w")
    await page.get_by_role("link").filter(has_text="陈美华").click()
    await _agrees(walk)
    sheet = page.frame_locator(SHEET)
    await sheet.locator("#pay").wait_for()
    await walk.picture("cashier")
    await sheet.locator("#pay").click()
    await sheet.locator("#done").click()
    await _goes_back(walk)


async def test_in_alipay(worked: Live, page: Page) -> None:
    walk = await _chosen(worked, page, "l")
    await page.locator("#agree").click()
    await _agrees(walk)
    await page.locator("#pay").wait_for()
    await walk.picture("cashier")
    await page.locator("#pay").click()
    await _goes_back(walk)


async def test_refused_by_the_insurance_and_paid_oneself(worked: Live, page: Page) -> None:
    people = (await worked.sandbox.http.get("/_control/insurance/people")).json()["people"]
    paused = {"psn_no": next(one["psn_no"] for one in people if one["name"] == "陈美华"), "state": "2"}
    (await worked.sandbox.http.put("/_control/insurance/people", json=paused)).raise_for_status()
    walk = await _chosen(worked, page, "w")
    await page.get_by_role("link").filter(has_text="陈美华").click()
    await walk.see("医保没有算成")
    await walk.picture("refused")
    await walk.tap("我同意这次全部自费")
    await walk.press("自费支付 ¥386.40")
    await page.frame_locator(SHEET).locator("#pay").click()
    await walk.see("接下来这样走")
    await walk.picture("paid-oneself")
