"""What WeChat sends to the running product: believed, answered and worked on, or refused."""

from datetime import timedelta
from typing import Any

import pytest

from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.domains.payments.types import PrepareAsk
from tests.support.live import Live
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("I06")


async def _rows(live: Live, system: str) -> list[tuple[str, bool]]:
    async with live.parts.db.autocommit() as tx:
        found: list[Any] = await tx.value(
            "SELECT coalesce(json_agg(json_build_array(kind, handled_at IS NOT NULL) ORDER BY received_at), '[]')"
            " FROM kit.inbox WHERE system = %s",
            (system,),
        )
    return [(kind, handled) for kind, handled in found]


async def test_the_address_is_verified_and_follows_are_noted(live: Live, sandbox: Sandbox) -> None:
    assert (await sandbox.http.post("/_control/wechat_oa/verify_url")).json()["verified"]
    assert not (await sandbox.http.post("/_control/wechat_oa/verify_url", json={"token": "x"})).json()["verified"]
    await live.phone(1).sign_in()

    async def happens(**asked: Any) -> int:
        answer = await sandbox.http.post("/_control/wechat_oa/events", json={"person": "p1", **asked})
        return int(answer.json()["status"])

    assert await happens(event="unsubscribe") == 200
    assert await happens(again=True) == 200
    assert await happens(event="text", content="在吗") == 200
    await live.idle()
    assert await _rows(live, "wechat_oa") == [("unsubscribe", True)]
    async with live.parts.db.autocommit() as tx:
        assert await tx.value("SELECT count(*) FROM accounts.identity WHERE follows IS FALSE") == 1
    await sandbox.http.put("/_control/wechat_oa", json={"mode": "plain"})
    assert await happens(event="subscribe") == 403
    assert len(await _rows(live, "wechat_oa")) == 1


async def test_only_true_notices_of_our_merchant_are_stored(live: Live, sandbox: Sandbox) -> None:
    pay: WechatPay = live.parts.ports["channels"].by_method("wechat_jsapi")
    until = live.parts.clock.now() + timedelta(minutes=15)
    ask = PrepareAsk("JYSTRANGER01", pay.app_id("wechat_oa"), "oSomebody123", 1500, "挂号费", until)
    await sandbox.http.put("/_control/wechat_pay", json={"next_payment": "notify_lost"})
    prepay_id = await pay.prepare(ask)
    await sandbox.http.post(f"/_control/payments/{prepay_id}/confirm")

    async def sent(trick: str) -> int:
        body = {"reference": "JYSTRANGER01", "trick": trick}
        return int((await sandbox.http.post("/_control/wechat_pay/notices", json=body)).json()["status"])

    for trick in ("forged", "stale", "probe", "foreign_key", "other_mchid", "other_appid"):
        assert await sent(trick) == 401, trick
    assert await _rows(live, "wechat_pay") == []
    assert [await sent("none") for _ in range(2)] == [204, 204]
    await live.idle()
    assert await _rows(live, "wechat_pay") == [("payment", True)]
    for mode in ("certificate", "both"):
        await sandbox.http.put("/_control/wechat_pay", json={"mode": mode})
        assert await sent("none") == 204
