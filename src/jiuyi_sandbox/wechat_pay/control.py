"""`/_control/wechat_pay` and `/_control/payments`: what a person or a test does on WeChat's side."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.wechat_pay import behaviours, bills, notices, orders, refunds
from jiuyi_sandbox.wechat_pay.pay_world import PayWorld


def routes(pay: PayWorld) -> list[BaseRoute]:
    """Switches, the cashier's buttons, notices, bills."""
    return [
        Route("/_control/wechat_pay", _switches(pay), methods=["GET", "PUT"]),
        Route("/_control/wechat_pay/bill", _bill(pay), methods=["GET", "PUT", "DELETE"]),
        Route("/_control/wechat_pay/notices", _notices(pay), methods=["GET", "POST"]),
        Route("/_control/payments", _orders(pay)),
        Route("/_control/payments/{prepay_id}/{act}", _act(pay), methods=["POST"]),
    ]


async def _json(request: Request) -> dict[str, Any]:
    body = await request.body()
    found = json.loads(body) if body else {}
    if not isinstance(found, dict):
        raise TypeError("a JSON object was expected")
    return found


def _switches(pay: PayWorld) -> Callable[[Request], Awaitable[Response]]:
    async def switches(request: Request) -> Response:
        """GET reads, PUT changes what it names."""
        if request.method == "PUT":
            try:
                pay.switches.change(await _json(request))
            except (ValueError, TypeError) as wrong:
                return JSONResponse({"error": str(wrong)}, 400)
        return JSONResponse(asdict(pay.switches))

    return switches


def _bill(pay: PayWorld) -> Callable[[Request], Awaitable[Response]]:
    async def bill(request: Request) -> Response:
        """PUT `{"drop": [no], "wrong_amount": {no: fen}, "extra": [{"out_trade_no", "total"}]}`; DELETE: no lies."""
        if request.method != "GET":
            try:
                bills.set_lies(pay, await _json(request) if request.method == "PUT" else {})
            except (ValueError, TypeError) as wrong:
                return JSONResponse({"error": str(wrong)}, 400)
        return JSONResponse(asdict(bills.lies(pay)))

    return bill


def _notices(pay: PayWorld) -> Callable[[Request], Awaitable[Response]]:
    async def send(request: Request) -> Response:
        """GET lists. POST `{"reference": order or refund number, "trick": …}` sends the last notice again, now."""
        store = pay.world.store
        if request.method == "GET":
            rows = store.all("SELECT * FROM pay_notice ORDER BY number DESC LIMIT 100")
            return JSONResponse({"notices": [{**dict(row), "plain": json.loads(row["plain"])} for row in rows]})
        data = await _json(request)
        trick = data.get("trick", "none")
        row = store.one(
            "SELECT * FROM pay_notice WHERE reference = ? ORDER BY number DESC", (str(data.get("reference")),)
        )
        if row is None or trick not in notices.TRICKS:
            return JSONResponse({"error": "no such notice or trick", "tricks": sorted(notices.TRICKS)}, 400)
        status = await notices.post(
            pay, url=row["url"], notice_id=row["id"], event_type=row["event_type"], plain=json.loads(row["plain"]),
            trick=trick, created_at=row["created_at"],
        )  # fmt: skip
        return JSONResponse({"status": status})

    return send


def _orders(pay: PayWorld) -> Callable[[Request], Awaitable[Response]]:
    async def listed(_request: Request) -> Response:
        """The last orders with their prepay ids and refunds."""
        found = []
        for row in pay.world.store.all("SELECT * FROM pay_order ORDER BY created_at DESC LIMIT 100"):
            number = row["out_trade_no"]
            prepays = pay.world.store.all(
                "SELECT prepay_id FROM pay_prepay WHERE out_trade_no = ? ORDER BY created_at DESC", (number,)
            )
            made = pay.world.store.all("SELECT * FROM pay_refund WHERE out_trade_no = ?", (number,))
            found.append({
                **orders.transaction(pay, row), "total": row["total"], "description": row["description"],
                "openid": row["openid"], "behaviour": row["behaviour"], "prepay_ids": [p["prepay_id"] for p in prepays],
                "refunds": [refunds.resource(pay, refund) for refund in made],
            })  # fmt: skip
        return JSONResponse({"payments": found})

    return listed


def _act(pay: PayWorld) -> Callable[[Request], Awaitable[Response]]:
    async def act(request: Request) -> Response:
        """`confirm` pays (`{"behaviour": …}` overrides the order's), `refuse` and `abandon` leave the order unpaid."""
        order = orders.by_prepay(pay, request.path_params["prepay_id"])
        wanted = request.path_params["act"]
        if order is None or wanted not in ("confirm", "refuse", "abandon"):
            return JSONResponse({"error": "no such prepay id or act"}, 404)
        if wanted != "confirm":
            return JSONResponse({"result": "cancel", "trade_state": order["state"]})
        try:
            trick = (await _json(request)).get("behaviour")
        except (ValueError, TypeError) as wrong:
            return JSONResponse({"error": str(wrong)}, 400)
        if trick is not None and trick not in behaviours.PAYMENT_NAMES:
            return JSONResponse({"error": "no such behaviour", "behaviours": sorted(behaviours.PAYMENT_NAMES)}, 400)
        paid = await orders.settle(pay, order, trick=trick)
        now = orders.find(pay, order["out_trade_no"])
        state = now["state"] if now else order["state"]
        reason = "" if paid else "BANK_REFUSED" if state == "NOTPAY" else state
        return JSONResponse({"result": "ok" if paid else "fail", "trade_state": state, "reason": reason})

    return act
