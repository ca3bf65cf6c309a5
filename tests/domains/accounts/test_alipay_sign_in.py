"""Signing in through Alipay: the Life Account's H5 and the mini program."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio

from jiuyi.domains.accounts.ports import NotOffered
from jiuyi.domains.accounts.types import ChannelUser
from jiuyi.kit.outcomes import Refused, Unanswered
from tests.support.product import Product, running
from tests.support.waiting import until

pytestmark = pytest.mark.feature("F01")


class Door:
    """Satisfies `accounts.ports.SignIn`: each code is good once."""

    def __init__(self) -> None:
        self.codes: dict[str, ChannelUser] = {}

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        return f"https://open.example/authorize?redirect_uri={redirect_uri}&state={state}"

    async def exchange(self, code: str) -> ChannelUser:
        if code == "silent":
            raise Unanswered("alipay", "oauth.token")
        if code not in self.codes:
            raise Refused("alipay", "oauth.token", "isv.code-invalid")
        return self.codes.pop(code)


@pytest.fixture
def door() -> Door:
    return Door()


@pytest_asyncio.fixture
async def product(dsn: str, door: Door) -> AsyncIterator[Product]:
    async with running(dsn, alipay_life_sign_in=door, alipay_mini_sign_in=door) as product:
        yield product


async def test_the_h5_comes_back_to_its_own_entry(product: Product, door: Door) -> None:
    http = product.visitor()
    begun = await http.get("/l/sign-in", params={"to": "/l/#/pages/visits/index"})
    query = parse_qs(urlsplit(begun.headers["location"]).query)
    assert query["redirect_uri"][0].endswith("/l/signed-in")
    door.codes["a1"] = ChannelUser("074a1CcTG1", "小花")
    wrong = await http.get("/l/signed-in", params={"auth_code": "a1", "state": "other"})
    assert wrong.status_code == 403
    done = await http.get("/l/signed-in", params={"auth_code": "a1", "state": query["state"][0]})
    assert (done.status_code, done.headers["location"]) == (302, "/l/#/pages/visits/index")
    here = (await http.get("/api/bootstrap", params={"channel": "alipay_life"})).json()
    assert (here["channel"], here["me"]["channel"]) == ("alipay_life", "alipay_life")
    assert here["csrf_token"]
    # The same browser at the other entry is nobody there: what is paid there is paid by another identity.
    elsewhere = (await http.get("/api/bootstrap", params={"channel": "wechat_oa"})).json()
    assert (elsewhere["channel"], elsewhere["me"], elsewhere["csrf_token"]) == ("wechat_oa", None, None)


async def test_pages_of_other_entries_are_no_place_to_come_back_to(product: Product, door: Door) -> None:
    http = product.visitor()
    begun = await http.get("/l/sign-in", params={"to": "/w/"})
    door.codes["a1"] = ChannelUser("074a1CcTG1")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    done = await http.get("/l/signed-in", params={"auth_code": "a1", "state": state})
    assert done.headers["location"] == "/l/#/"


async def test_the_mini_program_gets_a_bearer_token(product: Product, door: Door) -> None:
    http = product.visitor()
    door.codes["m1"] = ChannelUser("mini-open-id")
    signed_in = await http.post("/api/sign-in/alipay-mini", json={"auth_code": "m1"})
    assert (signed_in.status_code, signed_in.json()["channel"]) == (200, "alipay_mini")
    assert "set-cookie" not in signed_in.headers
    bearer = {"authorization": f"Bearer {signed_in.json()['token']}"}
    sessions = (await http.get("/api/sessions", headers=bearer)).json()["items"]
    assert [(one["channel"], one["current"]) for one in sessions] == [("alipay_mini", True)]
    # No CSRF value: no browser sends a bearer token by itself.
    changed = await http.put("/api/account/language", json={"language": "en"}, headers=bearer)
    assert changed.status_code == 204
    assert (await http.delete("/api/sessions/current", headers=bearer)).status_code == 204
    # News of it travels by NOTIFY.
    await until(
        lambda: http.get("/api/sessions", headers=bearer), lambda gone: gone.status_code == httpx.codes.UNAUTHORIZED
    )
    for code, status in (("m1", 403), ("silent", 503)):
        refused = await http.post("/api/sign-in/alipay-mini", json={"auth_code": code})
        assert refused.status_code == status


async def test_a_person_whose_name_alipay_changes_stays_the_same_account(product: Product, door: Door) -> None:
    http = product.visitor()
    seen = []
    for user in (
        ChannelUser("2088000000000042"),
        ChannelUser("074a1CcTG1", former="2088000000000042"),
        ChannelUser("074a1CcTG1"),
        ChannelUser("2088000000000042"),
        ChannelUser("somebody-else"),
    ):
        door.codes["m"] = user
        token = (await http.post("/api/sign-in/alipay-mini", json={"auth_code": "m"})).json()["token"]
        me = (await http.get("/api/bootstrap", headers={"authorization": f"Bearer {token}"})).json()["me"]
        seen.append(me["account_id"])
    assert len(set(seen[:4])) == 1
    assert seen[4] != seen[0]


async def test_a_hospital_without_alipay_says_so(dsn: str) -> None:
    nobody = NotOffered()
    async with running(dsn, alipay_life_sign_in=nobody, alipay_mini_sign_in=nobody) as product:
        http = product.visitor()
        assert (await http.get("/l/sign-in")).json()["code"] == "accounts.channel_not_offered"
        answer = await http.post("/api/sign-in/alipay-mini", json={"auth_code": "m1"})
        assert answer.json()["code"] == "accounts.channel_not_offered"


async def test_changing_a_patient_is_spoken_by_post_too(product: Product) -> None:
    person = await product.sign_in()
    unknown = "/api/patients/0192f0c0-0000-7000-8000-000000000000"
    for method in ("PATCH", "POST"):
        assert (await person.call(method, unknown, {"is_default": True})).status_code == 404
