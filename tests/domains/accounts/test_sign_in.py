"""Signing in: the code is redeemed once, the way back is ours, and a session can be taken away."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.api import safe_target
from jiuyi.domains.accounts.types import Channel, ChannelUser, Joined
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered
from tests.support.clock import AppClock
from tests.support.product import Product, running
from tests.support.waiting import until

pytestmark = pytest.mark.feature("F01")


class Door:
    """Satisfies `accounts.ports.SignIn`: each code is good once."""

    def __init__(self) -> None:
        self.codes: dict[str, ChannelUser] = {}
        self.fault: NotDone | None = None

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        return f"https://open.example/authorize?redirect_uri={redirect_uri}&state={state}"

    async def exchange(self, code: str) -> ChannelUser:
        if self.fault is not None:
            raise self.fault
        if code not in self.codes:
            raise Refused("wechat", "oauth.access_token", "40029")
        return self.codes.pop(code)


@pytest.fixture
def door() -> Door:
    return Door()


@pytest_asyncio.fixture
async def product(dsn: str, door: Door) -> AsyncIterator[Product]:
    async with running(dsn, wechat_sign_in=door) as product:
        yield product


async def _begin(http: httpx.AsyncClient, to: str = "/w/") -> str:
    answer = await http.get("/w/sign-in", params={"to": to})
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]


async def _finish(product: Product, door: Door, user: ChannelUser, to: str = "/w/") -> httpx.Response:
    http = product.visitor()
    state = await _begin(http, to)
    door.codes["c1"] = user
    return await http.get("/w/signed-in", params={"code": "c1", "state": state})


async def test_a_person_comes_back_to_the_page_they_wanted(product: Product, door: Door) -> None:
    http = product.visitor()
    state = await _begin(http, "/w/#/pages/booking/appointment?id=1")
    door.codes["c1"] = ChannelUser("openid-1", "陈小花🌸")
    answer = await http.get("/w/signed-in", params={"code": "c1", "state": state})
    assert (answer.status_code, answer.headers["location"]) == (302, "/w/#/pages/booking/appointment?id=1")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    sessions = (await http.get("/api/sessions")).json()["items"]
    assert [one["current"] for one in sessions] == [True]
    assert (await http.get("/w/signed-in", params={"code": "c1", "state": state})).status_code == 403


async def test_the_same_openid_is_the_same_account_and_each_sign_in_a_new_session(product: Product, door: Door) -> None:
    for _ in range(2):
        assert (await _finish(product, door, ChannelUser("openid-1"))).status_code == 302
    async with product.parts.db.tx() as tx:
        assert await tx.value("SELECT count(*) FROM accounts.account") == 1
        assert await tx.value("SELECT count(DISTINCT token_digest) FROM accounts.session") == 2


@pytest.mark.parametrize("forged", ["", "else", "日本"])
async def test_a_state_that_is_not_ours_is_refused(product: Product, door: Door, forged: str) -> None:
    http = product.visitor()
    await _begin(http)
    door.codes["c1"] = ChannelUser("openid-1")
    answer = await http.get("/w/signed-in", params={"code": "c1", "state": forged})
    assert (answer.status_code, answer.json()["code"]) == (403, "accounts.sign_in_failed")
    assert "c1" in door.codes


async def test_snapshot_visitors_are_told_to_open_the_full_service(product: Product, door: Door) -> None:
    answer = await _finish(product, door, ChannelUser("openid-1", anonymous=True))
    assert answer.json()["code"] == "accounts.snapshot_user"


async def test_an_outage_is_not_a_refusal(product: Product, door: Door) -> None:
    door.fault = Unanswered("wechat", "oauth.access_token")
    answer = await _finish(product, door, ChannelUser("openid-1"))
    assert (answer.status_code, answer.json()["code"]) == (503, "outside_down")


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example/",
        "/w//evil.example",
        "/w/\\evil.example",
        "/w/\r\nset-cookie:x=1",
        "javascript:alert(1)",
        "/api/sessions",
        "",
    ],
)
def test_the_way_back_is_never_somebody_elses(to: str) -> None:
    assert safe_target(to) == "/w/"


async def test_changing_requests_need_the_sessions_own_csrf_value(product: Product) -> None:
    one, other = await product.sign_in(), await product.sign_in()
    for headers in ({}, {"x-csrf-token": ""}, {"x-csrf-token": "x"}, {"x-csrf-token": other._headers["x-csrf-token"]}):
        answer = await one.http.put("/api/account/language", json={"language": "en"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "stale_form")
    assert (await one.call("PUT", "/api/account/language", {"language": "en"})).status_code == 204


async def test_a_revoked_session_ends_in_every_process(dsn: str, product: Product) -> None:
    person = await product.sign_in()
    async with running(dsn) as second:
        elsewhere = second.visitor({"jiuyi_session": person.http.cookies["jiuyi_session"]})
        assert (await elsewhere.get("/api/sessions")).status_code == 200
        session = (await person.get("/api/sessions")).json()["items"][0]["id"]
        assert (await person.call("DELETE", f"/api/sessions/{session}")).status_code == 204

        async def statuses() -> set[int]:
            return {(await who.get("/api/sessions")).status_code for who in (person, elsewhere)}

        await until(statuses, lambda seen: seen == {401})


async def test_nobody_ends_a_strangers_session(product: Product) -> None:
    one, other = await product.sign_in(), await product.sign_in()
    for wanted in (str(other.principal.session_id), "not-an-id", "00000000-0000-0000-0000-000000000000"):
        assert (await one.call("DELETE", f"/api/sessions/{wanted}")).status_code == 404
    assert (await other.get("/api/sessions")).status_code == 200


async def test_an_idle_or_old_session_is_over(product: Product, time: AppClock) -> None:
    person = await product.sign_in()
    await time.forward(minutes=31)
    await product.parts.sessions.hear("")
    assert (await person.get("/api/sessions")).status_code == 401


async def test_use_is_noted_to_the_minute(product: Product, time: AppClock) -> None:
    person = await product.sign_in()

    async def noted() -> datetime:
        await product.parts.sessions.hear("")
        (session,) = (await person.get("/api/sessions")).json()["items"]
        return datetime.fromisoformat(session["last_seen_at"])

    first = await noted()
    await time.forward(seconds=30)
    assert await noted() == first
    await time.forward(seconds=40)
    assert await noted() >= first + timedelta(seconds=70)


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "'; DROP TABLE accounts.session; --", "%00"])
async def test_invented_tokens_are_nobody(product: Product, token: str) -> None:
    http = product.visitor()
    answer = await http.get("/api/sessions", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    body = answer.json()
    assert body["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["content-type"] == "application/problem+json"


async def test_tokens_and_openids_do_not_lie_in_clear(product: Product, door: Door) -> None:
    await _finish(product, door, ChannelUser("openid-very-secret", "昵称"))
    async with product.parts.db.tx() as tx:
        rows = await tx.values(
            "SELECT i::text FROM accounts.identity i UNION ALL SELECT s::text FROM accounts.session s"
        )
    assert not any(b"openid-very-secret".hex() in row or "openid-very-secret" in row for row in rows)


async def test_errors_speak_the_asked_language(product: Product) -> None:
    http = product.visitor()
    assert (await http.get("/api/sessions")).json()["title"] == "请重新进入"
    english = await http.get("/api/sessions", headers={"accept-language": "en-GB,en;q=0.9"})
    assert english.json()["title"] == "Please sign in again"
    lost = await http.get("/api/nothing-here", headers={"accept-language": "en"})
    assert (lost.status_code, lost.json()["code"]) == (404, "not_found")


async def test_the_demo_clock_needs_its_key(product: Product) -> None:
    http = product.visitor()
    assert (await http.post("/_demo/clock", json={"offset_seconds": 60})).status_code == 403
    headers = {"x-demo-key": product.parts.settings.his.secret}
    assert (await http.post("/_demo/clock", json={"offset_seconds": 60}, headers=headers)).status_code == 204


async def test_messages_go_where_the_account_is_followed(product: Product) -> None:
    """The channel of the last sign-in, among those that the person follows; of an absorbed account, where it went."""
    parts = product.parts
    wechat = await product.sign_in(subject="o-of-lin")
    life = await product.sign_in(channel=Channel.ALIPAY_LIFE, subject="life-of-lin")
    async with parts.db.tx() as tx:
        row = await accounts.open_joining(tx, parts.vault, parts.knobs, life.principal, "13800002046")
        joined = Joined(wechat.principal.account_id, life.principal.account_id)
        await accounts.join(
            tx, parts.vault, parts.knobs, life.principal, row, joined=joined, consent="account_joining@1", gains=True
        )
    for _ in range(2):
        async with parts.db.tx() as tx:
            for account_id in (joined.kept, joined.absorbed):
                assert await accounts.messages_channel(tx, account_id) is Channel.ALIPAY_LIFE
                assert await accounts.openid_for(tx, parts.vault, account_id, Channel.WECHAT_OA) == "o-of-lin"
                assert await accounts.openid_for(tx, parts.vault, account_id, Channel.ALIPAY_LIFE) == "life-of-lin"
            await accounts.set_follows(tx, parts.vault, Channel.WECHAT_OA, "o-of-lin", follows=False)
    async with parts.db.tx() as tx:
        await accounts.set_follows(tx, parts.vault, Channel.WECHAT_OA, "o-of-lin", follows=True)
        await accounts.set_follows(tx, parts.vault, Channel.ALIPAY_LIFE, "life-of-lin", follows=False)
    async with parts.db.tx() as tx:
        assert await accounts.messages_channel(tx, joined.kept) is Channel.WECHAT_OA
        assert await accounts.messages_channel(tx, joined.absorbed) is Channel.WECHAT_OA
