"""The apps around a page: `jweixin.js` for WeChat, `alipayjsapi.js` for Alipay, and the sheets both open."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox import alipay, wechat_oa, wechat_pay
from jiuyi_sandbox.alipay import cashier as alipay_cashier
from jiuyi_sandbox.alipay import sign_in
from jiuyi_sandbox.bridge import mini
from jiuyi_sandbox.bridge.sheets import language, render
from jiuyi_sandbox.people import BY_KEY, by_host
from jiuyi_sandbox.wechat_medins import cashier as mixed_cashier
from jiuyi_sandbox.wechat_oa import oauth, tokens
from jiuyi_sandbox.wechat_pay import cashier
from jiuyi_sandbox.world import World

__all__ = ["routes"]

_SCRIPTS = ("jweixin.js", "alipayjsapi.js")

PLACES: tuple[tuple[str, str, float, float], ...] = (
    ("本部门诊楼", "Main Campus, outpatient building", 23.1291, 113.2644),
    ("东院区", "East Campus", 23.1366, 113.4212),
    ("南沙院区", "Nansha Campus", 22.7945, 113.5258),
    ("离本部 3 公里", "3 km from the Main Campus", 23.1560, 113.2644),
    ("家里（佛山）", "At home in Foshan", 23.0215, 113.1214),
)
"""Where the phone may say it is (gcj02)."""


def routes(world: World) -> list[BaseRoute]:
    """The scripts, the signature check of `wx.config`, Alipay's codes, and the sheets."""
    account = wechat_oa.account_of(world)

    async def script(request: Request) -> Response:
        headers = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"}
        file = Path(__file__).parent / request.url.path.rpartition("/")[2]
        return Response(file.read_bytes(), media_type="text/javascript; charset=utf-8", headers=headers)

    async def config(request: Request) -> Response:
        """Whether a page may use the JS-SDK: registered domain, right app id, right signature."""
        query = request.query_params
        origin = request.headers.get("origin", "")
        reason = ""
        if query.get("appId") != account.app_id:
            reason = "invalid appid"
        elif not oauth.registered(account, query.get("url", "")) or not _same_origin(query.get("url", ""), origin):
            reason = "invalid url domain"
        elif not tokens.jsapi_signature_holds(
            account, nonce=query.get("nonceStr", ""), timestamp=query.get("timestamp", ""), url=query.get("url", ""),
            signature=query.get("signature", ""),
        ):  # fmt: skip
            reason = "invalid signature"
        world.journal.add("wechat_api", "wx.config", status=200, code=reason or "ok", request={"url": query.get("url")})
        return JSONResponse(
            {"ok": not reason, "reason": reason}, headers={"Access-Control-Allow-Origin": origin or "null"}
        )

    return [
        *(Route(f"/bridge/{name}", script) for name in _SCRIPTS),
        Route("/bridge/config", config),
        Route("/bridge/cashier", _sheet(world, _cashier)),
        Route("/bridge/alipay/cashier", _sheet(world, _alipay_cashier)),
        Route("/bridge/alipay/auth_code", _auth_code(world), methods=["POST"]),
        Route("/bridge/medins", _sheet(world, _medins)),
        Route("/bridge/location", _sheet(world, _location)),
        Route("/bridge/scan", _sheet(world, _scan)),
        Route("/bridge/map", _sheet(world, _map)),
        *mini.routes(world),
    ]


def _same_origin(url: str, origin: str) -> bool:
    found = urlsplit(url)
    return not origin or origin == f"{found.scheme}://{found.netloc}"


_Page = Callable[[World, Request, str], dict[str, Any]]


def _sheet(world: World, fill: _Page) -> Callable[[Request], Awaitable[Response]]:
    """A page that only a registered origin may frame, and that answers to that origin alone."""

    async def show(request: Request) -> Response:
        lang, origin = language(request), request.query_params.get("origin", "")
        if not oauth.registered(wechat_oa.account_of(world), origin) or urlsplit(origin).path:
            return HTMLResponse(render("oauth_error.html", lang=lang, mistake="invalid url domain"), 400)
        reply = {"call": request.query_params.get("call", ""), "origin": origin}
        values = fill(world, request, origin)
        page = render(values.pop("template"), lang=lang, reply=_script_json(reply), **values)
        headers = {"Content-Security-Policy": _ancestors(world, origin), "Cache-Control": "no-store"}
        return HTMLResponse(page, headers=headers)

    return show


