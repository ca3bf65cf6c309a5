"""The product's WeChat Pay client against the sandbox: every outcome of every call."""

from datetime import timedelta
from typing import Any

import pytest

from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.domains.payments.ports import BalanceShort, NoBillYet
from jiuyi.domains.payments.types import BillKind, CloseOutcome, GivenBackState, PrepareAsk, RefundAsk, TradeState
from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.kit.outcomes import Garbled, Refused, Unanswered, Unreachable
from jiuyi.wire.http import Caller
from jiuyi_sandbox.wechat_pay import behaviours
from tests.adapters.wechat.conftest import pay_of
from tests.support.listener import Listener
from tests.support.sandbox import Sandbox

MAGIC = {name: behaviours.PAYMENT_BASE + ending for ending, (name, _) in behaviours.PAYMENTS.items()}
MAGIC_REFUND = {name: behaviours.REFUND_BASE + ending for ending, (name, _) in behaviours.REFUNDS.items()}


def _ask(pay: WechatPay, clock: Clock, number: str, total: int = 1500, payer: str = "oSomebody123") -> PrepareAsk:
    return PrepareAsk(
        number, pay.app_id("wechat_oa"), payer, total, "挂号费 心血管内科", clock.now() + timedelta(minutes=15)
    )


async def _paid(sandbox: Sandbox, pay: WechatPay, clock: Clock, number: str, total: int = 1500) -> str:
    prepay_id = await pay.prepare(_ask(pay, clock, number, total))
    done = (await sandbox.http.post(f"/_control/payments/{prepay_id}/confirm")).json()
    assert done["result"] == "ok"
    return (await pay.query(number)).transaction_id or ""


async def _confirmed(sandbox: Sandbox, pay: WechatPay, clock: Clock, number: str, total: int) -> None:
    prepay_id = await pay.prepare(_ask(pay, clock, number, total))
    await sandbox.http.post(f"/_control/payments/{prepay_id}/confirm")


@pytest.mark.parametrize("mode", ["public_key", "certificate", "both"])
async def test_an_order_from_prepared_to_paid(sandbox: Sandbox, pay: WechatPay, clock: Clock, mode: str) -> None:
    await sandbox.http.put("/_control/wechat_pay", json={"mode": mode})
    assert (await pay.query("JYA00000001")).state is TradeState.ABSENT
    prepay_id = await pay.prepare(_ask(pay, clock, "JYA00000001"))
    waiting = await pay.query("JYA00000001")
    assert (waiting.state, waiting.total_fen) == (TradeState.WAITING, None)
    await sandbox.http.post(f"/_control/payments/{prepay_id}/confirm")
    paid = await pay.query("JYA00000001")
    assert (paid.state, paid.total_fen, paid.currency) == (TradeState.PAID, 1500, "CNY")
    assert (paid.merchant_id, paid.app_id) == (pay.merchant_id, pay.app_id("wechat_oa"))
    assert paid.paid_at
    assert paid.transaction_id
    assert await pay.close("JYA00000001") is CloseOutcome.PAID


async def test_the_cashier_accepts_our_page_signature(sandbox: Sandbox, pay: WechatPay, clock: Clock) -> None:
    call = pay.invoke(pay.app_id("wechat_oa"), await pay.prepare(_ask(pay, clock, "JYB00000001")))
    assert all(isinstance(value, str) for value in call.values())
    page = await sandbox.http.get("/bridge/cashier", params={**call, "origin": "http://localhost:8000", "call": "1"})
    assert '"reason": ""' in page.text


async def test_closing(sandbox: Sandbox, pay: WechatPay, clock: Clock) -> None:
    assert await pay.close("JYC00000000") is CloseOutcome.ABSENT
    await pay.prepare(_ask(pay, clock, "JYC00000001"))
    assert [await pay.close("JYC00000001") for _ in range(2)] == [CloseOutcome.CLOSED] * 2
    assert (await pay.query("JYC00000001")).state is TradeState.CLOSED
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        await pay.prepare(_ask(pay, clock, "JYC00000001"))
    await _confirmed(sandbox, pay, clock, "JYC00000002", 1500)
    with pytest.raises(Refused, match="ORDERPAID"):
        await pay.prepare(_ask(pay, clock, "JYC00000002"))


