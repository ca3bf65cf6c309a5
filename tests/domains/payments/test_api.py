from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from jiuyi.domains.payments.ports import Channels
from jiuyi.domains.payments.types import Order
from tests.domains.payments.desk import Desk
from tests.support.memory_channel import MemoryChannel
from tests.support.product import Person, Product, running

pytestmark = pytest.mark.feature("F02", "F09", "I06")


class Hospital:
    """The product over HTTP with its cash desk."""

    def __init__(self, product: Product, desk: Desk) -> None:
        self.product = product
        self.desk = desk

    async def order(self, person: Person, fen: int = 1500) -> Order:
        return await self.desk.order(person.principal, fen)


@pytest_asyncio.fixture
async def hospital(dsn: str) -> AsyncIterator[Hospital]:
    channel = MemoryChannel()
    async with running(dsn, channels=Channels({"wechat_jsapi": channel})) as product:
        desk = Desk(product.parts.db, channel)
        desk.vault = product.parts.vault
        desk.knobs = product.parts.knobs
        yield Hospital(product, desk)


async def pay(person: Person, order: Order, **more: Any) -> Any:
    headers = {"idempotency-key": more.pop("key", "tap-0001")}
    return await person.post(f"/api/orders/{order.id}/payments", {"method": "wechat_jsapi", **more}, **headers)


async def test_from_unpaid_to_refunded(hospital: Hospital) -> None:
    desk, lin = hospital.desk, await hospital.product.sign_in()
    order = await hospital.order(lin)
    seen = (await lin.get(f"/api/orders/{order.id}")).json()
    assert (seen["state"], seen["total_fen"], seen["own_fen"], seen["insurance_fen"]) == ("unpaid", 1500, 1500, 0)
    assert seen["subject"] == {"kind": "appointment", "id": str(order.subject_id)}
    assert seen["expires_at"].endswith("+08:00")
    opened = await pay(lin, order)
    assert opened.status_code == 200
    assert opened.json()["invoke"]["package"].startswith("prepay_id=")
    checked = (await lin.post(f"/api/orders/{order.id}/check", {"said": "ok"})).json()
    assert checked["state"] == "paying"
    desk.channel.person_pays(desk.number(order))
    await desk.deliver()
    paid = (await lin.post(f"/api/orders/{order.id}/check", {})).json()
    assert (paid["state"], paid["paid_fen"], paid["channel_name"]) == ("paid", 1500, "微信支付")
    await desk.refund(order, 1500)
    await desk.work()
    refunding = (await lin.get(f"/api/orders/{order.id}")).json()
    assert refunding["state"] == "refunding"
    assert [(one["state"], one["amount_fen"]) for one in refunding["refunds"]] == [("pending", 1500)]
    desk.channel.settle((await desk.refunds(order))[0].out_refund_no)
    await desk.deliver()
    done = (await lin.get(f"/api/orders/{order.id}")).json()
    assert (done["state"], done["refunded_fen"], done["refunds"][0]["reason"]) == ("refunded", 1500, "取消预约")
    records = (await lin.get("/api/payments")).json()
    assert [(one["no"], one["method"], one["state"]) for one in records["items"]] == [
        (order.no, "wechat_jsapi", "refunded")
    ]


async def test_the_patient_s_name_is_masked(hospital: Hospital) -> None:
    desk, lin = hospital.desk, await hospital.product.sign_in()
    order = await desk.paid(lin.principal)
    async with desk.db.tx() as tx:
        await tx.run(
            "INSERT INTO patients.patient (id, his_patient_id, document_type, document_sealed, document_index,"
            " name_sealed, phone_sealed, card_sealed, sex, birth_date, deceased, refreshed_at, created_at)"
            " VALUES (%(id)s, 'P1', 'passport', %(s)s, %(s)s, %(name)s, %(s)s, %(s)s, 'female', '1990-01-01', false,"
            " app_now(), app_now())",
            {"id": order.patient_id, "s": b"x", "name": desk.vault.seal("陈建华", "patients.patient.name")},
        )
    assert (await lin.get(f"/api/orders/{order.id}")).json()["patient"]["name"] == "陈*华"
    records = (await lin.get("/api/payments")).json()["items"]
    assert [one["patient"]["name"] for one in records] == ["陈*华"]


async def test_nobody_else_sees_or_pays_it(hospital: Hospital) -> None:
    lin, other = await hospital.product.sign_in(), await hospital.product.sign_in("Wang")
    order = await hospital.order(lin)
    for who in (order.id, uuid4()):
        assert (await other.get(f"/api/orders/{who}")).status_code == 404
        assert (await other.post(f"/api/orders/{who}/check", {})).status_code == 404
    assert (await pay(other, order)).status_code == 404
    assert (await other.get("/api/payments")).json() == {"items": [], "next_cursor": None}
    stranger = hospital.product.visitor()
    assert (await stranger.get(f"/api/orders/{order.id}")).status_code == 401


@pytest.mark.parametrize("more", [{"total_fen": 1}, {"amount": 1}, {"method": None}])
async def test_an_amount_from_the_browser_is_refused(hospital: Hospital, more: dict[str, Any]) -> None:
    lin = await hospital.product.sign_in()
    order = await hospital.order(lin)
    assert (await pay(lin, order, **more)).status_code == 400
    assert hospital.desk.channel.calls == []


@pytest.mark.parametrize("key", ["", "short", "k" * 101])
async def test_a_key_is_needed(hospital: Hospital, key: str) -> None:
    lin = await hospital.product.sign_in()
    assert (await pay(lin, await hospital.order(lin), key=key)).status_code == 400


async def test_a_silent_channel_is_told_in_words(hospital: Hospital) -> None:
    lin = await hospital.product.sign_in()
    order = await hospital.order(lin)
    hospital.desk.channel.faults["prepare"] = ["lost_before"]
    answer = await pay(lin, order)
    assert (answer.status_code, answer.json()["code"]) == (503, "payments.channel_silent")
    assert answer.json()["title"] == "微信支付暂时没有响应"


async def test_returned_by_itself_is_told_in_the_language_asked_for(hospital: Hospital) -> None:
    desk, lin = hospital.desk, await hospital.product.sign_in()
    order = await hospital.order(lin)
    await pay(lin, order)
    desk.channel.person_pays(desk.number(order))
    told = desk.channel.trades[desk.number(order)]
    paid_state, told.state = told.state, type(told.state).CLOSED
    await desk.close(order)
    told.state = paid_state
    await desk.deliver()
    for language, reason in (("zh-CN", "超时支付，自动原路退回"), ("en", "Paid after the order was closed")):
        seen = (await lin.http.get(f"/api/orders/{order.id}", headers={"accept-language": language})).json()
        assert (seen["state"], seen["paid_fen"]) == ("refunding", 1500)
        assert seen["refunds"][0]["reason"].startswith(reason)


async def test_records_are_paged(hospital: Hospital) -> None:
    desk, lin = hospital.desk, await hospital.product.sign_in()
    orders = [await desk.paid(lin.principal, fen) for fen in (100, 200, 300)]
    await hospital.order(lin)
    first = (await lin.get("/api/payments", limit=2)).json()
    second = (await lin.get("/api/payments", limit=2, cursor=first["next_cursor"])).json()
    assert [one["amount_fen"] for one in first["items"] + second["items"]] == [300, 200, 100]
    assert second["next_cursor"] is None
    mine = (await lin.get("/api/payments", patient_id=str(orders[0].patient_id))).json()
    assert [UUID(one["order_id"]) for one in mine["items"]] == [orders[0].id]
    assert (await lin.get("/api/payments", cursor="x")).status_code == 400
