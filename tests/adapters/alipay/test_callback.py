"""What Alipay sends to an app's gateway: its activation and who follows."""

import base64
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from jiuyi.adapters.alipay.callback import AppCallback
from jiuyi.adapters.alipay.keys import AppKeys
from jiuyi.kit.clock import Clock
from jiuyi.wire.envelopes import Acknowledgement, Inbound, Rejected
from tests.adapters.alipay import peer

pytestmark = pytest.mark.feature("I06")

CHECK = {
    "service": "alipay.service.check",
    "charset": "GBK",
    "biz_content": "<XML><EventType>verifygw</EventType></XML>",
}


@pytest.fixture
def callback() -> AppCallback:
    keys = AppKeys(peer.LIFE_APP, peer.private_pem("app"), peer.public_pem("alipay"))
    return AppCallback("alipay_life", keys, Clock())


def _posted(fields: dict[str, str], *, by: str = "alipay") -> Inbound:
    charset = "gb18030" if fields.get("charset") == "GBK" else "utf-8"
    signed = {**fields, "sign_type": "RSA2"}
    sign = peer.signature(peer.joined(signed), by, charset)
    body = urlencode({**signed, "sign": sign}, encoding=charset).encode()
    return Inbound("POST", "/callbacks/alipay_life", {}, {}, body)


def _event(kind: str, **more: str) -> dict[str, str]:
    facts = {
        "AppId": peer.LIFE_APP,
        "FromUserId": "2088000000000042",
        "CreateTime": "1795341600000",
        "MsgType": "event",
        "EventType": kind,
        "UserInfo": '{"logon_id":"陈*华"}',
    } | more
    inside = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in facts.items())
    xml = f'<?xml version="1.0" encoding="gbk"?><XML>{inside}</XML>'
    return {"service": "alipay.mobile.public.message.notify", "charset": "GBK", "biz_content": xml}


def _checked(answer: Acknowledgement) -> str:
    """The inside of a signed answer."""
    text = answer.body.decode("gb18030")
    inner = text.partition("<response>")[2].partition("</response>")[0]

    sign = base64.b64decode(text.partition("<sign>")[2].partition("</sign>")[0])
    peer.key("app").public_key().verify(sign, inner.encode(), PKCS1v15(), SHA256())
    return inner


async def test_activation_is_answered_with_our_key_signed(callback: AppCallback) -> None:
    notices, answer = await callback.read(_posted(CHECK))
    assert notices == []
    inner = _checked(answer)
    assert inner.startswith("<success>true</success><biz_content>MII")
    assert answer.content_type.startswith("text/xml")
    with pytest.raises(Rejected) as rejected:
        await callback.read(_posted(CHECK, by="stranger"))
    assert "<success>false</success><error_code>VERIFY_FAILED" in _checked(rejected.value.answer)


async def test_who_follows(callback: AppCallback) -> None:
    for kind, follows in (("follow", True), ("unfollow", False)):
        (notice,), answer = await callback.read(_posted(_event(kind)))
        assert (notice.system, notice.kind) == ("alipay_life", kind)
        assert notice.data == {"channel": "alipay_life", "subject": "2088000000000042", "follows": follows}
        assert "<MsgType><![CDATA[ack]]></MsgType>" in _checked(answer)
        (again,), _ = await callback.read(_posted(_event(kind)))
        assert again.key == notice.key


async def test_clicks_and_texts_are_acknowledged(callback: AppCallback) -> None:
    for event in (_event("click", ActionParam="booking"), _event("enter"), _event("", MsgType="text", Text="你好")):
        notices, answer = await callback.read(_posted(event))
        assert notices == []
        assert "ack" in _checked(answer)


async def test_what_is_not_alipays_is_refused(callback: AppCallback) -> None:
    true = _posted(_event("follow"))
    for inbound in (
        _posted(_event("follow"), by="stranger"),
        _posted(_event("follow", AppId="2021000000000009")),
        _posted(_event("follow", FromUserId="")),
        _posted(_event("follow") | {"service": "alipay.other"}),
        _posted(_event("follow") | {"biz_content": '<!DOCTYPE x [<!ENTITY a "b">]><XML>&a;</XML>'}),
        Inbound("POST", true.path, {}, {}, true.body.replace(b"follow", b"unfollow")),
        Inbound("POST", true.path, {}, {}, true.body + b"&service=x"),
        Inbound("POST", true.path, {}, {}, b"nonsense"),
        Inbound("GET", true.path, {}, {}, true.body),
    ):
        with pytest.raises(Rejected):
            await callback.read(inbound)
