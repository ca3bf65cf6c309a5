"""Consent to the insurance in WeChat: who gave it must be said."""

import json
from typing import Any, cast

import pytest

from jiuyi.adapters.wechat.medins import Access, WechatMedical
from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.domains.insurance.types import AuthoriseAsk
from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.kit.outcomes import Refused
from jiuyi.wire.http import Caller
from tests.support.listener import listening
from tests.support.ports import free_port

pytestmark = pytest.mark.feature("F04")
NUMBER = "440106198503124123"
ASK = AuthoriseAsk("I1", "openid", "陈建华", NUMBER, "https://hospital.example/", "440100")
ACCESS = Access(
    auth_url="https://card.example",
    query_url="https://query.example",
    partner_id="partner",
    partner_secret="secret",
    channel="c",
    org_chnl_crtf_codg="o",
    org_code="H44010100199",
    org_name="岭南大学附属医院",
    org_app_id="a",
    callback_url="https://hospital.example/callbacks/wechat_medins",
    app_id="wx",
)


async def exchanged(**said: Any) -> str | None:
    port = free_port()
    told = {"code": 0, "user_name": "陈建华", "pay_auth_no": "AUTH1", **said}
    caller = Caller("wecity", f"http://127.0.0.1:{port}", Journal(), Clock())
    with listening(port) as wecity:
        wecity.answer = lambda _heard: (200, json.dumps(told))
        # Nothing is asked of WeChat Pay here.
        consent = await WechatMedical(cast("WechatPay", None), caller, Clock(), ACCESS).exchange(ASK, "code")
    await caller.close()
    return consent.document_number


async def test_who_consented_is_known() -> None:
    assert await exchanged(user_card_no=NUMBER) == NUMBER


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "no_identity"),
        ({"user_card_no": ""}, "no_identity"),
        ({"user_card_no": "4401**********4123"}, "masked_identity"),
    ],
)
async def test_a_consent_of_nobody_is_refused_in_words(said: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        await exchanged(**said)
    assert refused.value.code == code
    assert "证件号" in refused.value.message
