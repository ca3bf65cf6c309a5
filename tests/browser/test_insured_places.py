"""A place that has to be paid for, with an insurance and back again, by hand in Chromium.

The place is held over HTTP, because booking has tests of its own. `JIUYI_PICTURES=folder` keeps the pictures.
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from jiuyi.domains.insurance.types import InsuranceClass
from jiuyi.kit.money import yuan
from tests.browser.insured_pairs import KINDS, Hand, Opened, centre_order, new_page
from tests.support.live import Live
from tests.support.visits import Visitor
from tests.support.waiting import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.feature("F02", "F04", "F23", "I06", "I08"),
]
C = InsuranceClass
_LEFT = """
SELECT account FROM payments.entry WHERE order_id = %(order)s GROUP BY account HAVING sum(amount_fen) <> 0
"""


class Placed(Opened):
    """The class's own holder, with a place held that is to be paid."""

    account_fen = 100
    """Too little for the rest of a fee: each of the three pays."""
    paid_words = "约好了，自付"

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.appointment: dict[str, Any] = {}

    @property
    def order_id(self) -> str:
        return str(self.appointment["order_id"])

    @property
    def target(self) -> str:
        return f"pages/booking/hold?id={self.appointment['id']}"

    async def prepare(self) -> None:
        await self.bind()
        visitor = Visitor(self.live, self.phone, UUID(self.patient))
        self.appointment = await visitor.book((await visitor.slot())["id"])
        self.appointment = await self.until("state", "awaiting_payment")

    async def until(self, name: str, wanted: str) -> dict[str, Any]:
        async def look() -> dict[str, Any]:
            found: dict[str, Any] = (await self.phone.get(f"/api/appointments/{self.appointment['id']}")).json()
            return found

        return await until(look, lambda one: one[name] == wanted)


@pytest_asyncio.fixture(loop_scope="module")
async def hand(shared: Live, chrome: Browser, channel: str, which: InsuranceClass) -> AsyncIterator[Hand]:
    """The holder at their phone, on the page of the place that is held."""
    opened, errors = Placed(shared, which, KINDS[channel]), list[str]()
    await opened.prepare()
    page = await new_page(chrome, errors)
    made = Hand(opened, page)
    await made.start()
    yield made
    found = await page.evaluate("window.MiniProgram ? MiniProgram.program.log.errors : []")
    await page.context.close()
    await opened.leave()
    assert [*errors, *found] == []


@pytest.mark.parametrize(("channel", "which"), [("W", C.GZ_EMPLOYEE), ("M", C.PROVINCE_DIRECT)])
async def test_a_registration_fee_is_settled_paid_and_given_back(hand: Hand) -> None:
    walk, opened = hand.walk, hand.opened
    assert isinstance(opened, Placed)
    await hand.chooses()
    await hand.consents()
    split = await opened.settlement()
    for name in ("total_fen", "pooled_fen", "personal_account_fen", "own_fen"):
        assert split[name] > 0, name
        await walk.see(f"¥{yuan(split[name])}")
    assert split["total_fen"] == opened.appointment["fee_fen"]
    await walk.picture("place-split")
    await hand.pays()
    await walk.picture("place-paid")
    paid = await opened.until("state", "booked")
    assert paid["pay_state"] == "paid"
    insured, own = f"¥{yuan(split['total_fen'] - split['own_fen'])}", f"¥{yuan(split['own_fen'])}"
    await walk.see(f"医保支付 {insured}")
    await walk.press("查看预约")
    await walk.picture("place-ticket")
    await walk.cancels()
    await opened.until("pay_state", "refunded")
    await walk.see(f"医保 {insured} 已撤销，自付 {own} 已原路退回付款账户")
    await walk.picture("place-refunded")
    assert (await opened.settlement())["state"] == "reversed"
    order = await centre_order(opened.live.sandbox, split)
    assert [(one["fund"], one["account"], one["status"]) for one in order["refunds"]] == [
        (split["pooled_fen"], split["personal_account_fen"], "SUCC")
    ]
    async with opened.live.parts.db.tx() as tx:
        left = await tx.values(_LEFT, {"order": opened.order_id})
    assert left == []
