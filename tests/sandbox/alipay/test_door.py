"""The gateway's door: what is verified before anything is read, and how answers are signed."""

import base64
import json
import re
from urllib.parse import parse_qsl, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from tests.sandbox.alipay.conftest import FORM, Hospital
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("I06")


async def _why(life: Hospital, text: str) -> str:
    answer = await life.sandbox.http.post("/alipay/gateway.do", content=text, headers=FORM)
    found = answer.json()["error_response"]
    return f"{found['code']} {found['sub_code']}"


def _signed(life: Hospital, **changes: str | None) -> str:
    """A signed query, with parameters changed before signing (None: left out)."""
    data = life.client.build_body("alipay.trade.query", {"out_trade_no": "N1"}) | changes
    return str(life.client.sign_data({name: value for name, value in data.items() if value is not None}))


async def test_what_is_refused_at_the_door(life: Hospital) -> None:
    refusals: list[tuple[dict[str, str | None], str]] = [
        ({"app_id": "2014000000000000"}, "40002 isv.invalid-app-id"),
        ({"app_id": None}, "40001 isv.missing-app-id"),
        ({"method": None}, "40001 isv.missing-method"),
        ({"method": "alipay.trade.nothing"}, "40002 isv.invalid-method"),
        ({"sign_type": "RSA"}, "40002 isv.invalid-sign-type"),
        ({"timestamp": "2020-01-01 00:00:00"}, "40002 isv.invalid-timestamp"),
        ({"timestamp": "soon"}, "40002 isv.invalid-timestamp"),
        ({"version": "2.0"}, "40002 isv.invalid-format"),
        ({"biz_content": "no json"}, "40002 isv.invalid-biz-content"),
    ]
    for changes, why in refusals:
        assert await _why(life, _signed(life, **changes)) == why, changes
    good = _signed(life)
    assert await _why(life, re.sub("&sign=[^&]*", "", good)) == "40001 isv.missing-signature"
    assert await _why(life, good.replace("N1", "N2")) == "40002 isv.invalid-signature"
    assert await _why(life, good + "&notify_url=http%3A%2F%2Flocalhost%2Fmine") == "40002 isv.invalid-signature"


async def test_query_and_body_count_together_and_empty_values_do_not(life: Hospital) -> None:
    """The shape of npm `alipay-sdk`: the signature and public parameters in the query, only biz_content in the body."""
    pairs = dict(parse_qsl(_signed(life)))
    body = {"biz_content": pairs.pop("biz_content"), "app_auth_token": ""}
    url = f"/alipay/gateway.do?{urlencode(pairs)}"
    answer = await life.sandbox.http.post(url, content=urlencode(body), headers=FORM)
    assert answer.json()["alipay_trade_query_response"]["sub_code"] == "ACQ.TRADE_NOT_EXIST"


async def test_the_signature_is_over_the_raw_node_with_its_escaped_slashes(life: Hospital) -> None:
    await life.create("SLASH1")
    await life.control(f"trades/{await life.create('SLASH1')}/confirm")
    key = load_pem_public_key(life.keys["alipay_public_key_pem"].encode())
    assert isinstance(key, RSAPublicKey)
    for escaped in (True, False):
        await life.switch(escape_slashes=escaped)
        text = (await life.raw("alipay.trade.query", biz_content='{"out_trade_no":"SLASH1"}')).text
        assert ("心血管内科\\/挂号费" in text) is escaped
        node = text[text.index(":") + 1 : text.rindex(',"sign"')]
        signature = base64.b64decode(json.loads(text)["sign"])
        key.verify(signature, node.encode(), PKCS1v15(), SHA256())


