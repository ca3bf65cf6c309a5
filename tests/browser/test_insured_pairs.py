"""Every insurance in every channel that has it (docs/requirements.md, F04 and F22 to F26), by hand in Chromium.

One product, one sandbox and one browser for all; each pair has its holder, on their own phone, with fresh bills.
Sign-in, binding and the choice of bills go over HTTP, because they have tests of their own. `JIUYI_PICTURES=folder`
keeps a picture of the split, the result and the reversal.
"""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.insurance import rules, settings
from jiuyi.domains.insurance.service import change_capability
from jiuyi.domains.insurance.types import CLASS_NAMES, Capability, InsuranceClass
from jiuyi.kit.money import yuan
from tests.browser.insured_pairs import ACCOUNT_FEN, KINDS, Hand, Opened, centre_order, new_page, until_reversed
from tests.support.holders import ONLINE, insured
from tests.support.live import Live
from tests.support.visits import Visitor
from tests.support.waiting import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.feature("F04", "F22", "F23", "F24", "F25", "F26", "I02", "I06"),
]
C = InsuranceClass
# Of this order alone: other tests leave orders that are paid.
_LEFT = """
SELECT account FROM payments.entry WHERE order_id = %(order)s GROUP BY account HAVING sum(amount_fen) <> 0
"""
PAIRS = [(channel, which) for which in ONLINE for channel in KINDS if (channel, which) != ("W", C.GZ_ORDINARY)]


@pytest_asyncio.fixture(loop_scope="module")
async def hand(shared: Live, chrome: Browser, channel: str, which: InsuranceClass) -> AsyncIterator[Hand]:
    """The pair's holder at their phone, on the page of the bills they chose."""
    opened, errors = Opened(shared, which, KINDS[channel]), list[str]()
    await opened.prepare()
    page = await new_page(chrome, errors)
    made = Hand(opened, page)
    await made.start()
    yield made
    found = await page.evaluate("window.MiniProgram ? MiniProgram.program.log.errors : []")
    await page.context.close()
    await opened.leave()
    assert [*errors, *found] == []


@pytest.mark.parametrize(("channel", "which"), PAIRS)
async def test_settled_paid_and_taken_back(hand: Hand, channel: str) -> None:
    walk, opened = hand.walk, hand.opened
    heard = max((one["id"] for one in await opened.live.sandbox.journal("his")), default=0)
    await hand.chooses()
    await hand.consents()
    split = await opened.settlement()
    for name in ("total_fen", "pooled_fen", "own_fen"):
        assert split[name] > 0, name
    assert split["personal_account_fen"] == (0 if opened.which is C.GZ_ORDINARY else ACCOUNT_FEN)
    for name in ("total_fen", "pooled_fen", "personal_account_fen", "own_fen"):
        await walk.see(f"¥{yuan(split[name])}")
    assert bool(split["disease"]) is bool(opened.holder.disease)
    await walk.see(split["disease"] or split["class_name"])
    await walk.picture("split")
    await hand.pays()
    await walk.picture("paid")
    paid = await opened.look()
    assert (paid["state"], paid["insurance_fen"], paid["own_fen"]) == (
        "paid",
        split["total_fen"] - split["own_fen"],
        split["own_fen"],
    )
    await walk.see(paid["receipt_no"])
    await hand.gives_back()
    back = await until_reversed(opened)
    await walk.see(f"医保 ¥{yuan(paid['insurance_fen'])} 已撤销，自付 ¥{yuan(paid['own_fen'])} 已退回")
    await walk.see("已到账")
    await walk.picture("refunded")
    assert back["state"] == "reversed"
    sandbox = opened.live.sandbox
    assert {"fees.confirm", "fees.refund"} <= {one["what"] for one in await sandbox.journal("his", since=heard)}
    order = await centre_order(sandbox, split)
    assert [(one["fund"], one["account"], one["status"]) for one in order["refunds"]] == [
        (split["pooled_fen"], split["personal_account_fen"], "SUCC")
    ]
    async with opened.live.parts.db.tx() as tx:
        left = await tx.values(_LEFT, {"order": opened.order_id})
    assert left == []
    assert channel in KINDS


@pytest.mark.parametrize(("channel", "which"), [("W", C.GZ_EMPLOYEE), ("M", C.IN_PROVINCE)])
async def test_a_pair_that_is_switched_off_cannot_be_chosen(hand: Hand) -> None:
    parts, opened = hand.opened.live.parts, hand.opened
    cell = rules.cell(parts.knobs.get(settings.CAPABILITIES), opened.which, opened.phone.channel)
    assert cell is not None
    off = msgspec.structs.replace(cell, on=False, off_zh="医保系统年终结转，暂停线上结算", off_en="Year-end closing")
    await _switch(hand, off)
    try:
        await hand.walk.tap("用医保结算")
        await hand.unfolds("不能在这里用的类别")
        await hand.walk.see("医保系统年终结转")
        option = hand.page.locator(".j-row").filter(has_text=CLASS_NAMES[opened.which][0], visible=True)
        assert await option.get_attribute("aria-disabled") == "true"
        await hand.walk.picture("off")
        await hand.walk.tap("自费")
        await hand.page.locator(".j-btn:not(.j-btn--off)").filter(has_text="自费支付", visible=True).wait_for()
    finally:
        await _switch(hand, cell)


