"""The Official Account's adapter and callback against the sandbox."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from jiuyi.adapters.wechat import envelope, menu
from jiuyi.adapters.wechat.account import OfficialAccount
from jiuyi.adapters.wechat.callback import AccountCallback
from jiuyi.adapters.wechat.messages import DEFAULT_FIELDS, TemplateMessages
from jiuyi.app.cli import menu as cli_menu
from jiuyi.kit.clock import Clock
from jiuyi.kit.outcomes import Refused, Unanswered
from jiuyi.wire.envelopes import Inbound, Rejected
from jiuyi.wire.xml import XmlRefused, read_flat
from tests.support.listener import Heard, Listener
from tests.support.sandbox import Sandbox


async def _sign_in(sandbox: Sandbox, account: OfficialAccount, person: str) -> str:
    url = account.authorize_url(f"http://{person}.localhost:8000/w/signed-in", "state1")
    answer = await sandbox.http.get(url.partition("#")[0])
    assert answer.status_code == 302, answer.text
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == ["state1"]
    return query["code"][0]


async def test_sign_in(sandbox: Sandbox, account: OfficialAccount) -> None:
    code = await _sign_in(sandbox, account, "p4")
    user = await account.exchange(code)
    assert (user.nickname, user.anonymous) == ("🌸小晴🐱✨", False)
    with pytest.raises(Refused, match="40163"):
        await account.exchange(code)
    await sandbox.http.put("/_control/wechat_oa/people", json={"person": "p4", "snapshot": True})
    assert (await account.exchange(await _sign_in(sandbox, account, "p4"))).anonymous


async def test_the_page_signature_is_accepted(sandbox: Sandbox, account: OfficialAccount) -> None:
    url = "http://p1.localhost:8000/w/?from=menu&name=%E9%99%88"
    config = await account.page_config(url)
    query = {
        "appId": config["app_id"],
        "timestamp": str(config["timestamp"]),
        "nonceStr": config["nonce_str"],
        "signature": config["signature"],
        "url": url,
    }
    assert (await sandbox.http.get("/bridge/config", params=query)).json()["ok"]


@pytest.fixture
def messages(sandbox: Sandbox, account: OfficialAccount) -> TemplateMessages:
    keys = sandbox.keys["wechat_oa"]
    return TemplateMessages(account, keys["templates"], keys["template_fields"])


VALUES = {"patient": "陈*华", "department": "心血管内科", "time": "2026年11月25日 09:00", "amount": "¥15.00"}


async def test_a_stale_token_is_replaced_once(
    sandbox: Sandbox, account: OfficialAccount, messages: TemplateMessages
) -> None:
    user = await account.exchange(await _sign_in(sandbox, account, "p1"))
    await messages.send(user.subject, "held", VALUES, "http://localhost:8000/w/", "n1")
    await sandbox.http.put("/_control/wechat_oa", json={"force_40001": 1})
    await messages.send(user.subject, "held", VALUES, "http://localhost:8000/w/", "n2")
    await sandbox.http.put("/_control/wechat_oa", json={"force_40001": 2})
    with pytest.raises(Refused, match="40001"):
        await messages.send(user.subject, "held", VALUES, "http://localhost:8000/w/", "n3")
    await sandbox.move_clock(7300, only_sandbox=True)
    await messages.send(user.subject, "held", VALUES, "http://localhost:8000/w/", "n4")
    inbox = (await sandbox.http.get("/_control/wechat_oa/messages", params={"person": "p1"})).json()["messages"]
    assert len(inbox) == 3


async def test_many_callers_replace_a_stale_token_once(
    sandbox: Sandbox, account: OfficialAccount, messages: TemplateMessages
) -> None:
    user = await account.exchange(await _sign_in(sandbox, account, "p1"))
    await messages.send(user.subject, "held", VALUES, "http://localhost:8000/w/", "n0")
    await sandbox.move_clock(7300, only_sandbox=True)
    await asyncio.gather(*(messages.send(user.subject, "held", VALUES, "", f"n{n}") for n in range(1, 9)))
    counted = await sandbox.counters()
    fetched = [n for name, n in counted.items() if "/cgi-bin/stable_token" in name]
    assert sum(fetched) == 2


async def test_the_page_signature_follows_a_moved_clock(
    sandbox: Sandbox, account: OfficialAccount, clock: Clock
) -> None:
    url = "http://p1.localhost:8000/w/"
    for days in (0, 3):
        clock.offset = timedelta(days=days)
        await sandbox.move_clock(days * 86400, only_sandbox=True)
        config = await account.page_config(url)
        query = {
            "appId": config["app_id"], "timestamp": str(config["timestamp"]), "nonceStr": config["nonce_str"],
            "signature": config["signature"], "url": url,
        }  # fmt: skip
        assert (await sandbox.http.get("/bridge/config", params=query)).json()["ok"]


async def test_messages_come_once_and_only_to_followers(
    sandbox: Sandbox, account: OfficialAccount, messages: TemplateMessages
) -> None:
    user = await account.exchange(await _sign_in(sandbox, account, "p2"))
    first = await messages.send(user.subject, "held", VALUES, "http://localhost:8000/w/", "same")
    assert await messages.send(user.subject, "held", VALUES, "http://localhost:8000/w/", "same") == first
    await sandbox.http.put("/_control/wechat_oa/people", json={"person": "p2", "following": False})
    with pytest.raises(Refused, match="43004"):
        await messages.send(user.subject, "held", VALUES, "http://localhost:8000/w/", "other")
    with pytest.raises(Refused, match="no_template"):
        await messages.send(user.subject, "unheard-of", VALUES, "", "x")
    await sandbox.fault("wechat_api", "status", match="template/send", value=502, times=1)
    with pytest.raises(Unanswered):
        await messages.send(user.subject, "held", VALUES, "", "y")


async def test_the_menu_is_published(sandbox: Sandbox, account: OfficialAccount) -> None:
    ours = cli_menu.buttons("https://jiuyi.example")
    await menu.publish(account, ours)
    shown = (await sandbox.http.get("/_control/wechat_oa/menu")).json()["button"]
    assert [one["name"] for one in shown] == ["预约挂号", "我的就诊", "服务首页"]
    assert len(shown[1]["sub_button"]) == 4
    leaf = menu.Button("首页", "https://jiuyi.example/w/")
    for wrong in (
        (),
        (leaf,) * 4,
        (menu.Button("名字太长了的", leaf.url),),
        (menu.Button("空", ""),),
        (menu.Button("多", buttons=(leaf,) * 6),),
        (menu.Button("多", buttons=(menu.Button("长" * 21, leaf.url),)),),
    ):
        with pytest.raises(ValueError, match=r"name|button|address"):
            await menu.publish(account, wrong)


async def test_our_keywords_are_the_sandboxs(sandbox: Sandbox) -> None:
    assert sandbox.keys["wechat_oa"]["template_fields"] == DEFAULT_FIELDS


def _inbound(heard: Heard, **change: Any) -> Inbound:
    parts = urlsplit(heard.path)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    query = {name: value for name, value in (query | change).items() if value is not None}
    return Inbound(heard.method, parts.path, query, {}, change.pop("body", heard.body))


async def _event(sandbox: Sandbox, product: Listener, **asked: Any) -> Heard:
    product.answer = lambda _: (200, "success")
    before = len(product.heard)
    await sandbox.http.post("/_control/wechat_oa/events", json=asked)
    return (await product.wait(before + 1))[before]


async def test_follows_and_receipts_are_named(
    sandbox: Sandbox, product: Listener, callback: AccountCallback, account: OfficialAccount, messages: TemplateMessages
) -> None:
    user = await account.exchange(await _sign_in(sandbox, account, "p5"))
    gone = await _event(sandbox, product, person="p5", event="unsubscribe")
    (notice,), answer = await callback.read(_inbound(gone))
    assert (answer.status, answer.body) == (200, b"success")
    assert (notice.kind, notice.data) == (
        "unsubscribe",
        {"channel": "wechat_oa", "subject": user.subject, "follows": False},
    )
    again = await _event(sandbox, product, again=True)
    assert (await callback.read(_inbound(again)))[0][0].key == notice.key
    back = await _event(sandbox, product, person="p5", event="subscribe")
    assert (await callback.read(_inbound(back)))[0][0].data["follows"] is True
    for quiet in ({"event": "CLICK", "key": "K"}, {"event": "text", "content": "在吗"}):
        heard = await _event(sandbox, product, person="p5", **quiet)
        assert (await callback.read(_inbound(heard)))[0] == []
    before = len(product.heard)
    receipt = await messages.send(user.subject, "held", VALUES, "", "n")
    (notice,), _ = await callback.read(_inbound((await product.wait(before + 1))[before]))
    assert (notice.kind, notice.data["message_id"], notice.data["delivered"]) == (
        "template_sent", receipt.external_id, True,
    )  # fmt: skip


async def test_the_address_check(sandbox: Sandbox, product: Listener, callback: AccountCallback) -> None:
    await sandbox.http.post("/_control/wechat_oa/verify_url")
    heard = product.heard[0]
    notices, answer = await callback.read(_inbound(heard))
    echo = parse_qs(urlsplit(heard.path).query)["echostr"][0]
    assert (notices, answer.body.decode()) == ([], echo)
    for change in ({"signature": "0" * 40}, {"signature": None}, {"timestamp": None}, {"nonce": None}, {"nonce": "x"},
                   {"echostr": "<script>"}, {"echostr": None}):  # fmt: skip
        with pytest.raises(Rejected):
            await callback.read(_inbound(heard, **change))


async def test_forged_messages_are_rejected(
    sandbox: Sandbox, product: Listener, callback: AccountCallback, clock: Clock
) -> None:
    true = await _event(sandbox, product, person="p1", event="subscribe")
    assert len((await callback.read(_inbound(true)))[0]) == 1
    sealed = read_flat(true.body)["Encrypt"]
    for change in (
        {"msg_signature": None}, {"msg_signature": ""}, {"msg_signature": "0" * 40}, {"timestamp": None},
        {"timestamp": "1"}, {"nonce": None}, {"nonce": "other"},
        {"body": b""}, {"body": b"<xml/>"}, {"body": b"not xml"},
        {"body": true.body.replace(sealed[:8].encode(), b"AAAAAAAA")},
        {"body": b'<!DOCTYPE x [<!ENTITY a "b">]>' + true.body},
        {"body": b"<xml>" + true.body[5:-6] + b"<Encrypt>x</Encrypt></xml>"},
    ):  # fmt: skip
        with pytest.raises(Rejected):
            await callback.read(_inbound(true, **change))
    stranger = AccountCallback(clock, token="other", encoding_aes_key="a" * 43, app_id="wx1")
    with pytest.raises(Rejected):
        await stranger.read(_inbound(true))
    clock.offset = timedelta(hours=1)
    with pytest.raises(Rejected):
        await callback.read(_inbound(true))


async def test_an_unencrypted_message_is_not_believed(
    sandbox: Sandbox, product: Listener, callback: AccountCallback
) -> None:
    await sandbox.http.put("/_control/wechat_oa", json={"mode": "plain"})
    plain = await _event(sandbox, product, person="p1", event="subscribe")
    with pytest.raises(Rejected):
        await callback.read(_inbound(plain))
    await sandbox.http.put("/_control/wechat_oa", json={"mode": "compat"})
    both = await _event(sandbox, product, person="p1", event="subscribe")
    lie = both.body.replace(b"<![CDATA[subscribe]]>", b"<![CDATA[unsubscribe]]>")
    assert (await callback.read(_inbound(both, body=lie)))[0][0].kind == "subscribe"


def test_the_envelope_vector_of_the_protocol() -> None:
    key = envelope.key_of("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    sealed = "Q3stYC6hdFzMh9T8HCvyDPFEiVbZwKSniSwt39y1Us/ALMFh5kotlj9RlPbHgq7ofxfbfwPuhQjGqzAVm923CQ=="
    assert envelope.open_sealed(sealed, key, "wx1234567890abcdef").decode() == "<xml><a>测试</a></xml>"
    assert envelope.signature("spamtest", "1409735669", "nonce1", sealed) == "9f87e7c990171a67c8b3ec15e16bd363ba75b5cd"
    assert envelope.signature("token123", "1409735669", "xxxxxx") == "92fbbaf191462d7c9b7d38a55ff463d653e65bce"
    for wrong, app_id in ((sealed, "wxother"), (sealed[:-4] + "AA==", "wx1234567890abcdef"), ("", ""), ("***", "")):
        with pytest.raises(envelope.EnvelopeRefused):
            envelope.open_sealed(wrong, key, app_id)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml>",
        b'<!DOCTYPE x SYSTEM "http://localhost/x.dtd"><xml/>',
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><A>&a;</A></xml>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><A>&a;</A></xml>',
        b"<xml><A>1</A><A>2</A></xml>",
        b"<xml>" + b"<A>" * 30000,
    ],
    ids=lambda body: str(body[:40]),
)
def test_dangerous_xml_is_refused(body: bytes) -> None:
    with pytest.raises(XmlRefused):
        read_flat(body)
