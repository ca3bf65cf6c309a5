"""Money over real HTTP: the product, the sandbox's WeChat Pay and its cashier, with the failure at the worst moment."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from jiuyi.domains.payments import flows, service
from jiuyi.domains.payments.types import Order
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id
from jiuyi.kit.jobs import run_rounds
from jiuyi_sandbox.wechat_pay import behaviours
from tests.support import waiting
from tests.support.live import Live, Phone
from tests.support.sandbox import Sandbox

pytestmark = [pytest.mark.feature("F02", "F09", "I06"), pytest.mark.slow]
PAYMENTS = {name: behaviours.PAYMENT_BASE + ending for ending, (name, _) in behaviours.PAYMENTS.items()}
REFUNDS = {name: behaviours.REFUND_BASE + ending for ending, (name, _) in behaviours.REFUNDS.items()}
LEDGER = "SELECT account || ' ' || sum(amount_fen) FROM payments.entry GROUP BY account HAVING sum(amount_fen) <> 0"


async def open_order(db: Db, phone: Phone, fen: int) -> Order:
    """An order of the person on the phone."""
    me = (await phone.get("/api/bootstrap", channel="wechat_oa")).json()["me"]
    async with db.tx() as tx:
        return await service.open_order(
            tx,
            kind="registration",
            subject_kind="appointment",
            subject_id=new_id(),
            account_id=UUID(me["account_id"]),
            patient_id=new_id(),
            total_fen=fen,
            title_zh="心血管内科 普通门诊挂号费",
            title_en="Cardiology, registration fee",
            expires_at=await tx.value("SELECT app_now() + interval '15 minutes'"),
        )


async def tap(phone: Phone, order: Order, key: str | None = None) -> httpx.Response:
    headers = {"idempotency-key": key or new_id().hex}
    return await phone.post(f"/api/orders/{order.id}/payments", {"method": "wechat_jsapi"}, **headers)


async def pays(sandbox: Sandbox, invoke: dict[str, str]) -> None:
    """The patient confirms in the cashier sheet."""
    prepay_id = invoke["package"].removeprefix("prepay_id=")
    (await sandbox.http.post(f"/_control/payments/{prepay_id}/confirm", json={})).raise_for_status()


async def worker(live: Live) -> None:
    """What a worker does about money."""
    parts = live.parts
    await parts.jobs.drain(parts.db)
    await run_rounds(parts.db, [every for every in parts.jobs.rounds if every.name.startswith("payments.")])
    await parts.jobs.drain(parts.db)


async def until(live: Live, look: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    """Let the worker work until `look` gives `wanted`."""
    await waiting.until(look, lambda found: found == wanted, lambda: worker(live))


async def ledger(live: Live) -> set[str]:
    async with live.parts.db.autocommit() as tx:
        return set(await tx.values(LEDGER))


async def seen(phone: Phone, order: Order) -> str:
    return str((await phone.get(f"/api/orders/{order.id}")).json()["state"])


async def begun(live: Live, fen: int = 1500) -> tuple[Phone, Order]:
    phone = live.phone(1)
    await phone.sign_in()
    return phone, await open_order(live.parts.db, phone, fen)


async def test_paid_by_notice_and_refunded_by_notice(live: Live, sandbox: Sandbox) -> None:
    phone, order = await begun(live)
    opened = (await tap(phone, order)).json()
    await pays(sandbox, opened["invoke"])
    await until(live, lambda: seen(phone, order), "paid")
    assert await ledger(live) == {"channel:wechat 1500", "hospital:income -1500"}
    # However long the worker needs, the channel's answer is not there before this clock says so.
    (await sandbox.http.put("/_control/wechat_pay", json={"refund_seconds": 600})).raise_for_status()
    async with live.parts.db.tx() as tx:
        await service.request_refund(tx, order.id, 1500, "取消预约", "test")
    await worker(live)
    assert await seen(phone, order) == "refunding"
    await sandbox.move_clock(601)
    await until(live, lambda: seen(phone, order), "refunded")
    assert await ledger(live) == set()


@pytest.mark.parametrize(
    "name", sorted(PAYMENTS.keys() - {"refused", "prepay_unanswered", "prepay_refused", "prepay_busy"})
)
async def test_whatever_the_notice_does_it_is_paid_once(live: Live, sandbox: Sandbox, name: str) -> None:
    fen = PAYMENTS[name]
    phone, order = await begun(live, fen)
    await pays(sandbox, (await tap(phone, order)).json()["invoke"])
    await worker(live)
    # A minute and a half later: late notices have come, and the channel was asked where none came.
    await sandbox.move_clock(90)
    await until(live, lambda: seen(phone, order), "paid")
    assert await ledger(live) == {f"channel:wechat {fen}", f"hospital:income -{fen}"}
    async with live.parts.db.autocommit() as tx:
        assert await tx.value("SELECT count(*) FROM payments.refund") == 0


async def test_a_bank_s_refusal_leaves_it_unpaid_and_payable(live: Live, sandbox: Sandbox) -> None:
    phone, order = await begun(live, PAYMENTS["refused"])
    first = (await tap(phone, order)).json()
    prepay_id = first["invoke"]["package"].removeprefix("prepay_id=")
    await sandbox.http.post(f"/_control/payments/{prepay_id}/refuse", json={})
    checked = await phone.post(f"/api/orders/{order.id}/check", {"said": "failed"})
    assert checked.json()["state"] == "unpaid"
    second = (await tap(phone, order)).json()
    assert second["payment_id"] != first["payment_id"]


async def test_an_unanswered_preparation_is_repeated_by_the_same_tap(live: Live, sandbox: Sandbox) -> None:
    phone, order = await begun(live, PAYMENTS["prepay_unanswered"])
    refused = await tap(phone, order, "the-same-tap")
    assert (refused.status_code, refused.json()["code"]) == (503, "payments.channel_silent")
    opened = (await tap(phone, order, "the-same-tap")).json()
    await pays(sandbox, opened["invoke"])
    await until(live, lambda: seen(phone, order), "paid")


@pytest.mark.parametrize(("name", "code"), [("prepay_refused", 502), ("prepay_busy", 503)])
async def test_a_refused_preparation_is_told(live: Live, name: str, code: int) -> None:
    phone, order = await begun(live, PAYMENTS[name])
    assert (await tap(phone, order)).status_code == code
    assert await seen(phone, order) == "unpaid"


@pytest.mark.parametrize(
    "name",
    [
        "at_once",
        "unanswered",
        "notify_lost",
        "notify_twice",
        "notify_before_response",
        "notify_forged",
        "notify_other_amount",
        "not_enough_twice",
    ],
)
async def test_whatever_the_refund_does_it_is_given_back_once(live: Live, sandbox: Sandbox, name: str) -> None:
    fen = REFUNDS[name]
    phone, order = await begun(live, fen)
    await pays(sandbox, (await tap(phone, order)).json()["invoke"])
    await until(live, lambda: seen(phone, order), "paid")
    async with live.parts.db.tx() as tx:
        await service.request_refund(tx, order.id, fen, "取消预约", "test")
    await worker(live)
    for minutes in (2, 14, 26):
        await sandbox.move_clock(minutes * 60)
        await worker(live)
    await until(live, lambda: seen(phone, order), "refunded")
    assert await ledger(live) == set()
    given = (await sandbox.http.get("/_control/payments")).json()
    refunds = [one for paid in given["payments"] for one in paid["refunds"]]
    assert len(refunds) == 1


@pytest.mark.parametrize("name", ["abnormal", "closed", "account_abnormal"])
async def test_a_refund_that_fails_is_owed_and_visible(live: Live, sandbox: Sandbox, name: str) -> None:
    fen = REFUNDS[name]
    phone, order = await begun(live, fen)
    await pays(sandbox, (await tap(phone, order)).json()["invoke"])
    await until(live, lambda: seen(phone, order), "paid")
    async with live.parts.db.tx() as tx:
        await service.request_refund(tx, order.id, fen, "取消预约", "test")

    async def refund_state() -> str:
        return str((await phone.get(f"/api/orders/{order.id}")).json()["refunds"][0]["state"])

    await until(live, refund_state, "failed")
    assert await ledger(live) == {f"channel:wechat {fen}", f"clearing:refund -{fen}"}


async def test_closed_here_is_closed_in_the_cashier(live: Live, sandbox: Sandbox) -> None:
    phone, order = await begun(live)
    opened = (await tap(phone, order)).json()
    parts = live.parts
    assert await flows.close_order(parts.db, parts.ports["channels"], parts.knobs, order.id) == "closed"
    prepay_id = opened["invoke"]["package"].removeprefix("prepay_id=")
    answer = await sandbox.http.post(f"/_control/payments/{prepay_id}/confirm", json={})
    assert answer.json().get("result") != "ok"
    assert (await tap(phone, order)).json()["code"] == "payments.order_ended"


async def test_left_alone_it_is_closed_by_the_sweeper(live: Live, sandbox: Sandbox) -> None:
    phone, order = await begun(live)
    await tap(phone, order)
    await sandbox.move_clock(16 * 60)
    await until(live, lambda: seen(phone, order), "closed")


async def test_paid_while_the_channel_s_answers_are_cut(live: Live, sandbox: Sandbox) -> None:
    phone, order = await begun(live)
    await sandbox.fault("wechat_pay", "cut_after", match="jsapi", times=1)
    assert (await tap(phone, order, "cut-tap-1")).status_code == 503
    opened = (await tap(phone, order, "cut-tap-1")).json()
    await sandbox.fault("wechat_pay", "drop_notify", times=20)
    await pays(sandbox, opened["invoke"])
    await sandbox.fault("wechat_pay", "cut_after", match="out-trade-no", times=1)
    assert (await phone.post(f"/api/orders/{order.id}/check", {"said": "ok"})).json()["state"] == "paying"
    await sandbox.no_faults()
    await sandbox.move_clock(60)
    await until(live, lambda: seen(phone, order), "paid")
