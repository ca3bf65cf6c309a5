"""Insurance at the desk in Chromium: what is read is split and agreed to, the rest is taken, or it all goes back."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from jiuyi.domains.insurance.types import InsuranceClass
from tests.journeys.test_desk_insurance import Window as Desk
from tests.journeys.test_insured_visits import person
from tests.support.clock import AppClock
from tests.support.counter import OPERATOR, PIN, Counter, Machine
from tests.support.holders import HOLDERS
from tests.support.live import Live, Phone
from tests.support.sandbox import Sandbox
from tests.support.visits import until_entered

pytestmark = [pytest.mark.browser, pytest.mark.feature("I07", "I08"), pytest.mark.slow]
PAYS, NOT_ENOUGH = "139900000000000001", "139900000000000601"


async def signed_in(page: Page, live: Live, sandbox: Sandbox, time: AppClock, which: InsuranceClass) -> Desk:
    """A cashier at the page, and somebody insured in front of it whose visit is over."""
    await live.idle(2)
    who = await person(live, sandbox, which, Phone)
    key = await Counter(live.parts, time).key()
    desk = Desk(live, sandbox, Machine(live.phone(6).http, key), who, HOLDERS[which].name)
    await page.goto(f"{live.phone(1).origin}/console/")
    await page.get_by_label("设备密钥").fill(key)
    await page.get_by_label("工号").fill(OPERATOR)
    await page.get_by_label("PIN", exact=True).fill(PIN)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("区慧敏")).to_be_visible()
    return desk


async def visit_over(desk: Desk) -> None:
    ended = {"patient_id": (await desk.insured())["patient_id"], "department_code": "D0301"}
    done = await desk.sandbox.http.post("/_control/hospital/fees/end_consultation", json=ended)
    done.raise_for_status()


async def looked_up(page: Page, desk: Desk) -> None:
    """The identity card is read for the patient, and the cashier chooses the visit."""
    await expect(page.get_by_label("就诊卡号，或身份证号")).to_be_focused()
    await page.keyboard.type((await desk.insured())["document_number"])
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="收这次费用").first.click()
    await expect(page.get_by_text("应收自付")).to_be_visible()
    await expect(page.get_by_label("请扫付款码")).to_be_focused()


async def reads(page: Page, what: str) -> None:
    """F6, then the scanner or the card reader types and presses Enter."""
    await page.keyboard.press("F6")
    await expect(page.get_by_label("读医保卡或凭证")).to_be_focused()
    await page.keyboard.type(what)
    await page.keyboard.press("Enter")


async def picture(page: Page, name: str) -> None:
    """Kept where `JIUYI_SHOTS` says, to be looked at beside the mockup."""
    folder = os.environ.get("JIUYI_SHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"cashier-insurance-{name}.png")


async def test_a_voucher_is_scanned_and_the_own_part_taken(
    live: Live, sandbox: Sandbox, time: AppClock, window: Page
) -> None:
    desk = await signed_in(window, live, sandbox, time, InsuranceClass.GZ_EMPLOYEE)
    await visit_over(desk)
    await looked_up(window, desk)
    status = window.get_by_role("status")
    await reads(window, (await desk.voucher("P0000002"))["token"])
    await expect(status).to_contain_text("不是这一单的就诊人")
    await picture(window, "other-person")
    token = (await desk.voucher())["token"]
    await reads(window, token)
    await expect(status).to_contain_text("请患者核对后确认医保结算")
    await expect(status).to_contain_text("广州职工医保")
    assert token not in await window.content()
    # The account pays all that the fund leaves; without it the patient does.
    await expect(status).to_contain_text("患者自付¥0.00")
    await window.get_by_text("用个人账户支付").click()
    await expect(window.get_by_text("医保统筹（已预结，待确认）")).to_be_visible()
    await picture(window, "split")
    await window.get_by_role("button", name="English").click()
    await expect(status).to_contain_text("Have the patient check the split")
    await expect(status).to_contain_text("Personal account− 0.00")
    await picture(window, "split-en")
    await window.get_by_role("button", name="中文").click()
    await expect(status).to_contain_text("请患者核对后确认医保结算")
    # What is being split is on the screen again after a power cut, and the patient's name with it.
    await window.reload()
    await expect(status).to_contain_text("请患者核对后确认医保结算")
    await expect(window.get_by_text("陈*华").first).to_be_visible()
    await window.keyboard.press("F9")
    await expect(window.get_by_text("医保统筹（已结算）")).to_be_visible()
    await expect(window.get_by_label("请扫付款码")).to_be_focused()
    await picture(window, "to-collect")
    await window.keyboard.type(PAYS)
    await window.keyboard.press("Enter")
    await expect(status).to_contain_text("收款成功")
    await expect(status).to_contain_text("医保结算")
    await picture(window, "paid")
    await window.keyboard.press("Enter")
    await expect(window.get_by_label("就诊卡号，或身份证号")).to_be_focused()


async def test_an_own_part_that_cannot_be_paid_takes_the_insurance_back(
    live: Live, sandbox: Sandbox, time: AppClock, window: Page
) -> None:
    desk = await signed_in(window, live, sandbox, time, InsuranceClass.OUT_OF_PROVINCE)
    await visit_over(desk)
    await looked_up(window, desk)
    status = window.get_by_role("status")
    await window.keyboard.press("F6")
    await window.get_by_text("身份证", exact=True).click()
    await reads(window, (await desk.insured())["document_number"])
    await expect(status).to_contain_text("省外异地医保")
    await window.get_by_text("用个人账户支付").click()
    await expect(window.get_by_text("医保统筹（已预结，待确认）")).to_be_visible()
    await expect(status).to_contain_text("− 0.00")
    await window.keyboard.press("F9")
    await expect(window.get_by_label("请扫付款码")).to_be_focused()
    await window.keyboard.type(NOT_ENOUGH)
    await window.keyboard.press("Enter")
    await expect(status).to_contain_text("余额不足")
    await window.keyboard.press("Enter")
    await window.reload()
    await expect(window.get_by_text("医保统筹（已结算）")).to_be_visible()
    await window.keyboard.press("Escape")
    await expect(status).to_contain_text("要取消医保结算吗")
    await picture(window, "cancel")
    await window.keyboard.press("F9")
    await expect(status).to_contain_text("医保结算已撤销")
    await picture(window, "reversed")
    await window.keyboard.press("F4")
    await expect(window.get_by_label("请扫付款码")).to_be_focused()
    await window.keyboard.type(PAYS)
    await window.keyboard.press("Enter")
    await expect(status).to_contain_text("收款成功")


async def test_what_the_his_does_not_answer_is_asked_about(
    live: Live, sandbox: Sandbox, time: AppClock, window: Page
) -> None:
    desk = await signed_in(window, live, sandbox, time, InsuranceClass.GZ_EMPLOYEE)
    await visit_over(desk)
    await looked_up(window, desk)
    status = window.get_by_role("status")
    await reads(window, (await desk.voucher())["token"])
    await expect(status).to_contain_text("请患者核对后确认医保结算")
    await sandbox.fault("his", "cut_after", match="settlements.settle", times=1)
    await window.keyboard.press("F9")
    await expect(status).to_contain_text("医保结果未知")
    await expect(window.get_by_label("就诊卡号，或身份证号")).to_have_count(0)
    await picture(window, "unknown")
    await window.keyboard.press("F8")
    # The personal account pays what the fund leaves: nothing is left to take.
    await expect(status).to_contain_text("医保结算完成，费用已结清")
    await picture(window, "done")
    await window.keyboard.press("Enter")
    await expect(window.get_by_label("就诊卡号，或身份证号")).to_be_focused()
    # No code was scanned for it: it stands in the shift's list all the same, and can be given back from there, as soon
    # as the HIS has entered it.
    await until_entered(live)
    await window.get_by_role("button", name="退款").last.click()
    await expect(window.get_by_text("瑞舒伐他汀钙片").first).to_be_visible()
    await picture(window, "give-back")
