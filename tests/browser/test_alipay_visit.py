"""A whole visit in Alipay in Chromium: sign in, register, book, pay, cancel and have the money back.

`JIUYI_PICTURES=folder` keeps a picture of every step.
"""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from jiuyi_sandbox.bridge import mini
from tests.browser.alipay_walk import FATHER, Walk
from tests.support.live import Live

pytestmark = [pytest.mark.browser, pytest.mark.feature("F01", "F02", "I06"), pytest.mark.slow]


def _pictures(name: str) -> Path | None:
    folder = os.environ.get("JIUYI_PICTURES")
    return Path(folder) / name if folder else None


async def _visit(walk: Walk) -> None:
    await walk.registers()
    await walk.books()
    # Closing the cashier is no payment; the place stays held.
    await walk.pays("#close")
    await walk.see("没有付款")
    await walk.picture("not-paid")
    await walk.pays()
    await walk.has_ticket()
    await walk.cancels()
    await walk.see("已原路退回")
    await walk.picture("refund")


async def test_on_the_life_account_s_h5(worked: Live, page: Page) -> None:
    origin = worked.phone(1).origin
    walk = Walk(worked, page, _pictures("h5"))
    await page.goto(f"{origin}/l/")
    await walk.see("登录后使用")
    await walk.picture("home-signed-out")
    await walk.tap("登录")
    await walk.picture("consent")
    await page.get_by_text("允许", exact=True).or_(page.get_by_text("同意", exact=True)).first.click()
    await page.wait_for_url(f"{origin}/l/#/**")
    await walk.see("添加就诊人")
    await walk.picture("home")
    await _visit(walk)
    assert "微信" not in await page.locator("body").inner_text()


async def test_in_the_compiled_mini_program(worked: Live, page: Page) -> None:
    assert mini.built_folder() is not None, "the mini program is not built: make web"
    sandbox = worked.sandbox.base_url.replace("localhost", "p1.localhost")
    walk = Walk(worked, page, _pictures("mini"))
    await page.goto(f"{sandbox}/mini/index.html?sandbox={sandbox}&server={sandbox}/mini/product&person=p1")
    await walk.see("登录后使用")
    await walk.picture("home-signed-out")
    await walk.tap("登录")
    await expect(walk.text("建档或绑定就诊卡后")).to_be_visible()
    await walk.picture("home")
    await _visit(walk)
    assert await page.evaluate("MiniProgram.program.log.errors") == []


async def test_the_mini_program_signs_in_by_itself_where_it_must(worked: Live, page: Page) -> None:
    sandbox = worked.sandbox.base_url.replace("localhost", "p1.localhost")
    walk = Walk(worked, page)
    opened = f"page=pages/patients/index&sandbox={sandbox}&server={sandbox}/mini/product&person=p1"
    await page.goto(f"{sandbox}/mini/index.html?{opened}")
    # As from a message: the page itself needs somebody.
    await walk.see("还没有就诊人")
    async with worked.parts.db.tx() as tx:
        await tx.run("UPDATE accounts.session SET revoked_at = app_now()")
    await worked.parts.sessions.hear("")
    # The server no longer knows the session: the same tap signs in anew and goes on.
    await walk.registers()
    await walk.see("绑定成功")
    async with worked.parts.db.tx() as tx:
        assert await tx.value("SELECT count(*) FROM accounts.session WHERE revoked_at IS NULL") == 1
        assert await tx.value("SELECT count(*) FROM accounts.account") == 1
    assert await page.evaluate("MiniProgram.program.log.errors") == []


@pytest.mark.feature("F04")
async def test_fees_in_the_compiled_mini_program(worked: Live, page: Page) -> None:
    sandbox = worked.sandbox.base_url.replace("localhost", "p1.localhost")
    walk = Walk(worked, page, _pictures("fees"))
    opened = f"sandbox={sandbox}&server={sandbox}/mini/product&person=p1"
    await page.goto(f"{sandbox}/mini/index.html?page=pages/patients/index&{opened}")
    await walk.see("还没有就诊人")
    await walk.registers(FATHER)
    await walk.press("查看就诊人")
    await expect(page.locator(".j-btn").filter(has_text="查看就诊人").filter(visible=True)).to_have_count(0)
    await page.evaluate("MiniProgram.program.my.reLaunch({url: '/pages/home/index'})")
    await walk.pays_fees()
    assert await page.evaluate("MiniProgram.program.log.errors") == []


@pytest.mark.feature("F04")
async def test_fees_on_the_life_account_s_h5(worked: Live, page: Page) -> None:
    agreed = {"person": "p1", "consented": True}
    (await worked.sandbox.http.put("/_control/alipay/people", json=agreed)).raise_for_status()
    home = f"{worked.phone(1).origin}/l/"
    walk = Walk(worked, page, _pictures("fees-h5"))
    # Whoever may not stay is sent to sign in and comes back to the very page.
    await page.goto(f"{home}#/pages/patients/index")
    await walk.see("还没有就诊人")
    await walk.registers(FATHER)
    await walk.see("绑定成功")
    await page.goto(f"{home}#/pages/home/index")
    await walk.pays_fees()
