"""The page on which a person lets the hospital use their insurance, and the question that exchanges its code.

Stands for card.wecity.qq.com (the page) and mip-receiver.tengmed.com (userQuery); WeChat's papers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox import wechat_oa
from jiuyi_sandbox.bridge.sheets import language, render
from jiuyi_sandbox.hospital.samples import SAMPLES
from jiuyi_sandbox.insurance import authorisations
from jiuyi_sandbox.insurance.centre import ORG_CODE, Centre, centre_of, place_name
from jiuyi_sandbox.people import BY_KEY, PEOPLE, by_host
from jiuyi_sandbox.wechat_oa import oauth

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from jiuyi_sandbox.store import Row
    from jiuyi_sandbox.world import World

SCHEMA = """
CREATE TABLE IF NOT EXISTS wecity_code (
    code TEXT PRIMARY KEY, person TEXT NOT NULL, psn_no TEXT NOT NULL, openid TEXT NOT NULL, biz_type TEXT NOT NULL,
    family INTEGER NOT NULL, created_at REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0) STRICT;
"""
PAY, IDENTITY = "04107", "04106"
CODE_SECONDS = 300
_SKEW_SECONDS = 300
_NEEDED = (
    "authType",
    "appid",
    "cityCode",
    "channel",
    "orgChnlCrtfCodg",
    "orgCodg",
    "bizType",
    "orgAppId",
    "redirectUrl",
)
_LOCATION = {"longitude": "113.264400", "latitude": "23.129100"}


def reset(world: World) -> None:
    """Forget the codes."""
    world.store.execute("DELETE FROM wecity_code")


def _secrets(world: World) -> tuple[str, str, str, str]:
    """Partner id, partner secret, channel and channel certificate of this hospital."""
    get = world.keys.get
    return (
        get("wecity.partner_id", lambda: str(50000000 + secrets.randbelow(10**7))),
        get("wecity.partner_secret", lambda: secrets.token_hex(16)),
        get("wecity.channel", lambda: "AAG" + secrets.token_hex(8)),
        get("wecity.org_chnl_crtf_codg", lambda: "BqK1" + secrets.token_urlsafe(18)),
    )


def keys(world: World) -> dict[str, Any]:
    """The `wecity` part of `/_control/keys`; `query_url` wants `/{partner_id}` behind it."""
    partner_id, partner_secret, channel, certificate = _secrets(world)
    base = f"{world.config.base_url}/wecity"
    return {
        "wecity": {
            "auth_url": f"{base}/oauth/code",
            "query_url": f"{base}/api/mipuserquery/userQuery",
            "partner_id": partner_id,
            "partner_secret": partner_secret,
            "channel": channel,
            "org_chnl_crtf_codg": certificate,
        }
    }


def routes(world: World) -> list[BaseRoute]:
    """The page, the question, and the control that consents without a page."""
    return [
        Route("/wecity/oauth/code", _page(world)),
        Route("/wecity/api/mipuserquery/userQuery/{partner_id}", _query(world), methods=["POST"]),
        Route("/_control/wecity/authorise", _authorise(world), methods=["POST"]),
    ]


def _mistake(world: World, query: dict[str, str]) -> str:
    missing = [name for name in _NEEDED if not query.get(name)]
    account = wechat_oa.account_of(world)
    _, _, channel, certificate = _secrets(world)
    if missing:
        return f"缺少参数 {missing[0]}"
    wrong = {
        "authType": query["authType"] != "2",
        "appid": query["appid"] != account.app_id,
        "bizType": query["bizType"] not in (PAY, IDENTITY),
        "channel": query["channel"] != channel,
        "orgChnlCrtfCodg": query["orgChnlCrtfCodg"] != certificate,
        "orgCodg": query["orgCodg"] != ORG_CODE,
        "orgAppId": query["orgAppId"] != centre_of(world).app_id,
        "redirectUrl": not oauth.registered(account, query["redirectUrl"]),
    }
    return next((f"参数错误 {name}" for name, bad in wrong.items() if bad), "")


def household(world: World, person: str) -> list[dict[str, Any]]:
    """Whom the holder of a phone may authorise for: themselves and their family, insured or not."""
    found = []
    for sample in [s for s in SAMPLES if s.phone_key == person]:
        row = world.store.one("SELECT * FROM ins_person WHERE patient_id = ?", (sample.patient_id,))
        found.append({"name": sample.name, "relation": sample.relation, "row": row})
    if not found:
        row = world.store.one("SELECT * FROM ins_person WHERE patient_id = 'newcomer'")
        found.append({"name": BY_KEY[person].name, "relation": "self", "row": row})
    return found


def new_code(world: World, person: str, insured: Row, biz_type: str, *, family: bool) -> str:
    """A one-use code that stands for the consent."""
    code = secrets.token_hex(16)
    openid = wechat_oa.account_of(world).openid_of(person)
    world.store.execute(
        "INSERT INTO wecity_code (code, person, psn_no, openid, biz_type, family, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (code, person, insured["psn_no"], openid, biz_type, family, world.clock.time()),
    )
    return code


def _back(url: str, **more: str) -> str:
    before, hash_mark, fragment = url.partition("#")
    joint = "&" if urlsplit(before).query else "?"
    return f"{before}{joint}{urlencode(more)}{hash_mark}{fragment}"


def _page(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        """Asks for consent; `psn_no` and `agree` are this page's own buttons."""
        query, lang = dict(request.query_params), language(request)
        mistake = _mistake(world, query)
        if mistake:
            return HTMLResponse(render("oauth_error.html", lang=lang, mistake=mistake), 400)
        holder = BY_KEY.get(query.get("person", "")) or by_host(urlsplit(query["redirectUrl"]).netloc)

        def again(**more: str) -> str:
            return f"{request.url.path}?{urlencode({**query, **more})}"

        if holder is None:
            people = [{"person": one, "href": again(person=one.key), "following": True} for one in PEOPLE]
            return HTMLResponse(render("choose_person.html", lang=lang, people=people, snapshot=""))
        choices = household(world, holder.key)
        chosen = next((one for one in choices if one["row"] and one["row"]["psn_no"] == query.get("psn_no")), None)
        if chosen is not None:
            code = new_code(world, holder.key, chosen["row"], query["bizType"], family=chosen["relation"] != "self")
            return RedirectResponse(_back(query["redirectUrl"], authCode=code), 302)
        shown = [
            {
                "name": one["name"],
                "relation": one["relation"],
                "place": place_name(one["row"]["place"])[lang == "en"] if one["row"] else "",
                "href": again(person=holder.key, psn_no=one["row"]["psn_no"]) if one["row"] else "",
            }
            for one in choices
        ]
        html = render(
            "insurance_consent.html", lang=lang, people=shown, pay=query["bizType"] == PAY,
            refuse=_back(query["redirectUrl"], errCode="1001", errMsg="user cancel"),
        )  # fmt: skip
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})

    return page


