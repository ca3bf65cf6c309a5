"""Messages, menu, events to the product's gateway and its activation; its answers are written here by hand."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from defusedxml import ElementTree as SafeXml

from tests.sandbox.alipay.conftest import Hospital, form
from tests.support.listener import Heard, Listener

pytestmark = [pytest.mark.feature("F01"), pytest.mark.usefixtures("product")]

SINGLE, MINI = "alipay.open.public.message.single.send", "alipay.open.app.mini.templatemessage.send"
WORDS = ("陈*华", "11月25日 09:00", "心血管内科", "林志远", "本部 3 楼", "JY1")
VALUES = {f"keyword{n}": {"value": word, "color": "#303133"} for n, word in enumerate(WORDS, 1)}


async def _inbox(one: Hospital, person: str = "p1") -> list[dict[str, Any]]:
    answer = await one.sandbox.http.get("/_control/alipay/messages", params={"person": person})
    found: list[dict[str, Any]] = answer.json()["messages"]
    return found


async def test_a_template_message_of_the_life_account(life: Hospital, mini: Hospital) -> None:
    context = {**VALUES, "url": "http://localhost:8000/l/", "action_name": "查看", "head_color": "#1677FF"}
    body = {
        "to_open_id": await life.open_id(),
        "template": {"template_id": life.keys["templates"]["booked"], "context": context},
    }
    assert (await life.ask(SINGLE, body))["code"] == "10000"
    shown = (await _inbox(life))[0]
    assert (shown["title"], shown["app"], shown["template"]) == ("预约成功通知", "life", "booked")
    assert [line["value"] for line in shown["lines"]] == list(WORDS)
    assert await _inbox(life, "p2") == []
    wrong = {**body, "template": {"template_id": "none", "context": context}}
    assert (await life.ask(SINGLE, wrong))["sub_code"] == "TEMPLATE_NOT_EXIST"
    less = {name: value for name, value in context.items() if name != "keyword6"}
    short = {**body, "template": {**body["template"], "context": less}}  # type: ignore[dict-item]
    assert (await life.ask(SINGLE, short))["sub_code"] == "INVALID_PARAMETER"
    stranger = {**body, "to_open_id": await life.open_id("p6")}
    assert (await life.ask(SINGLE, stranger))["sub_code"] == "USER_NOT_FOLLOW"
    assert (await life.ask(SINGLE, {**body, "to_open_id": "0nobody"}))["sub_code"] == "USER_NOT_EXIST"
    assert (await mini.ask(SINGLE, body))["code"] == "40006"
    mass = {"msg_type": "text", "text": {"content": "停诊通知"}}
    assert (await life.ask("alipay.open.public.message.total.send", mass))["code"] == "10000"
    assert [len(await _inbox(life, person)) for person in ("p1", "p2", "p6")] == [2, 1, 0]
    text = {"to_open_id": await life.open_id(), "msg_type": "text", "text": {"content": "您好"}}
    assert (await life.ask("alipay.open.public.message.custom.send", text))["code"] == "10000"
    assert (await _inbox(life))[0]["lines"] == [{"label": "", "value": "您好"}]


async def test_the_mini_program_needs_a_form_or_a_payment(mini: Hospital, life: Hospital) -> None:
    async def send(form_id: str) -> str:
        body = {
            "to_open_id": await mini.open_id(), "form_id": form_id, "page": "pages/visits/index",
            "user_template_id": mini.keys["templates"]["booked"], "data": json.dumps(VALUES),
        }  # fmt: skip
        found = await mini.ask(MINI, body)
        return str(found.get("sub_code") or found["code"])

    form_id = (await mini.control("form_id", person="p1"))["form_id"]
    assert [await send(form_id), await send(form_id)] == ["10000", "INVALID_FORM_ID"]
    trade_no = await mini.create("FORM1")
    assert await send(trade_no) == "INVALID_FORM_ID"
    await mini.control(f"trades/{trade_no}/confirm")
    assert [await send(trade_no) for _ in range(4)] == ["10000", "10000", "10000", "INVALID_FORM_ID"]
    other = (await mini.control("form_id", person="p2"))["form_id"]
    assert await send(other) == "INVALID_FORM_ID"
    assert len(await _inbox(life)) == 4
    assert (await _inbox(life))[0]["url"] == "pages/visits/index"


async def test_the_menu(life: Hospital) -> None:
    button = {"name": "预约挂号", "action_type": "link", "action_param": "http://localhost:8000/l/"}
    body = {"button": [button, {"name": "更多", "sub_button": [button]}], "type": "text"}
    create, modify = "alipay.open.public.menu.create", "alipay.open.public.menu.modify"
    assert (await life.ask(modify, body))["sub_code"] == "MENU_NOT_EXIST"
    assert (await life.ask(create, body))["code"] == "10000"
    assert (await life.ask(create, body))["sub_code"] == "MENU_EXIST"
    assert (await life.ask(modify, {**body, "button": [button]}))["code"] == "10000"
    assert (await life.sandbox.http.get("/_control/alipay/menu")).json() == {"button": [button]}
    found = await life.ask("alipay.open.public.menu.query")
    assert json.loads(found["menu_content"]) == {"button": [button]}
    for wrong in ([], [button] * 5, [{**button, "name": "名字太长了吧"}], [{**button, "action_type": "go"}]):
        assert (await life.ask(modify, {"button": wrong}))["code"] == "40004", wrong
    code = {"code_type": "TEMP", "code_info": {"scene": {"scene_id": "desk"}}}
    made = await life.ask("alipay.open.public.qrcode.create", code)
    assert made["code_img"].startswith("https://mobilecodec.alipay.com/")
    assert (await life.ask("alipay.open.public.qrcode.create", {"code_type": "TEMP"}))["code"] == "40004"
    people = await life.ask("alipay.open.public.follow.batchquery")
    assert people["count"] == "7"
    assert await life.open_id("p1") in people["user_id_list"]["string"]


def _answered(life: Hospital, inner: str, *, charset: str = "utf-8") -> str:
    """A signed answer of an application's gateway."""
    key = load_pem_private_key(life.keys["app_private_key_pem"].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    signature = base64.b64encode(key.sign(inner.encode(charset), PKCS1v15(), SHA256())).decode()
    return (
        f'<?xml version="1.0" encoding="{charset}"?><alipay><response>{inner}</response>'
        f"<sign>{signature}</sign><sign_type>RSA2</sign_type></alipay>"
    )


def _public(life: Hospital) -> str:
    key = load_pem_private_key(life.keys["app_private_key_pem"].encode(), None)
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return "".join(pem.splitlines()[1:-1])


def _holds(life: Hospital, heard: Heard, charset: str = "utf-8") -> bool:
    """Whether Alipay signed a message, `sign_type` included in the text."""
    fields = form(heard.body) if charset == "utf-8" else _gbk(heard.body)
    signature = base64.b64decode(fields.pop("sign"))
    assert fields["sign_type"] == "RSA2"
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = load_pem_public_key(life.keys["alipay_public_key_pem"].encode())
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(signature, text.encode(charset), PKCS1v15(), SHA256())
    except Exception as wrong:  # noqa: BLE001 - any refusal is one
        return bool(str(wrong))
    return True


def _gbk(body: bytes) -> dict[str, str]:
    from urllib.parse import parse_qsl

    return dict(parse_qsl(body.decode("ascii"), encoding="gbk"))


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
async def test_the_gateway_is_activated(life: Hospital, product: Listener, charset: str) -> None:
    inner = f"<success>true</success><biz_content>{_public(life)}</biz_content>"
    product.answer = lambda _heard: (200, _answered(life, inner))
    found = await life.control("activate", app="life", charset=charset)
    assert (found["activated"], found["reason"]) == (True, "")
    heard = next(one for one in product.heard if one.path == "/callbacks/alipay_life")
    assert _holds(life, heard, charset)
    fields = _gbk(heard.body) if charset == "gbk" else form(heard.body)
    assert (fields["service"], fields["charset"].lower()) == ("alipay.service.check", charset)
    assert "<EventType><![CDATA[verifygw]]></EventType>" in fields["biz_content"]


async def test_what_would_not_be_activated(life: Hospital, product: Listener) -> None:
    good = f"<success>true</success><biz_content>{_public(life)}</biz_content>"
    for answer, why in [
        ("success", "no response element"),
        (_answered(life, good).replace("true", "yes"), "signature does not hold"),
        (_answered(life, "<success>true</success><biz_content>AAAA</biz_content>"), "public key"),
        (_answered(life, "<success>false</success><error_code>VERIFY_FAILED</error_code>"), "VERIFY_FAILED"),
        (_answered(life, good).replace("RSA2", "RSA"), "sign_type"),
    ]:
        product.answer = lambda _heard, text=answer: (200, text)  # type: ignore[misc]
        found = await life.control("activate")
        assert found["activated"] is False
        assert why in found["reason"], answer
    assert all(_holds(life, heard) for heard in product.heard if heard.path == "/callbacks/alipay_life")
    await life.control("activate", app="mini", forged=True)
    assert product.heard[-1].path == "/callbacks/alipay_mini"


async def test_events(life: Hospital, product: Listener) -> None:
    product.answer = lambda _heard: (200, "<XML/>")
    for event, more in [("follow", {}), ("click", {"key": "help"}), ("text", {"content": "<你好&>"}), ("unfollow", {})]:
        assert (await life.control("events", person="p6", event=event, **more))["status"] == 200
    seen = []
    for heard in (one for one in product.heard if one.path == "/callbacks/alipay_life"):
        assert _holds(life, heard)
        fields = form(heard.body)
        assert fields["service"] == "alipay.mobile.public.message.notify"
        tree = SafeXml.fromstring(fields["biz_content"])
        assert tree.findtext("FromUserId") == await life.open_id("p6")
        assert tree.findtext("AppId") == life.client.appid
        seen.append((tree.findtext("MsgType"), tree.findtext("EventType"), tree.findtext("ActionParam")))
        assert tree.findtext("Text") in (None, "<你好&>")
    assert seen == [
        ("event", "follow", ""),
        ("event", "click", "help"),
        ("text", None, None),
        ("event", "unfollow", ""),
    ]
    assert (await life.control("events", again=True))["status"] == 200
    assert form(product.heard[-1].body)["biz_content"] == form(product.heard[-2].body)["biz_content"]
    assert (await life.control("events", person="p1", event="follow", forged=True))["status"] == 200
    assert "error" in await life.control("events", person="p9", event="follow")
    people = (await life.sandbox.http.get("/_control/alipay/people")).json()["people"]
    assert next(one["following"] for one in people if one["person"] == "p6") == 0


async def test_an_event_that_is_not_heard_comes_again(life: Hospital, product: Listener) -> None:
    answers = iter([500, 500, 200])
    product.answer = lambda _heard: (next(answers, 200), "")
    await life.switch(retry_seconds=0.1)
    await life.control("events", person="p1", event="enter")
    assert len({heard.body for heard in (await product.wait(3))[:3]}) == 1
