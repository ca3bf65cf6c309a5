"""Whole visits in Alipay, on the Life Account's H5 and in the mini program, and what its notices may do to them."""

from typing import Any

import pytest

from tests.journeys.test_fees import FATHER, Payer
from tests.support.live import AlipayPhone, Live, MiniPhone, Phone
from tests.support.visits import Visitor, visitor

pytestmark = [pytest.mark.feature("F02", "I06"), pytest.mark.slow]
KINDS = pytest.mark.parametrize("kind", [AlipayPhone, MiniPhone])


async def _held(hospital: Live, kind: type[Phone] = AlipayPhone) -> tuple[Visitor, dict[str, Any]]:
    chen = await visitor(hospital, kind=kind)
    made = await chen.book((await chen.slot())["id"])
    return chen, await chen.until(made["id"], "awaiting_payment")


async def _sent(hospital: Live, app: str) -> list[dict[str, Any]]:
    answer = await hospital.sandbox.http.get("/_control/alipay/messages", params={"person": "p1"})
    return [one for one in answer.raise_for_status().json()["messages"] if one["app"] == app]


@KINDS
async def test_book_pay_cancel_refund(hospital: Live, kind: type[Phone]) -> None:
    chen, held = await _held(hospital, kind)
    await chen.pay(held)
    booked = await chen.until(held["id"], "booked")
    assert booked["paid_fen"] == held["fee_fen"]
    await chen.phone.post(f"/api/appointments/{held['id']}/cancel", {"reason": "time"})
    await chen.until(held["id"], "cancelled")
    back = await chen.until_paid_back(held["id"])
    assert back["refunded_fen"] == held["fee_fen"]
    order = (await chen.phone.get(f"/api/orders/{held['order_id']}")).json()
    assert (order["channel_name"], order["state"]) == ("支付宝", "refunded")
    await hospital.idle(2)
    told = (await chen.phone.get("/api/messages")).json()["items"]
    assert any("支付宝账户" in one["body"] for one in told), told
    sent = {one["template"]: one for one in await _sent(hospital, "mini" if kind is MiniPhone else "life")}
    assert {"booked", "cancelled", "refunded"} <= set(sent)
    page = f"pages/booking/appointment?id={held['id']}"
    assert sent["booked"]["url"] == (page if kind is MiniPhone else f"{hospital.sandbox.product_url}/l/#/{page}")


@pytest.mark.parametrize(
    "behaviour",
    ["notify_lost", "notify_twice", "notify_forged", "notify_unsigned", "notify_other_seller", "notify_other_app",
     "notify_other_order", "notify_other_amount", "notify_before_response", "processing_then_paid"],
)  # fmt: skip
async def test_whatever_the_notice_says_the_query_is_the_truth(hospital: Live, behaviour: str) -> None:
    chen, held = await _held(hospital)
    (await hospital.sandbox.http.put("/_control/alipay", json={"payer_seconds": 0.5})).raise_for_status()
    await chen.pay(held, behaviour=behaviour)
    # A minute and a half later: Alipay was asked where no notice was to be believed.
    await hospital.sandbox.forward(90)
    booked = await chen.until(held["id"], "booked")
    assert booked["paid_fen"] == held["fee_fen"]
    order = (await chen.phone.get(f"/api/orders/{held['order_id']}")).json()
    assert (order["state"], order["paid_fen"]) == ("paid", held["fee_fen"])


async def test_an_expired_place_closes_its_trade(hospital: Live) -> None:
    chen, held = await _held(hospital)
    body = {"method": "alipay_h5"}
    path = f"/api/orders/{held['order_id']}/payments"
    asked = await chen.phone.post(path, body, **{"Idempotency-Key": "tap-number-1"})
    await hospital.sandbox.move_clock(16 * 60)
    assert (await chen.until(held["id"], "expired"))["paid_fen"] == 0
    trade = asked.json()["invoke"]["tradeNO"]
    known = (await hospital.sandbox.http.get("/_control/alipay/trades")).json()["trades"]
    assert next(one["state"] for one in known if one["trade_no"] == trade) == "TRADE_CLOSED"


@pytest.mark.parametrize("behaviour", ["slow", "unanswered", "not_done", "notify_lost", "notify_other_amount"])
async def test_a_refund_arrives_whatever_happens_on_the_way(hospital: Live, behaviour: str) -> None:
    chen, held = await _held(hospital)
    await chen.pay(held)
    await chen.until(held["id"], "booked")
    (await hospital.sandbox.http.put("/_control/alipay", json={"next_refund": behaviour})).raise_for_status()
    await chen.phone.post(f"/api/appointments/{held['id']}/cancel", {"reason": "time"})
    await chen.until(held["id"], "cancelled")
    for _ in range(4):
        await hospital.idle(1)
        await hospital.sandbox.forward(60)
    assert (await chen.until_paid_back(held["id"]))["refunded_fen"] == held["fee_fen"]
    async with hospital.parts.db.tx() as tx:
        assert await tx.value("SELECT count(*) FROM payments.refund") == 1
        assert await tx.value("SELECT sum(amount_fen) FROM payments.entry WHERE account = 'channel:alipay'") == 0


async def test_the_wrong_app_is_told_where_to_pay(hospital: Live) -> None:
    chen, held = await _held(hospital)
    answer = await chen.phone.post(
        f"/api/orders/{held['order_id']}/payments", {"method": "wechat_jsapi"}, **{"Idempotency-Key": "tap-number-1"}
    )
    assert answer.json()["code"] == "payments.method_unknown"
    assert "支付宝" in answer.json()["detail"]


@KINDS
async def test_fees_are_paid_and_two_parts_come_back(live: Live, kind: type[Phone]) -> None:
    payer = Payer(await visitor(live, 1, *FATHER, kind=kind))
    checkout = await payer.paid()
    assert checkout["total_fen"] == 38640
    lines = [line for line in await payer.refundable(checkout) if line["refundable"]]
    # Each part has its own amount, although Alipay's notices tell only their sum.
    back, shown = 0, checkout
    for line in lines[:2]:
        assert (await payer.refund(checkout, line)).status_code == 200
        back += line["amount_fen"]
        await live.sandbox.forward(70)
        shown = await payer.until_back(checkout, back)
    assert len(shown["refunds"]) == 2
    async with live.parts.db.tx() as tx:
        taken = await tx.value("SELECT sum(amount_fen) FROM payments.entry WHERE account = 'channel:alipay'")
        assert taken == 38640 - back
        alarms = await tx.value("SELECT count(*) FROM audit.entry WHERE action = 'payments.alarm'")
        assert alarms == 0