async def test_a_caller_in_gbk(life: Hospital) -> None:
    """Signature and answer are in the charset that the request names."""
    pairs = dict(parse_qsl(_signed(life))) | {"charset": "GBK", "biz_content": '{"out_trade_no":"挂号"}'}
    del pairs["sign"]
    text = "&".join(f"{name}={value}" for name, value in sorted(pairs.items()))
    key = load_pem_private_key(life.keys["app_private_key_pem"].encode(), None)
    pairs["sign"] = base64.b64encode(key.sign(text.encode("gbk"), PKCS1v15(), SHA256())).decode()  # type: ignore[union-attr, call-arg, arg-type]
    answer = await life.sandbox.http.post("/alipay/gateway.do", content=urlencode(pairs, encoding="gbk"), headers=FORM)
    assert "GBK" in answer.headers["content-type"]
    assert json.loads(answer.content.decode("gbk"))["alipay_trade_query_response"]["sub_msg"] == "交易不存在"


async def test_codes_are_one_use_and_for_one_application(life: Hospital, mini: Hospital) -> None:
    code = await life.code()
    wrong = await mini.raw("alipay.system.oauth.token", grant_type="authorization_code", code=code)
    assert wrong.json()["error_response"]["sub_code"] == "isv.code-invalid"
    token = await life.ask("alipay.system.oauth.token", grant_type="authorization_code", code=code)
    again = await life.raw("alipay.system.oauth.token", grant_type="authorization_code", code=code)
    assert again.json()["error_response"] == {
        "code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.code-invalid", "sub_msg": "授权码code无效",
    }  # fmt: skip
    base = (await life.ask("alipay.user.info.share", auth_token=token["access_token"]))["code"]
    assert base == "40006"
    more = await life.ask("alipay.system.oauth.token", grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert more["open_id"] == token["open_id"]
    old = await life.ask("alipay.user.info.share", auth_token=token["access_token"])
    assert (old["code"], old["sub_code"]) == ("20001", "aop.invalid-auth-token")


async def test_sign_in_pages(sandbox: Sandbox, life: Hospital) -> None:
    page = "/alipay-open/oauth2/publicAppAuthorize.htm"
    asked = {
        "app_id": life.client.appid, "scope": "auth_base", "state": "s1",
        "redirect_uri": f"{sandbox.product_url.replace('localhost', 'p2.localhost')}/callbacks/sign-in?x=1#top",
    }  # fmt: skip
    sent = await sandbox.http.get(page, params=asked)
    assert sent.status_code == 302
    where = sent.headers["location"]
    assert where.endswith("#top")
    back = dict(parse_qsl(where.partition("?")[2].partition("#")[0]))
    assert (back["x"], back["state"], back["app_id"], back["scope"]) == ("1", "s1", life.client.appid, "auth_base")
    token = await life.ask("alipay.system.oauth.token", grant_type="authorization_code", code=back["auth_code"])
    assert token["open_id"] == await life.open_id("p2")
    asks = await sandbox.http.get(page, params={**asked, "scope": "auth_user"})
    assert "岭南大学附属医院" in asks.text
    assert (await sandbox.http.get(page, params={**asked, "scope": "auth_user", "consent": "yes"})).status_code == 302
    assert (await sandbox.http.get(page, params={**asked, "scope": "auth_user"})).status_code == 302
    choice = await sandbox.http.get(page, params={**asked, "redirect_uri": f"{sandbox.product_url}/l/"})
    assert choice.text.count("data-person=") == 8
    for name, value in [("app_id", "1"), ("redirect_uri", "https://evil.example/"), ("scope", "all"), ("state", "状")]:
        assert (await sandbox.http.get(page, params={**asked, name: value})).status_code == 400, name


async def test_faults_find_an_operation_by_its_name(sandbox: Sandbox, life: Hospital) -> None:
    await sandbox.fault("alipay", "status", "alipay.trade.query", value=502, times=1)
    await life.create("FAULT1")
    assert (await life.raw("alipay.trade.query", biz_content='{"out_trade_no":"FAULT1"}')).status_code == 502
    assert (await life.raw("alipay.trade.query", biz_content='{"out_trade_no":"FAULT1"}')).status_code == 200
    entries = await sandbox.journal("alipay")
    assert any(entry["what"] == "alipay.trade.create" and entry["status"] == 200 for entry in entries)
    assert life.keys["app_private_key_pem"] not in json.dumps(entries)
