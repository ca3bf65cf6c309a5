"""The day of all desks in Chromium: what finance reads adds up, page by page, and can be taken away as a sheet."""

import csv
import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments import settings
from jiuyi.domains.payments.types import RefundState
from jiuyi.domains.staff.types import Role
from tests.support.clock import AppClock
from tests.support.counter import OPERATOR, PIN, Counter, Machine, signing_in
from tests.support.live import Live
from tests.support.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.feature("I07"), pytest.mark.slow]
WECHAT, UNIONPAY = "139900000000000001", "6299000000000000001"
MANY = 51
"""One more payment than a page has lines."""


async def lived(live: Live, desk: Counter) -> None:
    """A window and a self-service machine take 50.50, 1.20 and 8.08 in two ways, and a half goes back."""
    parts = live.parts
    async with parts.db.tx() as tx:
        for knob in (settings.REFUND_ASK_SECONDS, settings.REFUND_GAP_SECONDS):
            await parts.knobs.set(tx, knob, 1, who="system:test", why="nobody waits a minute here")
    await parts.knobs.load(parts.db)
    patient = await desk.patient()
    machine = Machine(live.phone(1).http, await desk.key())
    (await machine.post("shift", signing_in())).raise_for_status()
    kiosk = Machine(live.phone(2).http, await desk.key("kiosk-1", Role.SELF_SERVICE))
    first = await desk.owes(patient)
    assert (await machine.take(first, WECHAT))["standing"] == "paid"
    taken = await machine.take(await desk.owes(patient, 120), UNIONPAY)
    await until(lambda: machine.stands(taken), lambda one: one["standing"] == "paid", live.idle)
    assert (await kiosk.take(await desk.owes(patient, 808), WECHAT))["standing"] == "paid"
    back = {"amount_fen": 2525, "reason": "多收退回"}
    (await machine.post(f"orders/{first.id}/refunds", back, **{"idempotency-key": "back-0001"})).raise_for_status()

    async def refund() -> RefundState:
        async with parts.db.tx() as tx:
            (found,) = await payments.refunds_of(tx, first.id)
        return found.state

    await until(refund, lambda state: state is RefundState.DONE, live.idle)


async def signed_in(page: Page, live: Live, desk: Counter) -> None:
    await page.goto(f"{live.phone(1).origin}/console/")
    await page.get_by_label("设备密钥").fill(await desk.key("finance-1", Role.FINANCE_READ))
    await page.get_by_label("工号").fill(OPERATOR)
    await page.get_by_label("PIN", exact=True).fill(PIN)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="窗口收款日报")).to_be_visible()


def fen(text: str) -> int:
    """What a cell of money says: `1,234.50`, or `25.25 · 1 笔` where refunds are counted beside it."""
    amount = text.partition("·")[0].strip().replace("−", "-")
    return int(amount.replace(",", "").replace(".", "").replace("—", "0"))


async def table(page: Page, name: str) -> list[list[str]]:
    """The cells of every row below the head."""
    rows = page.get_by_role("table", name=name).locator("tbody tr, tfoot tr")
    return [await row.locator("td").all_inner_texts() for row in await rows.all()]


async def picture(page: Page, name: str) -> None:
    """Kept where `JIUYI_SHOTS` says, to be looked at beside the mockup."""
    folder = os.environ.get("JIUYI_SHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"finance-{name}.png")


async def test_a_day_adds_up_on_the_screen_and_on_the_sheet(
    live: Live, time: AppClock, window: Page, tmp_path: Path
) -> None:
    desk = Counter(live.parts, time)
    await lived(live, desk)
    await signed_in(window, live, desk)
    await expect(window.get_by_role("table", name="明细")).to_be_visible()
    await picture(window, "day")
    ways, shifts = await table(window, "按支付方式"), await table(window, "按窗口和班次")
    assert [[row[0], *row[1:3]] for row in ways] == [
        ["银联付款码", "1", "1.20"],
        ["微信付款码", "2", "58.58"],
        ["合计", "3", "59.78"],
    ]
    assert [row[-4:-2] for row in shifts] == [["1", "8.08"], ["2", "51.70"], ["3", "59.78"]]
    assert (shifts[0][1], shifts[1][1]) == ("自助", "区慧敏 1027")
    for rows in (ways, shifts):
        for column in (-4, -3, -2, -1):
            assert sum(fen(row[column]) for row in rows[:-1]) == fen(rows[-1][column]), column
        assert (fen(rows[-1][-2]), fen(rows[-1][-1])) == (2525, 5978 - 2525)
    figures = window.get_by_label("合计").locator("b")
    assert [fen(text.removesuffix("元")) for text in await figures.all_inner_texts()] == [5978, 2525, 0, 3453]
    lines = await table(window, "明细")
    assert [(row[7], row[8]) for row in lines] == [("8.08", "—"), ("1.20", "—"), ("50.50", "25.25")]
    async with window.expect_download() as begun:
        await window.get_by_role("button", name="下载明细（CSV）").click()
    kept = tmp_path / "day.csv"
    await (await begun.value).save_as(kept)
    sheet = list(csv.reader(kept.read_text("utf-8-sig").splitlines()))
    assert [cell for cell in sheet[-1] if cell] == ["合计", "3", "59.78", "25.25"]
    await window.get_by_role("button", name="English").click()
    await expect(window.get_by_role("heading", name="A day at the desks")).to_be_visible()
    await expect(window.get_by_role("table", name="By desk and shift")).to_contain_text("Window 3")
    await picture(window, "day-en")
    await window.get_by_role("button", name="中文").click()
    await window.get_by_role("button", name="前一天").click()
    await expect(window.get_by_text("这一天没有窗口收款。")).to_be_visible()
    await picture(window, "empty")
    await window.get_by_role("button", name="后一天").click()
    await expect(window.get_by_role("table", name="明细")).to_be_visible()
    await window.get_by_role("button", name="退出登录").click()
    await expect(window.get_by_label("设备密钥")).to_be_visible()


async def test_a_long_day_is_read_on(live: Live, time: AppClock, window: Page) -> None:
    desk = Counter(live.parts, time)
    patient = await desk.patient()
    kiosk = Machine(live.phone(2).http, await desk.key("kiosk-1", Role.SELF_SERVICE))
    for number in range(MANY):
        await kiosk.take(await desk.owes(patient, 100 + number), WECHAT, f"key-{number:08d}")
    await signed_in(window, live, desk)
    lines = window.get_by_role("table", name="明细").locator("tbody tr")
    await expect(lines).to_have_count(50)
    await window.get_by_role("button", name="显示更多").click()
    await expect(lines).to_have_count(MANY)
    await expect(window.get_by_role("button", name="显示更多")).to_have_count(0)
    rows = await table(window, "明细")
    assert sum(fen(row[7]) for row in rows) == fen((await table(window, "按支付方式"))[-1][2])
