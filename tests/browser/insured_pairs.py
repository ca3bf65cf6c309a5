"""A patient with an insurance in one channel, by hand in Chromium: bills chosen, split, paid, given back."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from playwright.async_api import Browser, FrameLocator, Locator, Page

from jiuyi.domains.insurance.types import CLASS_NAMES, InsuranceClass
from tests.browser.alipay_walk import SHEET, Walk
from tests.support import chromium
from tests.support.holders import HOLDERS, Holder, insured
from tests.support.live import AlipayPhone, Live, MiniPhone, Phone
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

ABOVE = "iframe[data-jiuyi-sandbox-page]"
ACCOUNT_FEN = 5_000
"""On the personal account: enough to take part, too little to pay all, so that each of the three pays."""


class Opened:
    """The class's own holder, bound as themselves in this channel, with fresh bills chosen."""

    account_fen = ACCOUNT_FEN
    paid_words = "接下来这样走"

    def __init__(self, live: Live, which: InsuranceClass, kind: type[Phone]) -> None:
        self.live = live
        self.which = which
        self.phone = live.phone(HOLDERS[which].number, kind)
        self.patient = ""
        self.checkout: dict[str, Any] = {}

    @property
    def holder(self) -> Holder:
        return HOLDERS[self.which]

    @property
    def order_id(self) -> str:
        return str(self.checkout["order_id"])

    @property
    def target(self) -> str:
        """The page on which it is paid."""
        return f"pages/fees/checkout?id={self.checkout['id']}"

    async def prepare(self) -> None:
        """Sign in, bind with the desk's code, end a consultation, choose its bills."""
        await self.bind()
        ended = {"patient_id": self.holder.patient_id, "department_code": "D0301", "disease_code": self.holder.disease}
        made = await self.live.sandbox.http.post("/_control/hospital/fees/end_consultation", json=ended)
        await self.choose(made.raise_for_status().json()["visit_no"])

    async def bind(self) -> None:
        """Sign in, and bind oneself with the desk's code; an employee has something on the personal account."""
        await self.phone.sign_in()
        row = await insured(self.live.sandbox, self.holder)
        account = {"psn_no": row["psn_no"], "account_fen": self.account_fen if row["insutype"] == "310" else 0}
        (await self.live.sandbox.http.put("/_control/insurance/people", json=account)).raise_for_status()
        self.patient = await self._bound(row)

    async def choose(self, visit_no: str) -> None:
        """Everything that is to be paid of a visit."""
        visit = (await self.phone.get(f"/api/fees/visits/{visit_no}", patient_id=self.patient)).json()
        bills = [bill["bill_no"] for bill in visit["bills"]]
        body = {"patient_id": self.patient, "visit_no": visit_no, "bill_nos": bills}
        chosen = await self.phone.post("/api/fees/checkouts", body, **{"Idempotency-Key": str(uuid4())})
        assert chosen.status_code == 201, chosen.text
        self.checkout = chosen.json()

    async def _bound(self, row: dict[str, Any]) -> str:
        form = {
            "document_type": row["document_type"],
            "document_number": row["document_number"],
            "name": row["name"],
            "relation": "self",
            "phone": "13800138000",
            "consents": ["patient_agreement@1"],
            "birth_date": row["birth_date"],
            "sex": row["sex"],
        }
        opened = await self.phone.post("/api/patients/verifications", form)
        assert opened.status_code == 201, opened.text
        asked = {"patient_id": self.holder.patient_id}
        code = await self.live.sandbox.http.post("/_control/hospital/patients/counter_code", json=asked)
        proof = {"way": "counter_code", "code": code.raise_for_status().json()["code"]}
        path = f"/api/patients/verifications/{opened.json()['id']}/proof"
        bound = await self.phone.post(path, proof)
        assert bound.status_code == 201, bound.text
        return str(bound.json()["id"])

    async def leave(self) -> None:
        """One person is "myself" in one channel at a time."""
        gone = await self.phone.send("DELETE", f"/api/patients/{self.patient}")
        assert gone.status_code == 204, gone.text
        await self.phone.http.aclose()

    async def look(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.phone.get(f"/api/fees/checkouts/{self.checkout['id']}")).json()
        return found

    async def settlement(self) -> dict[str, Any]:
        """The newest of this order."""
        answer = await self.phone.get(f"/api/orders/{self.order_id}/settlement")
        found: dict[str, Any] = answer.json()
        return found