def _ancestors(world: World, origin: str) -> str:
    """Who may frame a sheet: the page itself, and around it a phone of the start page or a page of the product."""
    port = world.config.port
    around = [world.config.base_url, world.config.product_url, f"http://*.localhost:{port}", f"http://127.0.0.1:{port}"]
    return "frame-ancestors " + " ".join(dict.fromkeys(["'self'", origin, *around]))


def _script_json(value: Any) -> str:
    """JSON that is safe inside a script element."""
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _cashier(world: World, request: Request, origin: str) -> dict[str, Any]:
    pay, account = wechat_pay.world_of(world), wechat_oa.account_of(world)
    holder = by_host(urlsplit(origin).netloc)
    openid = account.openid_of(holder.key) if holder else None
    bill = cashier.read(pay, dict(request.query_params), openid)
    payer = account.person(bill.openid) if bill.openid else None
    name = BY_KEY[payer["person"]].nickname if payer else ""
    values = {"act": f"/_control/payments/{bill.prepay_id}", "reason": bill.refusal, "sandbox": True}
    return {"template": "cashier.html", "bill": bill, "payer": name, "page": _script_json(values)}


def _holder(request: Request, origin: str) -> str | None:
    """The phone a page lives on: by its host, else the one the page names."""
    holder = by_host(urlsplit(origin).netloc) or BY_KEY.get(request.query_params.get("person", ""))
    return holder.key if holder else None


def _alipay_cashier(world: World, request: Request, origin: str) -> dict[str, Any]:
    ali, key = alipay.world_of(world), _holder(request, origin)
    number = request.query_params.get("trade_no", "")
    bill = alipay_cashier.read(ali, number, ali.user_id_of(key) if key else None)
    payer = ali.person(bill.user_id)
    name = BY_KEY[payer["person"]].nickname if payer else ""
    values = {"act": f"/_control/alipay/trades/{bill.trade_no}", "reason": bill.refusal, "person": key or "p1"}
    return {"template": "alipay_cashier.html", "bill": bill, "payer": name, "page": _script_json(values)}


def _auth_code(world: World) -> Callable[[Request], Awaitable[Response]]:
    """What `my.getAuthCode` hands out: a code of the person on the phone, for the Life Account or the mini program."""
    ali = alipay.world_of(world)

    async def give(request: Request) -> Response:
        query = request.query_params
        origin = request.headers.get("origin", "")
        key = _holder(request, origin)
        scopes = set(query.get("scopes", "auth_base").split(","))
        headers = {"Access-Control-Allow-Origin": origin or "null"}
        if key is None or not ali.registered(origin) or scopes - set(sign_in.SCOPES):
            return JSONResponse({"error": "nobody holds this phone, or no such scope"}, 400, headers=headers)
        app_id = ali.keys.life_app_id if query.get("app") == "life" else ali.keys.mini_app_id
        code = sign_in.new_code(ali, app_id, ali.user_id_of(key), max(scopes))
        world.journal.add("alipay", "getAuthCode", status=200, request={"app": query.get("app"), "person": key})
        return JSONResponse({"auth_code": code, "scopes": sorted(scopes)}, headers=headers)

    return give


def _medins(world: World, request: Request, origin: str) -> dict[str, Any]:
    pay, account = wechat_pay.world_of(world), wechat_oa.account_of(world)
    holder = by_host(urlsplit(origin).netloc)
    bill = mixed_cashier.read(pay, dict(request.query_params), account.openid_of(holder.key) if holder else None)
    payer = account.person(bill.openid) if bill.openid else None
    name = BY_KEY[payer["person"]].nickname if payer else ""
    values = {"act": f"/_control/medins/{bill.mix_trade_no}", "reason": bill.refusal}
    return {"template": "medins.html", "bill": bill, "payer": name, "page": _script_json(values)}


def _location(_world: World, _request: Request, _origin: str) -> dict[str, Any]:
    return {"template": "location.html", "places": PLACES}


def _scan(_world: World, _request: Request, _origin: str) -> dict[str, Any]:
    return {"template": "scan.html"}


def _map(_world: World, request: Request, _origin: str) -> dict[str, Any]:
    query = request.query_params
    names = ("name", "address", "latitude", "longitude")
    return {"template": "map.html", **{name: query.get(name, "") for name in names}}
