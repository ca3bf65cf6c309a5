"""A whole visit by hand: what somebody taps, the same on the Life Account's H5 and in the compiled mini program."""

import re
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.support.live import Live
from tests.support.waiting import until

SHEET = "iframe[data-jiuyi-sandbox-sheet]"
MOBILE = "13800002046"
ME = ("陈美华", "440100198803120422", "本人")
FATHER = ("陈志华", "440100195905151234", "父母")
"""Name, document, relation; the father has bills to pay."""


class Walk:
    """One phone. `pictures` is where its screens are kept, in order, when somebody wants to look at them."""

    def __init__(self, live: Live, page: Page, pictures: Path | None = None) -> None:
        self.live = live
        self.page = page
        self.pictures = pictures
        self.taken = 0
        self.sms = 0

    def text(self, words: str) -> Locator:
        """What can be read on the page that is open."""
        return self.page.get_by_text(words).filter(visible=True).first

    async def tap(self, words: str) -> None:
        await self.page.get_by_text(words, exact=True).filter(visible=True).first.click()

    async def press(self, words: str) -> None:
        """A button, where the same words stand elsewhere too."""
        await self.page.locator(".j-btn").filter(has_text=words).filter(visible=True).first.click()

    async def see(self, words: str) -> None:
        await self.text(words).wait_for()

    async def picture(self, name: str) -> None:
        self.taken += 1
        if self.pictures is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            await self.page.wait_for_timeout(300)
            await self.page.screenshot(path=self.pictures / f"{self.taken:02d}-{name}.png")

    async def write(self, label: str, value: str) -> None:
        field = self.page.locator(".j-field").filter(has_text=label).filter(visible=True).first
        await field.locator("input").first.fill(value)

    async def registers(self, who: tuple[str, str, str] = ME) -> None:
        """Bind a file of the hospital, with the code from the text message."""
        name, document, relation = who
        await self.press("添加就诊人")
        await self.see("就诊人用哪种证件")
        await self.write("姓名", name)
        await self.write("身份证号", document)
        await self.tap(relation)
        await self.write("就诊人手机号", MOBILE)
        await self.page.locator(".consents .j-checkline").filter(visible=True).first.click()
        await self.picture("register")
        await self.press("下一步：核验身份")
        await self.awaits_code()
        await self.tap("短信验证码")
        await self.see("验证码已发到")
        await self.page.locator(".j-field input").filter(visible=True).first.fill(await self.code())
        await self.picture("code")
        await self.press("确认绑定")
        await self.picture("bound")

    async def awaits_code(self) -> None:
        """What has been sent until now is not the code that is asked for next."""
        self.sms = len(await self.live.sandbox.sms())

    async def code(self) -> str:
        """The code that came since."""

        async def codes() -> list[str]:
            new = (await self.live.sandbox.sms())[self.sms :]
            texts = [str(message.get("text", "")) for message in new if MOBILE in str(message)]
            return [found.group() for text in texts if (found := re.search(r"(?<!\d)\d{6}(?!\d)", text))]

        return (await until(codes, bool))[-1]

    async def books(self) -> None:
        """From the departments to the cashier's door."""
        await self.press("去预约挂号")
        await self.tap("按科室挂号")
        await self.tap("心血管内科")
        await self._later()
        await self.page.locator(".cline:has(.cline__open)").filter(visible=True).first.click()
        await self.page.locator(".slot:not(.slot--full)").filter(visible=True).first.click()
        await self.press("下一步")
        await self.see("合计")
        await self.page.locator(".j-checkline").filter(has_text="我已阅读并同意以下文件").filter(visible=True).click()
        await self.picture("confirm")
        await self.press("锁定号源")
        await self.see("请在")
        await self.picture("hold")

    async def _later(self) -> None:
        """Show a day some days from now, so that the place may be given back."""
        day = self.page.locator(".dates__day:has(.dates__word--available)").filter(visible=True).nth(4)
        number = await day.locator(".dates__no").inner_text()
        await day.click()
        # From then on the page shows clinics of that day only.
        chosen = self.page.locator(".dates__day--on .dates__no").filter(visible=True)
        await expect(chosen).to_have_text(number)

    async def pays(self, end: str = "#pay") -> None:
        """Open Alipay's cashier and end it with one of its buttons."""
        await self.press("支付宝支付")
        sheet = self.page.frame_locator(SHEET)
        await sheet.locator("#sheet").wait_for()
        await self.picture("cashier")
        if end != "#pay":
            await sheet.locator("#lab").evaluate_all("folds => folds.forEach(fold => { fold.open = true })")
        await sheet.locator(end).click()

    async def has_ticket(self) -> None:
        await self.see("约好了")
        await self.picture("ticket")
        await self.press("查看预约")

    async def cancels(self) -> None:
        """Give the place back; the money comes back by itself."""
        await self.tap("取消预约")
        await self.see("全额")
        await self.picture("cancel")
        await self.page.locator(".j-btn--danger").filter(visible=True).click()
        await self.see("已取消")
        await self.picture("cancelled")

    async def pays_fees(self) -> None:
        """What the father owes for a visit, from the first page to the guide sheet."""
        await self.tap("门诊缴费")
        await self.see("去结算")
        await self.picture("fees")
        await self.press("去结算")
        await self.see("应付")
        await self.picture("fees-due")
        await self.pays()
        await self.see("收费单号")
        await self.picture("fees-paid")
