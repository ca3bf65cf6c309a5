"""Notices of mixed orders: a true one is a hint to ask, and nothing else is taken."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from jiuyi.adapters.wechat.medins import WechatMedical
from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.domains.insurance.ports import MIX_NOTICE
from jiuyi.kit.clock import Clock
from jiuyi.wire.envelopes import Inbound, Rejected
from tests.adapters.wechat.test_medins import ACCESS
from tests.adapters.wechat.test_pay_notices import Forge
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("F04")
EVENT = "MEDICAL_INSURANCE.SUCCESS"
MOMENT = timedelta(minutes=6)


class Desk:
    """The reader under test, and a platform that signs anything for it."""

    def __init__(self, forge: Forge) -> None:
        self.forge = forge
        app_id = forge.pay.app_id("wechat_oa")
        self.reader = WechatMedical(forge.pay, forge.pay._caller, forge.clock, replace(ACCESS, app_id=app_id))

    def order(self, **change: Any) -> dict[str, Any]:
        whole = {
            "mix_trade_no": "1217752501201407033233368318",
            "out_trade_no": "P26112200000177",
            "appid": self.forge.pay.app_id("wechat_oa"),
            "mix_pay_status": "MIX_PAY_SUCCESS",
            "self_pay_status": "SELF_PAY_SUCCESS",
            "med_ins_pay_status": "MED_INS_PAY_SUCCESS",
            "total_fee": 12860,
            "wechat_pay_cash_fee": 2860,
        } | change
        return {name: value for name, value in whole.items() if value is not None}

    async def read(self, body: bytes, headers: dict[str, str] | None = None, method: str = "POST") -> Any:
        sent = self.forge.headers(body) if headers is None else headers
        return await self.reader.read(Inbound(method, "/callbacks/wechat_medins", {}, sent, body))

    async def refused(self, body: bytes, headers: dict[str, str] | None = None, method: str = "POST") -> None:
        with pytest.raises(Rejected) as rejected:
            await self.read(body, headers, method)
        assert rejected.value.answer.status == 401


@pytest.fixture
async def desk(sandbox: Sandbox, clock: Clock, pay: WechatPay) -> Desk:
    return Desk(Forge(sandbox, clock, pay._caller))


async def test_a_true_one_says_which_and_how_much(desk: Desk) -> None:
    [notice], answer = await desk.read(desk.forge.body(desk.order(), EVENT))
    assert (notice.system, notice.kind, notice.key) == ("wechat_medins", MIX_NOTICE, "EV-1")
    assert notice.data == {"out_trade_no": "P26112200000177", "total_fen": 12860}
    assert answer.status == 204


@pytest.mark.parametrize("name", ["mix_trade_no", "out_trade_no", "appid", "mix_pay_status", "total_fee"])
@pytest.mark.parametrize("value", [None, ""], ids=["missing", "empty"])
async def test_one_without_a_field_is_refused(desk: Desk, name: str, value: str | None) -> None:
    await desk.refused(desk.forge.body(desk.order(**{name: value}), EVENT))


@pytest.mark.parametrize("name", ["id", "event_type", "resource"])
async def test_one_without_a_part_is_refused(desk: Desk, name: str) -> None:
    await desk.refused(desk.forge.body(desk.order(), **dict[str, Any]({"event": EVENT, name: None})))


@pytest.mark.parametrize(
    "other",
    [{"appid": "wx0000000000000000"}, {"total_fee": 0}, {"total_fee": -1}, {"total_fee": "12860"}]
    + [{"mix_pay_status": status} for status in ("MIX_PAY_CREATED", "MIX_PAY_FAIL", "MIX_PAY_REFUND")],
    ids=str,
)
async def test_a_true_signature_does_not_excuse_wrong_facts(desk: Desk, other: dict[str, Any]) -> None:
    await desk.refused(desk.forge.body(desk.order(**other), EVENT))


@pytest.mark.parametrize("event", ["TRANSACTION.SUCCESS", "REFUND.SUCCESS", "MEDICAL_INSURANCE"])
async def test_another_event_is_refused(desk: Desk, event: str) -> None:
    await desk.refused(desk.forge.body(desk.order(), event))


async def test_forgeries_and_old_ones_are_refused(desk: Desk) -> None:
    body = desk.forge.body(desk.order(), EVENT)
    headers = desk.forge.headers(body)
    stranger = generate_private_key(public_exponent=65537, key_size=2048)
    await desk.refused(body, desk.forge.headers(body, stranger))
    await desk.refused(desk.forge.body(desk.order(total_fee=1), EVENT), headers)
    old = str(int((desk.forge.clock.now() - MOMENT).timestamp()))
    await desk.refused(body, desk.forge.headers(body, wechatpay_timestamp=old))
    for name in ("timestamp", "nonce", "serial", "signature"):
        await desk.refused(body, {key: value for key, value in headers.items() if key != f"wechatpay-{name}"})
    await desk.refused(body, headers, "GET")
    assert await desk.read(body, headers)