async def _switch(hand: Hand, cell: Capability) -> None:
    parts = hand.opened.live.parts
    async with parts.db.tx() as tx:
        await change_capability(tx, parts.knobs, cell, actor=Actor.system("test"), why="year end")
    await parts.knobs.load(parts.db)


@pytest.mark.parametrize(("channel", "which"), [("W", C.GZ_EMPLOYEE)])
async def test_refused_by_the_insurance_and_paid_oneself(hand: Hand) -> None:
    sandbox, row = hand.opened.live.sandbox, await insured(hand.opened.live.sandbox, hand.opened.holder)
    for state in ("2", "1"):
        (
            await sandbox.http.put("/_control/insurance/people", json={"psn_no": row["psn_no"], "state": state})
        ).raise_for_status()
        if state == "2":
            await hand.chooses()
            await hand.agrees()
            await hand.walk.see("医保没有算成")
            await hand.walk.picture("refused")
    await hand.pays_oneself()
    await hand.walk.picture("paid-oneself")


@pytest.mark.parametrize(("channel", "which"), [(channel, C.CITY_DIRECT) for channel in KINDS])
async def test_agreed_to_and_called_off(hand: Hand) -> None:
    await hand.chooses()
    await hand.consents()
    await hand.opens_cashier()
    await hand.leaves()
    await hand.walk.see("还没有收到付款结果")
    await hand.walk.picture("left")
    await hand.walk.press("取消医保结算")
    await hand.walk.see("这次医保结算已取消")
    await hand.walk.picture("called-off")
    shown = await hand.opened.settlement()
    assert (shown["state"], shown["facts"]["happened"]) == ("dropped", "您取消了这次医保结算")
    assert (await centre_order(hand.opened.live.sandbox, shown))["state"] == 12
    await hand.pays_oneself()
    paid = await hand.opened.look()
    assert (paid["insurance_fen"], paid["own_fen"]) == (0, paid["total_fen"])


@pytest.mark.parametrize(("channel", "which"), [("W", C.IN_PROVINCE), ("M", C.IN_PROVINCE)])
async def test_what_no_insurance_pays_is_shown_apart_and_paid_next(hand: Hand) -> None:
    opened = hand.opened
    mixed = {"patient_id": opened.holder.patient_id, "department_code": "D0401"}
    made = await opened.live.sandbox.http.post("/_control/hospital/fees/end_consultation", json=mixed)
    await opened.choose(made.raise_for_status().json()["visit_no"])
    whole = opened.checkout
    await hand.start()
    await hand.walk.see("可用医保")
    await hand.walk.see("只能自费")
    await hand.walk.picture("apart")
    await hand.walk.press("先用医保结算")
    await hand.chooses(entry=False)
    await hand.consents()
    await hand.pays()
    await hand.walk.see("要自费")
    await hand.walk.picture("rest")
    await hand.walk.press("继续自费支付")
    await hand.walk.see("应付")
    await hand.walk.picture("rest-due")
    await hand.confirms_own_part()
    items = (await opened.phone.get("/api/fees/checkouts", patient_id=opened.patient)).json()["items"]
    assert sum(one["total_fen"] for one in items[:2]) == whole["total_fen"]
    assert [one["state"] for one in items[:2]] == ["paid", "paid"]
    assert items[0]["insurance_fen"] == 0 < items[1]["insurance_fen"]


@pytest.mark.parametrize(("channel", "which"), [("W", C.GZ_EMPLOYEE)])
async def test_a_visit_is_paid_with_the_class_that_was_chosen_before_the_place_was_held(hand: Hand) -> None:
    opened, walk = hand.opened, hand.walk
    visitor = Visitor(opened.live, opened.phone, UUID(opened.patient))
    slot = await visitor.slot()
    await hand.opens(f"pages/booking/confirm?slot={slot['id']}")
    await walk.tap(CLASS_NAMES[opened.which][0])
    await walk.see("最多自付")
    await hand.page.get_by_role("checkbox").filter(visible=True).first.click()
    await walk.press("锁定号源")
    await walk.see("号源已锁定")
    await walk.press("去医保试算")
    await hand.consents()
    (held,) = await visitor.listed("upcoming")
    await hand.opens(f"pages/booking/hold?id={held}")
    await walk.see("医保统筹（已试算）")
    await walk.picture("held-split")
    order = (await visitor.appointment(held))["order_id"]
    split = (await opened.phone.get(f"/api/orders/{order}/settlement")).json()
    await walk.press("微信支付" if split["own_fen"] else "确认，医保全部支付")
    await hand.confirms("约好了")
    booked = await until(lambda: visitor.appointment(held), lambda one: one["state"] == "booked")
    paid = (await opened.phone.get(f"/api/orders/{booked['order_id']}")).json()
    assert paid["insurance_fen"] == split["total_fen"] - split["own_fen"] > 0
    await walk.picture("held-booked")
    forgotten = await opened.phone.send("PUT", f"/api/patients/{opened.patient}/insurance", {"insurance_class": None})
    assert forgotten.status_code == 204, forgotten.text
    gone = await opened.phone.post(f"/api/appointments/{held}/cancel", {"reason": "time"})
    assert gone.status_code == 200, gone.text
    await until(lambda: visitor.appointment(held), lambda one: one["pay_state"] == "refunded")