class Hand:
    """What somebody does on the phone that `opened` prepared."""

    def __init__(self, opened: Opened, page: Page) -> None:
        folder = os.environ.get("JIUYI_PICTURES")
        name = f"{opened.phone.channel}-{opened.which.value}"
        self.opened = opened
        self.page = page
        self.walk = Walk(opened.live, page, Path(folder) / name if folder else None)

    @property
    def wechat(self) -> bool:
        return self.opened.phone.channel == "wechat_oa"

    @property
    def mini(self) -> bool:
        return isinstance(self.opened.phone, MiniPhone)

    def above(self) -> FrameLocator | Page:
        """Where the channel's own pages are: they replace the H5, and lie above the mini program."""
        return self.page.frame_locator(ABOVE) if self.mini else self.page

    def _all(self, words: str) -> Locator:
        return self.page.get_by_text(words, exact=True).filter(visible=True)

    async def start(self) -> None:
        """The page on which what was prepared is paid."""
        await self.opens(self.opened.target)

    async def opens(self, target: str) -> None:
        """One of our pages, with nothing behind it."""
        await self.page.goto("about:blank")
        phone = self.opened.phone
        if self.mini:
            at = self.opened.live.sandbox.base_url.replace("localhost", f"{phone.key}.localhost")
            query = f"page={quote(target, safe='')}&sandbox={at}&server={at}/mini/product&person={phone.key}"
            await self.page.goto(f"{at}/mini/index.html?{query}")
        else:
            cookies = [{"name": one.name, "value": one.value, "url": phone.origin} for one in phone.http.cookies.jar]
            await self.page.context.add_cookies(cookies)  # type: ignore[arg-type]
            await self.page.goto(f"{phone.origin}{phone.entry}#/{target}")

    async def chooses(self, *, entry: bool = True) -> None:
        """An insurance instead of one's own money, as far as the channel's consent page."""
        if entry:
            await self.walk.tap("用医保结算")
        await self.walk.see("选择结算类别")
        name = CLASS_NAMES[self.opened.which][0]
        if await self._all(name).count() == 0:
            await self.unfolds("其他医保类别")
        await self.walk.tap(name)
        await self.walk.press("去授权并试算")

    async def unfolds(self, words: str) -> None:
        """The classes that are not shown at once."""
        await self.page.locator(".j-link").filter(has_text=words, visible=True).click()

    async def agrees(self) -> None:
        """Agree on the channel's page."""
        if self.wechat:
            await self.page.get_by_role("link").filter(has_text=self.opened.holder.name).click()
        else:
            await self.above().locator("#agree").click()
            await self._returns()

    async def consents(self) -> None:
        """Agree, and see the split."""
        await self.agrees()
        await self.walk.see("医保统筹支付")

    async def _returns(self) -> None:
        if self.mini:
            await self.above().locator("#back").click()

    async def opens_cashier(self) -> None:
        await self.walk.press("确认支付")

    async def pays(self) -> None:
        """Confirm both parts in the channel's cashier."""
        await self.opens_cashier()
        await self.confirms()

    async def confirms(self, ends: str = "") -> None:
        """What the cashier wants, and the page after it."""
        if self.wechat:
            sheet = self.page.frame_locator(SHEET)
            await sheet.locator("#pay").click()
            await sheet.locator("#done").click()
        else:
            await self.above().locator("#pay").click()
            await self._returns()
        await self.walk.see(ends or self.opened.paid_words)

    async def leaves(self) -> None:
        """Out of the cashier, without paying."""
        if self.wechat:
            await self.page.frame_locator(SHEET).locator("#close").click()
        else:
            await self.above().locator("#leave").click()
            await self._returns()

    async def pays_oneself(self) -> None:
        """After the insurance ended: tick that everything is paid by oneself, and pay."""
        await self.walk.tap("我同意这次全部自费")
        await self.walk.press("自费支付")
        await self._cashier()

    async def confirms_own_part(self) -> None:
        """The ordinary payment of a checkout."""
        await self.walk.press("微信支付" if self.wechat else "支付宝支付")
        await self._cashier()

    async def _cashier(self) -> None:
        await self.page.frame_locator(SHEET).locator("#pay").click()
        await self.walk.see("接下来这样走")

    async def gives_back(self) -> None:
        """From the result: everything is given back."""
        await self.walk.tap("不想做了，申请退费")
        await self.walk.see("选择要退的项目")
        await self.page.get_by_role("checkbox").filter(visible=True).first.click()
        await self.page.locator(".j-btn--danger").filter(visible=True).click()
        await self.walk.see("已退费")


async def new_page(browser: Browser, errors: list[str]) -> Page:
    """A phone of its own; what goes wrong in its pages is added to `errors`."""
    context = await browser.new_context(
        viewport=chromium.PHONE, device_scale_factor=2, is_mobile=True, has_touch=True, locale="zh-CN"
    )
    context.set_default_timeout(chromium.MOST_MS)
    page = await context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page


async def centre_order(sandbox: Sandbox, settlement: dict[str, Any]) -> dict[str, Any]:
    """What the insurance centre has of a settlement, with its refunds: the newest order of that sum."""
    orders = (await sandbox.http.get("/_control/insurance/orders")).raise_for_status().json()["orders"]
    found: dict[str, Any] = next(one for one in orders if one["total"] == settlement["total_fen"])
    return found


async def until_reversed(opened: Opened) -> dict[str, Any]:
    """The settlement when the insurance has taken its part back and the own part has arrived."""

    def back(shown: dict[str, Any]) -> bool:
        return shown["refunded_fen"] == shown["total_fen"] and all(
            one["state"] == "refunded" for one in shown["refunds"]
        )

    await until(opened.look, back)
    return await until(opened.settlement, lambda shown: shown["state"] == "reversed")


KINDS: dict[str, type[Phone]] = {"W": Phone, "L": AlipayPhone, "M": MiniPhone}
