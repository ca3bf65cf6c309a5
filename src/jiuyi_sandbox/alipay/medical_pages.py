"""The two pages a person sees when they pay with the insurance: consent, and the cashier of both legs."""

import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.alipay import medical
from jiuyi_sandbox.alipay.alipay_world import AlipayWorld, yuan
from jiuyi_sandbox.bridge.sheets import language, render
from jiuyi_sandbox.insurance import centre_of, settling


def routes(ali: AlipayWorld) -> list[BaseRoute]:
    """`auth_url` and `pay_url` of the medical operations."""
    base = "/alipay-open/medical"
    return [
        Route(f"{base}/authorise.htm", _authorise(ali), methods=["GET", "POST"]),
        Route(f"{base}/pay.htm", _pay(ali), methods=["GET", "POST"]),
    ]


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
            return RedirectResponse(row["call_url"], 303)
        return HTMLResponse(render(
            "medical_consent.html", lang=lang, alipay=True, who=_masked(insured["name"]), place=insured["place"],
            here=f"{request.url.path}?id={number}", pays=row["kind"] == medical.PAYMENT,
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
            if code != "4000" and asked.get("callback_url"):
                return RedirectResponse(str(asked["callback_url"]), 303)
        return HTMLResponse(render(
            "medical_cashier.html", lang=lang, alipay=True, subject=asked["subject"], total=yuan(row["total"]),
            fund=yuan(order["fund"] or 0), account=yuan(order["account"] or 0), own=yuan(row["own"]),
            here=f"{request.url.path}?trade_no={number}", code=code, waiting=row["state"] == "WAIT_BUYER_PAY",
            back=asked.get("callback_url") or "",
        ))  # fmt: skip

    return page
