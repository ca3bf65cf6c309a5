"""The product's Alipay client against the sandbox: every outcome of every call."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from jiuyi.adapters.alipay.pay import AlipayPay, Cancelled
from jiuyi.app.alipay import connect
from jiuyi.app.settings.alipay import Alipay
from jiuyi.domains.payments.ports import BalanceShort
from jiuyi.domains.payments.types import CloseOutcome, GivenBackState, PrepareAsk, RefundAsk, TradeState
from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.kit.outcomes import Garbled, Refused, Unanswered, Unreachable
from jiuyi_sandbox.alipay import behaviours
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("I06")
MAGIC = {name: behaviours.PAYMENT_BASE + ending for ending, (name, _) in behaviours.PAYMENTS.items()}
MAGIC_REFUND = {name: behaviours.REFUND_BASE + ending for ending, (name, _) in behaviours.REFUNDS.items()}
LIFE = "alipay_life"


class Desk:
    """The hospital's account at Alipay, and a person who pays there."""

    def __init__(self, sandbox: Sandbox, pay: AlipayPay, clock: Clock, payer: str) -> None:
        self.sandbox = sandbox
        self.pay = pay
        self.clock = clock
        self.payer = payer

    def ask(self, number: str, fen: int = 1500) -> PrepareAsk:
        ends = self.clock.now() + timedelta(minutes=15)
        return PrepareAsk(number, self.pay.app_id(LIFE), self.payer, fen, "挂号费/心血管内科=1&2", ends)

    async def paid(self, number: str, fen: int = 1500) -> str:
        trade = await self.pay.prepare(self.ask(number, fen))
        await self.sandbox.http.post(f"/_control/alipay/trades/{trade}/confirm", json={"behaviour": "normal"})
        return trade

    def back(self, number: str, trade: str, fen: int, of: int) -> RefundAsk:
        return RefundAsk(f"{number}R", number, trade, fen, of, "取消预约")


@pytest_asyncio.fixture
async def desk(sandbox: Sandbox) -> AsyncIterator[Desk]:
    clock, keys = Clock(), sandbox.keys["alipay"]
    known = {field.name for field in msgspec.structs.fields(Alipay)}
    texts = {name: value for name, value in keys.items() if name in known and isinstance(value, str)}
    connected = connect(Alipay(**texts), Journal(), clock, sandbox.product_url)
    assert connected.pay is not None
    people = (await sandbox.http.get("/_control/alipay/people")).raise_for_status().json()["people"]
    yield Desk(sandbox, connected.pay, clock, people[0]["life_open_id"])
    for caller in connected.callers:
        await caller.close()


async def test_what_preparing_can_come_to(desk: Desk) -> None:
    pay = desk.pay
    with pytest.raises(Refused, match="insufficient-isv-permissions"):
        await pay.prepare(desk.ask("ALD00000001", MAGIC["create_refused"]))
    with pytest.raises(Unreachable):
        await pay.prepare(desk.ask("ALD00000002", MAGIC["create_busy"]))
    asked = desk.ask("ALD00000003", MAGIC["create_unanswered"])
    with pytest.raises(Unanswered):
        await pay.prepare(asked)
    assert (await pay.query("ALD00000003")).state is TradeState.WAITING
    assert await pay.prepare(asked)
    for payer, word in (("2088000000000001", "INVALID_PARAMETER"), ("2088000000000002", "BUYER_ENABLE_STATUS_FORBID")):
        with pytest.raises(Refused, match=word):
            await pay.prepare(msgspec.structs.replace(desk.ask(f"ALD{payer[-8:]}"), payer=payer))
    with pytest.raises(KeyError):
        pay.invoke("somebody else's app", "1")


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"kind": "cut_after"}, Unanswered),
        ({"kind": "status", "value": 500}, Unanswered),
        ({"kind": "status", "value": 404}, Garbled),
        ({"kind": "status", "value": 429}, Unreachable),
        ({"kind": "garbled"}, Garbled),
    ],
    ids=str,
)
async def test_an_answer_that_cannot_be_believed_is_no_answer(
    desk: Desk, fault: dict[str, Any], outcome: type[Exception]
) -> None:
    await desk.sandbox.fault("alipay", match="trade.query", times=1, **fault)
    with pytest.raises(outcome) as raised:
        await desk.pay.query("ALE00000001")
    assert type(raised.value) is outcome
    assert (await desk.pay.query("ALE00000001")).state is TradeState.ABSENT


async def test_doubt_about_a_payment_is_doubt(desk: Desk) -> None:
    trade = await desk.pay.prepare(desk.ask("ALF00000001", MAGIC["unknown_then_paid"]))
    await desk.sandbox.http.post(f"/_control/alipay/trades/{trade}/confirm", json={})
    for _ in range(2):
        with pytest.raises(Unanswered):
            await desk.pay.query("ALF00000001")
    assert (await desk.pay.query("ALF00000001")).state is TradeState.PAID


async def test_closing_and_cancelling(desk: Desk) -> None:
    pay = desk.pay
    trade = await desk.paid("ALG00000001")
    await pay.refund(desk.back("ALG00000001", trade, 1500, 1500))
    # Paid and all given back is closed there; it was paid all the same.
    assert await pay.close("ALG00000001") is CloseOutcome.PAID
    assert (await pay.query("ALG00000001")).state is TradeState.PAID
    assert await pay.cancel("ALG00000000") is Cancelled.NOTHING
    await pay.prepare(desk.ask("ALG00000002"))
    assert await pay.cancel("ALG00000002") is Cancelled.CLOSED
    assert (await pay.query("ALG00000002")).state is TradeState.CLOSED
    await desk.paid("ALG00000003")
    assert await pay.cancel("ALG00000003") is Cancelled.REFUNDED


async def test_refunds(desk: Desk) -> None:
    pay = desk.pay
    for name, outcome in (
        ("not_enough", BalanceShort),
        ("not_allowed", Refused),
        ("frozen", Refused),
        ("unanswered", Unanswered),
        ("not_done", Unanswered),
    ):
        number = f"ALH{MAGIC_REFUND[name]:08d}"
        asked = desk.back(number, await desk.paid(number, 100000), MAGIC_REFUND[name], 100000)
        with pytest.raises(outcome) as raised:
            await pay.refund(asked)
        assert type(raised.value) is outcome, name
        known = (await pay.query_refund(asked.out_refund_no, number)).state
        assert known is (GivenBackState.SUCCESS if name == "unanswered" else GivenBackState.UNSEEN), name
    number = "ALH00000001"
    slow = desk.back(number, await desk.paid(number, 100000), MAGIC_REFUND["slow"], 100000)
    first, again = await pay.refund(slow), await pay.refund(slow)
    assert first == again
    assert (first.state, first.refund_fen, first.total_fen) == (GivenBackState.PROCESSING, slow.refund_fen, 100000)
    with pytest.raises(Refused, match="DISCORDANT"):
        await pay.refund(msgspec.structs.replace(slow, refund_fen=1))
    # Two parts of one payment: each has its own amount, whatever the sums say.
    number = "ALH00000002"
    trade = await desk.paid(number)
    one = msgspec.structs.replace(desk.back(number, trade, 400, 1500), out_refund_no=f"{number}R1")
    two = msgspec.structs.replace(desk.back(number, trade, 600, 1500), out_refund_no=f"{number}R2")
    assert [(await pay.refund(each)).refund_fen for each in (one, two)] == [400, 600]