async def test_what_preparing_can_come_to(pay: WechatPay, clock: Clock) -> None:
    with pytest.raises(Refused, match="NO_AUTH"):
        await pay.prepare(_ask(pay, clock, "JYD00000001", MAGIC["prepay_refused"]))
    with pytest.raises(Refused, match="ACCOUNT_ERROR"):
        await pay.prepare(_ask(pay, clock, "JYD00000002", payer="oMagicBlocked"))
    with pytest.raises(Unreachable):
        await pay.prepare(_ask(pay, clock, "JYD00000003", MAGIC["prepay_busy"]))
    asked = _ask(pay, clock, "JYD00000004", MAGIC["prepay_unanswered"])
    with pytest.raises(Unanswered):
        await pay.prepare(asked)
    assert (await pay.query("JYD00000004")).state is TradeState.WAITING
    assert await pay.prepare(asked)
    await pay.prepare(_ask(pay, clock, "JYD00000005"))
    with pytest.raises(Refused, match="INVALID_REQUEST"):
        await pay.prepare(_ask(pay, clock, "JYD00000005", 1600))


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"kind": "cut_after"}, Unanswered),
        ({"kind": "status", "value": 500}, Unanswered),
        ({"kind": "status", "value": 503}, Unanswered),
        ({"kind": "status", "value": 404}, Garbled),
        ({"kind": "status", "value": 429}, Unreachable),
        ({"kind": "garbled"}, Garbled),
    ],
    ids=str,
)
async def test_an_answer_that_cannot_be_believed_is_no_answer(
    sandbox: Sandbox, pay: WechatPay, fault: dict[str, Any], outcome: type[Exception]
) -> None:
    await sandbox.fault("wechat_pay", match="/transactions/", times=1, **fault)
    with pytest.raises(outcome):
        await pay.query("JYE00000001")
    assert (await pay.query("JYE00000001")).state is TradeState.ABSENT


async def test_an_answer_that_comes_too_late_is_no_answer(sandbox: Sandbox, clock: Clock) -> None:
    caller = Caller("wechat_pay", sandbox.keys["wechat_pay"]["base_url"], Journal(), clock, timeout=1)
    await sandbox.fault("wechat_pay", "latency", match="/transactions/", times=1, value=3)
    with pytest.raises(Unanswered):
        await pay_of(sandbox, clock, caller).query("JYE00000001")
    await caller.close()


async def test_refunds(sandbox: Sandbox, pay: WechatPay, clock: Clock) -> None:
    await sandbox.http.put("/_control/wechat_pay", json={"refund_seconds": 30})
    transaction = await _paid(sandbox, pay, clock, "JYF00000001")
    asked = RefundAsk("JYF00000001R", "JYF00000001", transaction, 1000, 1500, "取消预约")
    assert (await pay.query_refund("JYF00000001R", "JYF00000001")).state is GivenBackState.ABSENT
    first, again = await pay.refund(asked), await pay.refund(asked)
    assert first == again
    assert (first.state, first.refund_fen, first.total_fen) == (GivenBackState.PROCESSING, 1000, 1500)
    assert (await pay.query("JYF00000001")).state is TradeState.PAID
    with pytest.raises(Refused, match="INVALID_REQUEST"):
        await pay.refund(RefundAsk("JYF00000001S", "JYF00000001", transaction, 501, 1500, "取消预约"))
    for name, outcome in {
        "not_enough": BalanceShort,
        "account_abnormal": Refused,
        "unanswered": Unanswered,
    }.items():
        number = f"JYG{MAGIC_REFUND[name]:08d}"
        transaction = await _paid(sandbox, pay, clock, number, 100000)
        with pytest.raises(outcome):
            await pay.refund(RefundAsk(f"{number}R", number, transaction, MAGIC_REFUND[name], 100000, "取消"))
    number = f"JYG{MAGIC_REFUND['unanswered']:08d}"
    assert (await pay.query_refund(f"{number}R", number)).state is GivenBackState.PROCESSING
    number = f"JYG{MAGIC_REFUND['at_once']:08d}"
    transaction = await _paid(sandbox, pay, clock, number, 100000)
    done = await pay.refund(RefundAsk(f"{number}R", number, transaction, MAGIC_REFUND["at_once"], 100000, "取消"))
    assert (done.state, done.done_at is not None) == (GivenBackState.SUCCESS, True)


async def test_the_bill_in_fen(sandbox: Sandbox, product: Listener, pay: WechatPay, clock: Clock) -> None:
    await sandbox.http.put("/_control/wechat_pay", json={"refund_seconds": 0})
    transaction = await _paid(sandbox, pay, clock, "JYH00000001", 123456)
    await pay.refund(RefundAsk("JYH00000001R", "JYH00000001", transaction, 1, 123456, "取消"))
    await product.wait(2)
    day = clock.today()
    with pytest.raises(Refused):
        _ = [line async for line in pay.bill(day)]
    # Nine in the morning of the next day: not made yet.
    midnight = timedelta(days=1) - timedelta(
        seconds=(clock.now() + timedelta(hours=8)).timestamp() % 86400,
    )
    for hours, ready in ((9, False), (11, True)):
        clock.offset = midnight + timedelta(hours=hours)
        await sandbox.move_clock(clock.offset.total_seconds(), only_sandbox=True)
        if not ready:
            with pytest.raises(NoBillYet):
                _ = [line async for line in pay.bill(day)]
        clock.offset = timedelta()
        if ready:
            clock.offset = midnight + timedelta(hours=hours)
    lines = [line async for line in pay.bill(day)]
    assert [(line.kind, line.amount_fen, line.out_trade_no) for line in lines] == [
        (BillKind.PAYMENT, 123456, "JYH00000001"),
        (BillKind.REFUND, 1, "JYH00000001"),
    ]
    assert (lines[0].transaction_id, lines[0].fee_fen, lines[1].out_refund_no) == (transaction, 741, "JYH00000001R")
    assert [line async for line in pay.bill(day - timedelta(days=30))] == []
