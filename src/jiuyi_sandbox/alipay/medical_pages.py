"""The two pages a person sees when they pay with the insurance: consent, and the cashier of both legs."""

import json
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.alipay import medical
from jiuyi_sandbox.alipay.alipay_world import AlipayWorld, yuan
from jiuyi_sandbox.bridge.sheets import language, render
from jiuyi_sandbox.insurance import centre_of, settling
from jiuyi_sandbox.insurance.centre import place_name


def routes(ali: AlipayWorld) -> list[BaseRoute]:
    """`auth_url` and `pay_url` of the medical operations."""
    base = "/alipay-open/medical"
    return [
        Route(f"{base}/authorise.htm", _authorise(ali), methods=["GET", "POST"]),
        Route(f"{base}/pay.htm", _pay(ali), methods=["GET", "POST"]),
    ]


def _opened(request: Request) -> str:
    """The call by which a mini program opened this page above itself, '' where a browser went here."""
    found = request.query_params.get("opened", "")
    return found if re.fullmatch(r"page[0-9]{1,6}", found) else ""


def _here(request: Request, **named: str) -> str:
    """The same page again, opened as it was."""
    return f"{request.url.path}?{urlencode({**named, 'opened': _opened(request)})}"


def _back(request: Request, lang: str, url: str, *, told: str = "") -> Response:
    """Back to the hospital: to its address, or by closing this page, or by a button that says what happened."""
    call = _opened(request)
    if url and not call:
        return RedirectResponse(url, 303)
    return HTMLResponse(render("medical_back.html", lang=lang, alipay=True, call=call, told=told))


def _masked(name: str) -> str:
    return f"{name[0]}*{name[-1]}" if len(name) > 2 else f"{name[0]}*"  # noqa: PLR2004 - the middle of three or more


def _nothing(lang: str, mistake: str) -> Response:
    return HTMLResponse(render("oauth_error.html", lang=lang, mistake=mistake, alipay=True), 404)


def _authorise(ali: AlipayWorld) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        """GET asks; POST `?agree=yes` grants; both ways lead back to the hospital's page."""
        lang, number = language(request), request.query_params.get("id", "")
        row = ali.world.store.one("SELECT * FROM ali_medical_consent WHERE id = ?", (number,))
        insured = centre_of(ali.world).person(row["psn_no"]) if row else None
        if row is None or insured is None:
            return _nothing(lang, "授权链接无效")
        if request.method == "POST":
            if request.query_params.get("agree") == "yes":
                medical.grant(ali, row)
            return _back(request, lang, row["call_url"])
        return HTMLResponse(render(
            "medical_consent.html", lang=lang, alipay=True, who=_masked(insured["name"]),
            place=place_name(insured["place"])[lang != "zh"], here=_here(request, id=number),
            pays=row["kind"] == medical.PAYMENT,
        ))  # fmt: skip

    return page


def _pay(ali: AlipayWorld) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        """GET shows both legs; POST `?act=pay` or `?act=leave`; then back to `callback_url`."""
        lang, number = language(request), request.query_params.get("trade_no", "")
        row = medical.by_trade_no(ali, number)
        order = settling.find(centre_of(ali.world), row["pay_order_id"]) if row else None
        if row is None or order is None:
            return _nothing(lang, "交易不存在")
        asked = json.loads(row["asked"])
        code = ""
        if request.method == "POST":
            code = "6001"
            if request.query_params.get("act") == "pay":
                code = await medical.confirm(ali, row)
            if code != "4000":
                return _back(request, lang, str(asked.get("callback_url") or ""), told=code)
        return HTMLResponse(render(
            "medical_cashier.html", lang=lang, alipay=True, subject=asked["subject"], total=yuan(row["total"]),
            fund=yuan(order["fund"] or 0), account=yuan(order["account"] or 0), own=yuan(row["own"]),
            here=_here(request, trade_no=number), code=code, waiting=row["state"] == "WAIT_BUYER_PAY",
            back=asked.get("callback_url") or "",
        ))  # fmt: skip

    return page