def _query(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def query(request: Request) -> Response:
        """`{"qrcode": authCode, "openid"}` → who consented, and the authorisation for one payment."""
        partner_id, partner_secret, _, _ = _secrets(world)
        stamp = request.headers.get("god-portal-timestamp", "")
        text = f"{partner_id}{stamp}".encode()
        wanted = hmac.new(partner_secret.encode(), text, hashlib.sha256).hexdigest()
        given = request.headers.get("god-portal-signature", "")
        fresh = stamp.isdigit() and world.clock.near(int(stamp) / 1000, _SKEW_SECONDS)
        if (
            request.path_params["partner_id"] != partner_id
            or not hmac.compare_digest(wanted, given)
            or not fresh
            or not request.headers.get("god-portal-request-id")
        ):
            return JSONResponse({"code": 40001, "message": "签名校验失败"})
        try:
            asked = json.loads(await request.body())
            code, openid = str(asked["qrcode"]), str(asked["openid"])
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"code": 40002, "message": "请求参数错误"})
        return JSONResponse(_exchange(world, code, openid))

    return query


def _exchange(world: World, code: str, openid: str) -> dict[str, Any]:
    store, centre = world.store, centre_of(world)
    row = store.one("SELECT * FROM wecity_code WHERE code = ?", (code,))
    if row is None or row["created_at"] + CODE_SECONDS < world.clock.time():
        return {"code": 40003, "message": "authCode 无效或已过期"}
    if row["openid"] != openid:
        return {"code": 40005, "message": "openid 与授权用户不一致"}
    if not store.execute("UPDATE wecity_code SET used = 1 WHERE code = ? AND used = 0", (code,)):
        return {"code": 40004, "message": "authCode 已使用"}
    return {"code": 0, "message": "success", **_told(centre, row)}


def _told(centre: Centre, row: Row) -> dict[str, Any]:
    person = centre.person(row["psn_no"])
    if person is None:
        raise LookupError(row["psn_no"])
    found: dict[str, Any] = {
        "user_name": person["name"],
        "user_card_no": person["document_number"],
        "city_id": person["place"],
        "user_longitude_latitude": dict(_LOCATION),
    }
    if row["biz_type"] == PAY:
        token = authorisations.issue(centre, row["psn_no"], channel="wechat", openid=row["openid"])
        found["family_pay_auth_no" if row["family"] else "pay_auth_no"] = token
    return found


def _authorise(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def authorise(request: Request) -> Response:
        """`{"person": "p1", "patient_id": "P0000002", "biz_type": "04107"}` → `authCode`, as if consented."""
        try:
            data = json.loads(await request.body())
            person, biz_type = str(data["person"]), str(data.get("biz_type", PAY))
            openid = wechat_oa.account_of(world).openid_of(BY_KEY[person].key)
        except (ValueError, KeyError, TypeError) as wrong:
            return JSONResponse({"error": f"person is needed: {wrong}"}, 400)
        choices = household(world, person)
        wanted = data.get("patient_id")
        chosen = next((c for c in choices if c["row"] and wanted in (None, c["row"]["patient_id"])), None)
        if chosen is None or biz_type not in (PAY, IDENTITY):
            return JSONResponse({"error": "nobody insured of that household, or biz_type is neither"}, 400)
        code = new_code(world, person, chosen["row"], biz_type, family=chosen["relation"] != "self")
        return JSONResponse({"authCode": code, "openid": openid})

    return authorise
