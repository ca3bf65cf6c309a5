"""One person who registers in WeChat and comes in through Alipay: the two accounts become one, in Chromium.

`JIUYI_PICTURES=folder` keeps a picture of every step, 375 and 320 px wide, in both languages where it matters.
"""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from jiuyi_sandbox.bridge import mini
from tests.browser.alipay_walk import ME, Walk
from tests.support.live import Live

pytestmark = [pytest.mark.browser, pytest.mark.feature("F01", "I06"), pytest.mark.slow]


class Joiner(Walk):
    """Joins two accounts by hand."""

    async def both_widths(self, name: str) -> None:
        """The same screen as most phones show it, and the narrowest."""
        await self.picture(name)
        if self.pictures is None:
            return
        before = self.page.viewport_size
        await self.page.set_viewport_size({"width": 320, "height": 700})
        await self.picture(f"{name}-320")
        if before is not None:
            await self.page.set_viewport_size(before)

    async def later(self) -> None:
        """A minute passes: a number gets one code in a minute."""
        async with self.live.parts.db.tx() as tx:
            await tx.run("UPDATE codes.code SET created_at = created_at - interval '2 minutes'")

    async def agrees(self) -> None:
        await self.see("合并这两个账户")
        await self.see("陈*华")
        await self.both_widths("offer")
        await self.page.locator(".j-checkline").filter(visible=True).click()
        await self.press("合并账户")
        await self.see("账户已合并")
        await self.see("微信用户")
        await self.both_widths("joined")


def _pictures(name: str) -> Path | None:
    folder = os.environ.get("JIUYI_PICTURES")
    return Path(folder) / name if folder else None


async def _in_wechat(worked: Live, page: Page) -> Joiner:
    """Registered in WeChat, with an appointment that is held."""
    origin = worked.phone(1).origin
    walk = Joiner(worked, page, _pictures("joining-w"))
    await page.goto(f"{origin}/w/sign-in?to=/w/%23/pages/patients/index")
    await page.wait_for_url(f"{origin}/w/#/**")
    await walk.registers()
    await walk.see("绑定成功")
    await walk.books()
    await walk.later()
    return walk


async def _enters_alipay(worked: Live, page: Page, walk: Joiner) -> str:
    home = f"{worked.phone(1).origin}/l/"
    agreed = {"person": "p1", "consented": True}
    (await worked.sandbox.http.put("/_control/alipay/people", json=agreed)).raise_for_status()
    await page.goto(f"{home}#/pages/patients/index")
    # Its button is there before the page has been sent to sign in; this is not.
    await walk.see("还没有就诊人")
    return home


async def test_whoever_is_refused_as_oneself_joins_and_sees_the_same(worked: Live, page: Page) -> None:
    await page.set_viewport_size({"width": 375, "height": 760})
    await _in_wechat(worked, page)
    walk = Joiner(worked, page, _pictures("joining-l"))
    home = await _enters_alipay(worked, page, walk)
    await walk.registers(ME)
    await walk.see("已在微信绑定")
    await walk.both_widths("held-elsewhere")
    await walk.press("查看并合并账户")
    await walk.agrees()
    await page.goto(f"{home}#/pages/patients/index")
    await walk.see("陈*华")
    await page.goto(f"{home}#/pages/visits/index")
    await walk.see("心血管内科")
    await walk.picture("visits")
    await page.goto(f"{home}#/pages/me/index")
    await walk.see("登录入口")
    await walk.both_widths("me")
    async with worked.parts.db.tx() as tx:
        assert await tx.value("SELECT count(*) FROM accounts.account WHERE state = 'active'") == 1
    # The other channel is told, and can take the newcomer out.
    there = Joiner(worked, page, _pictures("joining-w-after"))
    await page.goto(f"{worked.phone(1).origin}/w/sign-in?to=/w/%23/pages/messages/index")
    await there.see("账户已合并")
    await there.picture("message")
    await page.goto(f"{worked.phone(1).origin}/w/#/pages/me/identities")
    await there.see("支付宝用户")
    row = page.locator(".j-row").filter(has_text="支付宝用户").filter(visible=True)
    await row.locator(".j-btn--danger").click()
    await there.both_widths("detach")
    await there.press("确认解除")
    await expect(row).to_have_count(0)
    await page.goto(f"{home}#/pages/patients/index")
    await there.see("还没有就诊人")


async def test_by_phone_and_document_from_one_s_own_page_in_english(worked: Live, page: Page) -> None:
    await page.set_viewport_size({"width": 375, "height": 760})
    await _in_wechat(worked, page)
    walk = Joiner(worked, page, _pictures("joining-en"))
    home = await _enters_alipay(worked, page, walk)
    await page.goto(f"{home}#/pages/me/index")
    await walk.tap("语言")
    await walk.tap("Ways to sign in")
    await walk.see("Join another account")
    await walk.both_widths("ways")
    await walk.press("Join another account")
    await walk.write("Mobile number", "13800002046")
    await walk.both_widths("phone")
    await walk.awaits_code()
    await walk.press("Send the code")
    await page.locator(".j-field input").filter(visible=True).nth(1).fill(await walk.code())
    await walk.picture("code")
    await walk.press("Next")
    await walk.see("A document from the other account")
    await walk.write("Document number", "440100195905151234")
    await walk.press("Find the account")
    await walk.see("No account that can be joined was found")
    await walk.both_widths("wrong-document")
    await walk.write("Document number", ME[1])
    await walk.press("Find the account")
    await walk.see("Join these two accounts?")
    await walk.both_widths("offer")
    await page.locator(".j-checkline").filter(visible=True).click()
    await walk.press("Join accounts")
    await walk.see("The accounts are joined")
    await walk.both_widths("joined")


async def test_in_the_compiled_mini_program(worked: Live, page: Page) -> None:
    assert mini.built_folder() is not None, "the mini program is not built: make web"
    await _in_wechat(worked, page)
    sandbox = worked.sandbox.base_url.replace("localhost", "p1.localhost")
    walk = Joiner(worked, page, _pictures("joining-mini"))
    opened = f"page=pages/patients/index&sandbox={sandbox}&server={sandbox}/mini/product&person=p1"
    await page.goto(f"{sandbox}/mini/index.html?{opened}")
    await walk.see("还没有就诊人")
    await walk.registers(ME)
    await walk.see("已在微信绑定")
    await walk.picture("held-elsewhere")
    await walk.press("查看并合并账户")
    await walk.agrees()
    assert await page.evaluate("MiniProgram.program.log.errors") == []
