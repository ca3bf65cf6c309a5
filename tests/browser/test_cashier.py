"""The desk's cashier in Chromium, against the sandbox's WeChat: keyboard only, as with a scanner."""

import os
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.support.clock import AppClock
from tests.support.counter import CARD, OPERATOR, PIN, Counter
from tests.support.live import Live

pytestmark = [pytest.mark.browser, pytest.mark.feature("I07"), pytest.mark.slow]

PAYS, ASKS, NEVER, EXPIRED, LOST = ("13990000000000" + number + "01" for number in ("00", "01", "02", "04", "11"))
"""The sandbox's magic codes of its first person."""


@pytest_asyncio.fixture
async def desk(live: Live, time: AppClock) -> Counter:
    return Counter(live.parts, time)


async def signed_in(window: Page, live: Live, desk: Counter) -> None:
    await window.goto(f"{live.phone(1).origin}/console/")
    await window.get_by_label("设备密钥").fill(await desk.key())
    await window.get_by_label("工号").fill(OPERATOR)
    await window.get_by_label("PIN", exact=True).fill(PIN)
    await window.keyboard.press("Enter")
    await expect(window.get_by_text("区慧敏")).to_be_visible()


async def looked_up(window: Page) -> None:
    """The card is read: the reader types and presses Enter; the cursor then waits for the code."""
    await expect(window.get_by_label("就诊卡号，或身份证号")).to_be_focused()
    await window.keyboard.type(CARD)
    await window.keyboard.press("Enter")
    await expect(window.get_by_text("陈*华").first).to_be_visible()
    await expect(window.get_by_label("请扫付款码")).to_be_focused()


async def scan(window: Page, code: str) -> None:
    await expect(window.get_by_label("请扫付款码")).to_be_focused()
    await window.keyboard.type(code)
    await window.keyboard.press("Enter")


async def gives_up(window: Page) -> None:
    """Esc asks, Esc again keeps waiting; only F9 after the question gives the collection up."""
    status = window.get_by_role("status")
    await window.keyboard.press("F9")
    await window.keyboard.press("Escape")
    await expect(status).to_contain_text("要取消这笔收款吗")
    await window.keyboard.press("Escape")
    await expect(status).not_to_contain_text("要取消这笔收款吗")
    await expect(status).not_to_contain_text("正在取消")
    await window.keyboard.press("Escape")
    await expect(status).to_contain_text("要取消这笔收款吗")
    await window.keyboard.press("F9")
    await expect(status).to_contain_text("正在取消")


async def picture(window: Page, name: str) -> None:
    """Kept where `JIUYI_SHOTS` says, to be looked at beside the mockup."""
    folder = os.environ.get("JIUYI_SHOTS")
    if folder:
        await window.screenshot(path=Path(folder) / f"cashier-{name}.png")


async def test_a_patient_pays_and_the_next_comes(live: Live, desk: Counter, window: Page) -> None:
    patient = await desk.patient()
    await desk.owes(patient)
    await desk.owes(patient, 120)
    await signed_in(window, live, desk)
    await looked_up(window)
    await expect(window.get_by_text("伍拾元伍角整")).to_be_visible()
    await scan(window, PAYS)
    status = window.get_by_role("status")
    await expect(status).to_contain_text("收款成功")
    await expect(status).to_contain_text("微信付款码收到 50.50 元")
    await expect(window.get_by_role("table").last).to_contain_text("收款成功")
    await picture(window, "paid")
    assert PAYS not in await window.content()
    await window.keyboard.press("Enter")
    await looked_up(window)
    await expect(window.get_by_text("壹元贰角整")).to_be_visible()


async def test_what_waits_and_what_fails_is_said(live: Live, desk: Counter, window: Page, sandbox: Any) -> None:
    order = await desk.owes(await desk.patient())
    await signed_in(window, live, desk)
    await looked_up(window)
    status = window.get_by_role("status")
    await scan(window, EXPIRED)
    await expect(status).to_contain_text("付款码已过期")
    await expect(status).to_contain_text("没有扣款")
    await picture(window, "refused")
    await window.keyboard.press("Enter")
    await scan(window, NEVER)
    await expect(status).to_contain_text("等待患者输密码")
    await picture(window, "waiting")
    await window.get_by_role("button", name="English").click()
    await expect(status).to_contain_text("Waiting for the patient to confirm")
    await picture(window, "waiting-en")
    await window.get_by_role("button", name="中文").click()
    await gives_up(window)
    await desk.forward(31)
    await sandbox.move_clock(31, only_sandbox=True)
    await window.keyboard.press("F8")
    await expect(status).to_contain_text("已撤销")
    await picture(window, "stopped")
    assert (await desk.order(order)).received_fen == 0
    await window.keyboard.press("Enter")
    await scan(window, LOST)
    await expect(status).to_contain_text("结果未知")
    await picture(window, "unknown")
    await window.keyboard.press("F8")
    await expect(status).to_contain_text("收款成功")
    found = await desk.order(order)
    assert (found.received_fen, found.paid_fen) == (5050, 5050)


async def test_digits_that_are_no_code_and_an_unknown_card(live: Live, desk: Counter, window: Page) -> None:
    await desk.owes(await desk.patient())
    await signed_in(window, live, desk)
    await expect(window.get_by_label("就诊卡号，或身份证号")).to_be_focused()
    await window.keyboard.type("999999")
    await window.keyboard.press("Enter")
    await expect(window.get_by_text("没有找到这张卡或证件的线上档案")).to_be_visible()
    await window.get_by_label("就诊卡号，或身份证号").fill("")
    await looked_up(window)
    await scan(window, CARD)
    await expect(window.get_by_text("不是可以收款的付款码")).to_be_visible()
    await window.get_by_role("button", name="交班").click()
    await expect(window.get_by_label("设备密钥")).to_be_visible()
    await picture(window, "sign-in")


async def test_what_was_being_taken_is_there_again_after_a_power_cut(live: Live, desk: Counter, window: Page) -> None:
    await desk.owes(await desk.patient())
    await signed_in(window, live, desk)
    await looked_up(window)
    await scan(window, NEVER)
    status = window.get_by_role("status")
    await expect(status).to_contain_text("等待患者输密码")
    await window.reload()
    await expect(status).to_contain_text("等待患者输密码")
    await expect(window.get_by_label("就诊卡号，或身份证号")).to_be_disabled()
    await gives_up(window)


async def test_half_of_what_was_taken_goes_back(live: Live, desk: Counter, window: Page) -> None:
    order = await desk.owes(await desk.patient())
    await signed_in(window, live, desk)
    await looked_up(window)
    await scan(window, PAYS)
    await expect(window.get_by_role("status")).to_contain_text("收款成功")
    await window.get_by_role("table").last.get_by_role("button", name="退款").click()
    await window.get_by_label("退款金额（元）").fill("25.25")
    await window.get_by_label("退款原因").fill("多收退回")
    await window.get_by_role("button", name="确认退款").click()
    await expect(window.get_by_text("已受理退款 ¥25.25，原路退回；这一单还可退 ¥25.25。")).to_be_visible()
    await picture(window, "refund")
    assert (await desk.order(order)).asked_fen == 2525
