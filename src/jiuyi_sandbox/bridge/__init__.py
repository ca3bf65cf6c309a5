"""The WeChat app around a page: `jweixin.js` (`wx`, `WeixinJSBridge`) and the sheets it opens."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox import wechat_oa, wechat_pay
from jiuyi_sandbox.bridge.sheets import language, render
from jiuyi_sandbox.people import BY_KEY, by_host
from jiuyi_sandbox.wechat_oa import oauth, tokens
from jiuyi_sandbox.wechat_pay import cashier
from jiuyi_sandbox.world import World

__all__ = ["routes"]

_SCRIPT = Path(__file__).parent / "jweixin.js"

PLACES: tuple[tuple[str, str, float, float], ...] = (
    ("本部门诊楼", "Main Campus, outpatient building", 23.1291, 113.2644),
    ("东院区", "East Campus", 23.1366, 113.4212),
    ("南沙院区", "Nansha Campus", 22.7945, 113.5258),
    ("离本部 3 公里", "3 km from the Main Campus", 23.1560, 113.2644),
    ("家里（佛山）", "At home in Foshan", 23.0215, 113.1214),
)
"""Where the phone may say it is (gcj02)."""


def routes(world: World) -> list[BaseRoute]:
    """The script, the signature check of `wx.config`, and the sheets."""
    account = wechat_oa.account_of(world)

    async def script(_request: Request) -> Response:
        headers = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"}
        return Response(_SCRIPT.read_bytes(), media_type="text/javascript; charset=utf-8", headers=headers)

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
        Route("/bridge/jweixin.js", script),
        Route("/bridge/config", config),
        Route("/bridge/cashier", _sheet(world, _cashier)),
        Route("/bridge/location", _sheet(world, _location)),
        Route("/bridge/scan", _sheet(world, _scan)),
        Route("/bridge/map", _sheet(world, _map)),
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


def _location(_world: World, _request: Request, _origin: str) -> dict[str, Any]:
    return {"template": "location.html", "places": PLACES}


def _scan(_world: World, _request: Request, _origin: str) -> dict[str, Any]:
    return {"template": "scan.html"}


def _map(_world: World, request: Request, _origin: str) -> dict[str, Any]:
    query = request.query_params
    names = ("name", "address", "latitude", "longitude")
    return {"template": "map.html", **{name: query.get(name, "") for name in names}}
