"""What Alipay sends to the running product: believed, answered and worked on, or refused; and what we publish there."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from jiuyi.adapters.alipay.pay import AlipayPay
from jiuyi.app.cli import life_menu
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.payments.types import PrepareAsk
from tests.support import waiting
from tests.support.live import AlipayPhone, Live, MiniPhone, environment
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("I06")
DROPPED = (
    "notify_id", "notify_type", "notify_time", "app_id", "seller_id", "out_trade_no", "trade_no", "trade_status",
    "total_amount", "gmt_payment", "charset", "version", "sign", "sign_type",
)  # fmt: skip


async def _rows(live: Live, system: str) -> list[tuple[str, bool]]:
    async with live.parts.db.autocommit() as tx:
        found: list[Any] = await tx.value(
            "SELECT coalesce(json_agg(json_build_array(kind, handled_at IS NOT NULL) ORDER BY received_at), '[]')"
            " FROM kit.inbox WHERE system = %s",
            (system,),
        )
    return [(kind, handled) for kind, handled in found]


@pytest.mark.parametrize("app", ["life", "mini"])
@pytest.mark.parametrize("charset", ["utf-8", "GBK"])
async def test_the_gateway_is_activated(live: Live, sandbox: Sandbox, app: str, charset: str) -> None:
    assert live.parts.readers
    asked = {"app": app, "charset": charset}
    activated = (await sandbox.http.post("/_control/alipay/activate", json=asked)).json()
    assert activated["activated"], activated
    forged = (await sandbox.http.post("/_control/alipay/activate", json=asked | {"forged": True})).json()
    assert (forged["activated"], forged["reason"]) == (False, "VERIFY_FAILED")


@pytest.mark.parametrize("identity", ["open_id", "user_id", "both"])
async def test_who_follows_is_noted(live: Live, sandbox: Sandbox, identity: str) -> None:
    await sandbox.http.put("/_control/alipay", json={"identity": identity})
    await live.phone(1, AlipayPhone).sign_in()

    async def happens(**asked: Any) -> int:
        answer = await sandbox.http.post("/_control/alipay/events", json={"person": "p1", **asked})
        return int(answer.json()["status"])

    async def follows() -> bool:
        await live.idle()
        async with live.parts.db.autocommit() as tx:
            return bool(await tx.value("SELECT follows FROM accounts.identity"))

    assert await happens(event="unfollow") == 200
    assert await happens(again=True) == 200
    assert not await follows()
    assert await happens(event="click", key="booking") == 200
    assert await happens(event="text", content="在吗") == 200
    assert await happens(event="follow", forged=True) == 403
    assert not await follows()
    assert await happens(event="follow") == 200
    assert await follows()
    assert await _rows(live, "alipay_life") == [("unfollow", True), ("follow", True)]


async def test_only_true_notices_of_our_merchant_are_stored(live: Live, sandbox: Sandbox) -> None:
    pay: AlipayPay = live.parts.ports["channels"].by_method("alipay_h5")
    people = (await sandbox.http.get("/_control/alipay/people")).json()["people"]
    until = live.parts.clock.now() + timedelta(minutes=15)
    app_id = pay.app_id("alipay_life")
    await sandbox.http.put("/_control/alipay", json={"next_payment": "notify_twice"})
    trade = await pay.prepare(PrepareAsk("ALISTRANGER01", app_id, people[0]["life_open_id"], 1500, "挂号费", until))
    await sandbox.http.post(f"/_control/alipay/trades/{trade}/confirm", json={})

    async def sent(trick: str) -> bool:
        body = {"reference": "ALISTRANGER01", "trick": trick}
        return bool((await sandbox.http.post("/_control/alipay/notices", json=body)).json()["acknowledged"])

    await waiting.until(lambda: _rows(live, "alipay_pay"), bool)
    await live.idle()
    assert await _rows(live, "alipay_pay") == [("payment", True)]
    for trick in ("forged", "unsigned", "other_seller", "other_app", *(f"without:{name}" for name in DROPPED)):
        assert not await sent(trick), trick
    assert await sent("none")
    assert await _rows(live, "alipay_pay") == [("payment", True)]


async def test_two_apps_of_one_merchant_are_told_apart(live: Live, sandbox: Sandbox) -> None:
    pay: AlipayPay = live.parts.ports["channels"].by_method("alipay_mini")
    people = (await sandbox.http.get("/_control/alipay/people")).json()["people"]
    until = live.parts.clock.now() + timedelta(minutes=15)
    for channel, who, number in (
        ("alipay_life", "life_open_id", "ALIAPP01"),
        ("alipay_mini", "mini_open_id", "ALIAPP02"),
    ):
        asked = PrepareAsk(number, pay.app_id(channel), people[0][who], 1500, "挂号费", until)
        trade = await pay.prepare(asked)
        await sandbox.http.post(f"/_control/alipay/trades/{trade}/confirm", json={})
        assert (await pay.query(number)).app_id == pay.app_id(channel)
    await live.phone(1, MiniPhone).sign_in()


async def test_the_menu_is_published_by_the_command(dsn: str, sandbox: Sandbox) -> None:
    settings = environment(dsn, sandbox)
    for _ in range(2):
        assert await asyncio.to_thread(life_menu.publish, settings) == 3
    shown = (await sandbox.http.get("/_control/alipay/menu")).json()["button"]
    assert [one["name"] for one in shown] == ["预约挂号", "我的就诊", "服务首页"]
    assert shown[0]["action_param"] == f"{sandbox.product_url}/l/#/pages/booking/departments"
    without = {name: value for name, value in settings.items() if not name.startswith("JIUYI_ALIPAY_")}
    with pytest.raises(CommandFailed):
        life_menu.publish(without)
