"""The sandbox's official account under PyPI `wechatpy`, an independent reading of the protocol."""

import asyncio
import hashlib
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from jiuyi_sandbox.wechat_oa import envelope
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture
def sdk(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Any:
    from wechatpy import WeChatClient

    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    keys = sandbox.keys["wechat_oa"]
    base = f"{keys['api_url']}/cgi-bin/"
    monkeypatch.setattr(WeChatClient, "API_BASE_URL", base)

    class Pointed(WeChatClient):  # type: ignore[misc]
        def fetch_access_token(self) -> Any:
            query = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
            return self._fetch_access_token(f"{base}token", query)

    return Pointed(keys["app_id"], keys["app_secret"])


async def _openid(sandbox: Sandbox, person: str) -> str:
    people = (await sandbox.http.get("/_control/wechat_oa/people")).json()["people"]
    return str(next(one["openid"] for one in people if one["person"] == person))


MENU = {
    "button": [
        {"type": "view", "name": "预约挂号", "url": "http://localhost:8000/w/"},
        {"name": "服务", "sub_button": [{"type": "click", "name": "联系医院", "key": "CONTACT"}]},
    ]
}


async def test_token_menu_and_ticket(sandbox: Sandbox, sdk: Any) -> None:
    from wechatpy.exceptions import WeChatClientException

    assert await asyncio.to_thread(sdk.menu.get) is None  # its word for 46003
    await asyncio.to_thread(sdk.menu.create, MENU)
    kept = await asyncio.to_thread(sdk.menu.get)
    assert kept["menu"]["button"] == MENU["button"]
    assert (await sandbox.http.get("/_control/wechat_oa/menu")).json()["button"] == MENU["button"]
    with pytest.raises(WeChatClientException, match="40018"):
        await asyncio.to_thread(sdk.menu.create, {"button": [{"type": "click", "name": "长" * 6, "key": "K"}]})
    await asyncio.to_thread(sdk.menu.delete)
    ticket = await asyncio.to_thread(sdk.jsapi.get_ticket)
    url = "http://p1.localhost:8000/w/?a=1&b=%E4%B8%AD"
    signature = await asyncio.to_thread(sdk.jsapi.get_jsapi_signature, "nonce", ticket["ticket"], "1700000000", url)
    query = {"appId": sandbox.keys["wechat_oa"]["app_id"], "timestamp": "1700000000", "nonceStr": "nonce", "url": url}
    right = await sandbox.http.get("/bridge/config", params={**query, "signature": signature})
    assert right.json() == {"ok": True, "reason": ""}
    for name, wrong in [("url", url + "#x"), ("nonceStr", "Nonce"), ("signature", "0" * 40), ("appId", "wx")]:
        answer = await sandbox.http.get("/bridge/config", params={**query, "signature": signature, name: wrong})
        assert not answer.json()["ok"], name


async def test_a_forced_40001_is_healed_by_a_new_token(sandbox: Sandbox, sdk: Any) -> None:
    await asyncio.to_thread(sdk.menu.create, MENU)
    await sandbox.http.put("/_control/wechat_oa", json={"force_40001": 1})
    assert (await asyncio.to_thread(sdk.menu.get))["menu"]["button"]
    counted = await sandbox.counters()
    assert counted["wechat_api /wechat-api/cgi-bin/menu/get 40001"] == 1


async def test_stable_tokens(sandbox: Sandbox) -> None:
    keys = sandbox.keys["wechat_oa"]
    body = {"grant_type": "client_credential", "appid": keys["app_id"], "secret": keys["app_secret"]}

    async def ask(**more: Any) -> dict[str, Any]:
        return dict((await sandbox.http.post("/wechat-api/cgi-bin/stable_token", json={**body, **more})).json())

    first, again = await ask(), await ask()
    assert first["access_token"] == again["access_token"]
    forced = await ask(force_refresh=True)
    assert forced["access_token"] != first["access_token"]
    old = await sandbox.http.get("/wechat-api/cgi-bin/menu/get", params={"access_token": first["access_token"]})
    assert old.json()["errcode"] == 40001
    assert (await ask(secret="wrong"))["errcode"] == 40125
    assert (await ask(appid="wx"))["errcode"] == 40013
    await sandbox.move_clock(7300, only_sandbox=True)
    late = await sandbox.http.get("/wechat-api/cgi-bin/menu/get", params={"access_token": forced["access_token"]})
    assert late.json()["errcode"] == 42001


DATA = {
    "thing1": {"value": "陈*华"},
    "time2": {"value": "2026年11月25日 09:00"},
    "thing3": {"value": "心血管内科"},
    "thing4": {"value": "林志远 主任医师"},
    "thing5": {"value": "本部门诊楼 3 楼 A 区"},
    "character_string6": {"value": "R2511250001"},
}


async def test_template_messages(sandbox: Sandbox, sdk: Any, product: Any) -> None:
    from wechatpy.crypto import WeChatCrypto
    from wechatpy.exceptions import WeChatClientException

    keys = sandbox.keys["wechat_oa"]
    product.answer = lambda _: (200, "success")
    openid, stranger = await _openid(sandbox, "p1"), await _openid(sandbox, "p6")
    booked = keys["templates"]["booked"]
    assert set(keys["template_fields"]["booked"].values()) == set(DATA)

    async def send(user: str = openid, template: str = booked, **data: Any) -> Any:
        return await asyncio.to_thread(sdk.message.send_template, user, template, {**DATA, **data}, "http://localhost/")

    sent = await send()
    inbox = (await sandbox.http.get("/_control/wechat_oa/messages", params={"person": "p1"})).json()["messages"]
    assert (inbox[0]["title"], inbox[0]["lines"][0]) == ("预约成功通知", {"label": "就诊人", "value": "陈*华"})
    heard = (await product.wait(1))[0]
    query = {k: v[0] for k, v in parse_qs(urlsplit(heard.path).query).items()}
    crypto = WeChatCrypto(keys["token"], keys["encoding_aes_key"], keys["app_id"])
    opened = crypto.decrypt_message(heard.body, query["msg_signature"], query["timestamp"], query["nonce"])
    assert "TEMPLATESENDJOBFINISH" in opened
    assert f"<MsgID>{sent['msgid']}</MsgID>" in opened
    refusals: list[tuple[dict[str, Any], int]] = [
        ({"user": "oNobody"}, 40003),
        ({"template": "none"}, 40037),
        ({"user": stranger}, 43004),
        ({"thing1": {"value": "长" * 21}}, 47003),
        ({"thing1": {"value": ""}}, 47003),
        ({"time2": {"value": "明天上午"}}, 47003),
        ({"thing9": {"value": "x"}}, 47003),
    ]
    for wrong, code in refusals:
        with pytest.raises(WeChatClientException, match=str(code)):
            await send(**wrong)


@pytest.mark.parametrize("mode", ["aes", "compat", "plain"])
async def test_messages_to_the_server(sandbox: Sandbox, product: Any, mode: str) -> None:
    from wechatpy.crypto import WeChatCrypto
    from wechatpy.utils import check_signature

    keys = sandbox.keys["wechat_oa"]
    await sandbox.http.put("/_control/wechat_oa", json={"mode": mode, "retry_seconds": 0.1})
    answers = iter([(500, ""), (200, "success")])
    product.answer = lambda _: next(answers)
    asked = {"person": "p2", "event": "CLICK", "key": "CONTACT"}
    first = (await sandbox.http.post("/_control/wechat_oa/events", json=asked)).json()
    assert first["status"] == 500
    heard = (await product.wait(2))[1]
    query = {k: v[0] for k, v in parse_qs(urlsplit(heard.path).query).items()}
    check_signature(keys["token"], query["signature"], query["timestamp"], query["nonce"])
    text = heard.body.decode()
    if mode != "plain":
        crypto = WeChatCrypto(keys["token"], keys["encoding_aes_key"], keys["app_id"])
        text = crypto.decrypt_message(heard.body, query["msg_signature"], query["timestamp"], query["nonce"])
    assert "<EventKey><![CDATA[CONTACT]]></EventKey>" in text
    assert await _openid(sandbox, "p2") in text


async def test_an_encrypted_reply_reaches_the_phone(sandbox: Sandbox, product: Any) -> None:
    from wechatpy.crypto import WeChatCrypto

    keys = sandbox.keys["wechat_oa"]
    openid = await _openid(sandbox, "p3")
    reply = (
        f"<xml><ToUserName><![CDATA[{openid}]]></ToUserName><FromUserName><![CDATA[gh]]></FromUserName>"
        "<CreateTime>1</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[您好]]></Content></xml>"
    )
    sealed = WeChatCrypto(keys["token"], keys["encoding_aes_key"], keys["app_id"]).encrypt_message(reply, "n1", "17")
    product.answer = lambda _: (200, sealed)
    body = {"person": "p3", "event": "text", "content": "在吗"}
    await sandbox.http.post("/_control/wechat_oa/events", json=body)
    inbox = (await sandbox.http.get("/_control/wechat_oa/messages", params={"person": "p3"})).json()["messages"]
    assert [(one["kind"], one["lines"][0]["value"]) for one in inbox] == [("reply", "您好")]


async def test_the_server_address_is_verified(sandbox: Sandbox, product: Any) -> None:
    token = sandbox.keys["wechat_oa"]["token"]

    def echo(heard: Any) -> tuple[int, str]:
        query = {k: v[0] for k, v in parse_qs(urlsplit(heard.path).query).items()}
        text = "".join(sorted([token, query["timestamp"], query["nonce"]]))
        ours = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        return (200, query["echostr"]) if ours == query["signature"] else (403, "")

    product.answer = echo
    assert (await sandbox.http.post("/_control/wechat_oa/verify_url")).json()["verified"]
    assert not (await sandbox.http.post("/_control/wechat_oa/verify_url", json={"token": "x"})).json()["verified"]


def _authorize(sandbox: Sandbox, **change: str) -> dict[str, str]:
    return {
        "appid": sandbox.keys["wechat_oa"]["app_id"],
        "redirect_uri": "http://p1.localhost:8000/w/signed-in",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "abc123",
    } | change


async def _code(sandbox: Sandbox, **change: str) -> str:
    answer = await sandbox.http.get("/wechat-open/connect/oauth2/authorize", params=_authorize(sandbox, **change))
    assert answer.status_code == 302, answer.text
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == ["abc123"]
    return query["code"][0]


async def _exchange(sandbox: Sandbox, code: str, **change: str) -> dict[str, Any]:
    keys = sandbox.keys["wechat_oa"]
    query = {"appid": keys["app_id"], "secret": keys["app_secret"], "code": code, "grant_type": "authorization_code"}
    return dict((await sandbox.http.get("/wechat-api/sns/oauth2/access_token", params=query | change)).json())


async def test_sign_in(sandbox: Sandbox) -> None:
    code = await _code(sandbox)
    found = await _exchange(sandbox, code)
    assert found["openid"] == await _openid(sandbox, "p1")
    assert "unionid" not in found
    assert (await _exchange(sandbox, code))["errcode"] == 40163
    assert (await _exchange(sandbox, "never"))["errcode"] == 40029
    assert (await _exchange(sandbox, ""))["errcode"] == 41008
    assert (await _exchange(sandbox, code, secret="x"))["errcode"] == 40125
    late = await _code(sandbox)
    await sandbox.move_clock(301, only_sandbox=True)
    assert (await _exchange(sandbox, late))["errcode"] == 42003


async def test_consent_userinfo_and_refresh(sandbox: Sandbox) -> None:
    found = await _exchange(sandbox, await _code(sandbox, scope="snsapi_userinfo"))
    query = {"access_token": found["access_token"], "openid": found["openid"], "lang": "zh_CN"}
    info = (await sandbox.http.get("/wechat-api/sns/userinfo", params=query)).json()
    assert (info["nickname"], bool(info["unionid"])) == ("美华", True)
    app = {"appid": sandbox.keys["wechat_oa"]["app_id"], "grant_type": "refresh_token"}
    fresh = await sandbox.http.get(
        "/wechat-api/sns/oauth2/refresh_token", params=app | {"refresh_token": found["refresh_token"]}
    )
    assert fresh.json()["openid"] == found["openid"]
    asks = _authorize(sandbox, redirect_uri="http://p6.localhost:8000/w/", scope="snsapi_userinfo")
    page = await sandbox.http.get("/wechat-open/connect/oauth2/authorize", params=asks)
    assert (page.status_code, "允许" in page.text) == (200, True)


async def test_the_page_comes_back_with_its_own_fragment(sandbox: Sandbox) -> None:
    for uri, end in (("http://p1.localhost:8000/w/", "#"), ("http://p1.localhost:8000/w/?a=1#/pages/me", "#/pages/me")):
        asks = _authorize(sandbox, redirect_uri=uri)
        answer = await sandbox.http.get("/wechat-open/connect/oauth2/authorize", params=asks)
        back, mark, fragment = answer.headers["location"].partition("#")
        assert mark + fragment == end
        assert set(parse_qs(urlsplit(back).query)) - {"a"} == {"code", "state"}


async def test_a_snapshot_user_is_marked(sandbox: Sandbox) -> None:
    await sandbox.http.put("/_control/wechat_oa/people", json={"person": "p1", "snapshot": True})
    found = await _exchange(sandbox, await _code(sandbox))
    assert found["is_snapshotuser"] == 1
    assert found["openid"] != await _openid(sandbox, "p1")


async def test_who_is_asked_when_the_host_does_not_say(sandbox: Sandbox) -> None:
    asks = _authorize(sandbox, redirect_uri="http://localhost:8000/w/signed-in?to=%2Fw%2F")
    page = await sandbox.http.get(
        "/wechat-open/connect/oauth2/authorize", params=asks, headers={"Accept-Language": "en"}
    )
    links = re.findall(r'href="([^"]+)" data-person="(\w+)"', page.text)
    assert [person for _, person in links] == ["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "snapshot"]
    chosen = await sandbox.http.get(links[2][0].replace("&amp;", "&"))
    back = urlsplit(chosen.headers["location"])
    assert parse_qs(back.query)["to"] == ["/w/"]
    assert (await _exchange(sandbox, parse_qs(back.query)["code"][0]))["openid"] == await _openid(sandbox, "p3")


@pytest.mark.parametrize(
    "change",
    [
        {"appid": "wxother"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "http://[/"},
        {"response_type": "token"},
        {"scope": "snsapi_login"},
        {"state": "s" * 129},
    ],
    ids=str,
)
async def test_a_wrong_authorize_request_is_not_redirected(sandbox: Sandbox, change: dict[str, str]) -> None:
    answer = await sandbox.http.get("/wechat-open/connect/oauth2/authorize", params=_authorize(sandbox, **change))
    assert answer.status_code == 400


async def test_parameters_must_stand_in_wechats_order(sandbox: Sandbox) -> None:
    turned = dict(reversed(_authorize(sandbox).items()))
    assert (await sandbox.http.get("/wechat-open/connect/oauth2/authorize", params=turned)).status_code == 400


def test_the_vectors_of_the_protocol() -> None:
    key = envelope.aes_key("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    sealed = envelope.encrypt(
        "<xml><a>测试</a></xml>", key=key, app_id="wx1234567890abcdef", random=b"0123456789abcdef"
    )
    assert sealed == ("Q3stYC6hdFzMh9T8HCvyDPFEiVbZwKSniSwt39y1Us/ALMFh5kotlj9RlPbHgq7ofxfbfwPuhQjGqzAVm923CQ==")
    right = "9f87e7c990171a67c8b3ec15e16bd363ba75b5cd"
    assert envelope.sha1_of_sorted("spamtest", "1409735669", "nonce1", sealed) == right
    assert envelope.sha1_of_sorted("token123", "1409735669", "xxxxxx") == "92fbbaf191462d7c9b7d38a55ff463d653e65bce"
    assert envelope.decrypt(sealed, key=key, app_id="wx1234567890abcdef") == "<xml><a>测试</a></xml>"
    for wrong in (sealed[:-4] + "AA==", sealed[:20], "不是"):
        with pytest.raises((envelope.EnvelopeError, ValueError)):
            envelope.decrypt(wrong, key=key, app_id="wx1234567890abcdef")
    with pytest.raises(envelope.EnvelopeError):
        envelope.decrypt(sealed, key=key, app_id="wxother")


def test_json_is_read_as_wechat_reads_it() -> None:
    from jiuyi_sandbox.wechat_oa import _read_body

    assert _read_body(json.dumps({"name": "挂号"}, ensure_ascii=False).encode()) == {"name": "挂号"}
    assert _read_body(json.dumps({"name": "挂"}).encode()) == {"name": "\\u6302"}
