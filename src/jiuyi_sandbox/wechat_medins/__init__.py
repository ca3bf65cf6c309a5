"""WeChat's medical-insurance payment (`/v3/med-ins/*`): an order that insurance and patient pay together.

The insurance part is the insurance centre's own order: both sides always tell the same.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox import wechat_pay
from jiuyi_sandbox.wechat_medins import behaviours, orders
from jiuyi_sandbox.wechat_pay import gate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from jiuyi_sandbox.wechat_pay.pay_world import PayWorld
    from jiuyi_sandbox.world import World

SCHEMA = """
CREATE TABLE IF NOT EXISTS medins_order (
    mix_trade_no TEXT PRIMARY KEY, out_trade_no TEXT NOT NULL UNIQUE, openid TEXT NOT NULL, pay_order_id TEXT,
    cash INTEGER NOT NULL, body TEXT NOT NULL, behaviour TEXT NOT NULL, created_at REAL NOT NULL, paid_at REAL,
    refunded_at REAL, announced INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS medins_refund (
    out_refund_no TEXT PRIMARY KEY, mix_trade_no TEXT NOT NULL, body TEXT NOT NULL, at REAL NOT NULL) STRICT;
"""
_TICK_SECONDS = 0.2
_log = logging.getLogger(__name__)


def reset(world: World) -> None:
    """Forget orders and switches."""
    with world.store.transaction() as db:
        for statement in (
            "DELETE FROM medins_refund",
            "DELETE FROM medins_order",
            "DELETE FROM meta WHERE key LIKE 'wechat_medins.%'",
        ):
            db.execute(statement)


def routes(world: World) -> list[BaseRoute]:
    """Below the mount of WeChat Pay, whose signatures they share."""
    pay = wechat_pay.world_of(world)

    def on(path: str, handler: gate.Handler, method: str = "GET") -> Route:
        return Route(f"{pay.base_path}/v3/med-ins{path}", gate.endpoint(pay, handler), methods=[method])

    return [
        on("/orders", orders.create, "POST"),
        on("/orders/mix-trade-no/{mix_trade_no}", orders.query),
        on("/orders/out-trade-no/{out_trade_no}", orders.query),
        on("/refunds/notify", orders.refunded, "POST"),
        Route("/_control/medins", _switch(pay), methods=["GET", "PUT"]),
        Route("/_control/medins/{mix_trade_no}/{act}", _act(pay), methods=["POST"]),
    ]


async def background(world: World) -> None:
    """Announce what has succeeded since the cashier closed."""
    pay = wechat_pay.world_of(world)
    while True:
        try:
            await orders.announce_due(pay)
        except Exception:  # noqa: BLE001 - one bad row must not silence every later notice; the log shows it
            _log.exception("a round of mixed orders failed")
        await asyncio.sleep(_TICK_SECONDS)


def _switch(pay: PayWorld) -> Callable[[Request], Awaitable[Response]]:
    async def switch(request: Request) -> Response:
        """GET lists the last orders; PUT `{"next_order": behaviour}` is for the next one."""
        if request.method == "PUT":
            try:
                chosen = json.loads(await request.body())["next_order"]
            except (ValueError, KeyError, TypeError) as wrong:
                return JSONResponse({"error": str(wrong)}, 400)
            if chosen not in behaviours.NAMES:
                return JSONResponse({"error": "no such behaviour", "behaviours": sorted(behaviours.NAMES)}, 400)
            pay.world.store.set_meta("wechat_medins.next", chosen)
        rows = pay.world.store.all("SELECT * FROM medins_order ORDER BY created_at DESC LIMIT 100")
        found: list[dict[str, Any]] = [orders.resource(pay, row) for row in rows]
        return JSONResponse({"orders": found, "next_order": pay.world.store.meta("wechat_medins.next")})

    return switch


def _act(pay: PayWorld) -> Callable[[Request], Awaitable[Response]]:
    async def act(request: Request) -> Response:
        """`confirm` pays (`{"behaviour": …}` overrides), `refuse` and `abandon` leave the order as it is."""
        row, wanted = orders.find(pay, request.path_params["mix_trade_no"]), request.path_params["act"]
        if row is None or wanted not in ("confirm", "refuse", "abandon"):
            return JSONResponse({"error": "no such order or act"}, 404)
        if wanted != "confirm":
            return JSONResponse({"result": "cancel", "reason": ""})
        body = await request.body()
        try:
            trick = json.loads(body).get("behaviour") if body else None
        except (ValueError, AttributeError) as wrong:
            return JSONResponse({"error": str(wrong)}, 400)
        if trick is not None and trick not in {*behaviours.NAMES, "refused"}:
            return JSONResponse({"error": "no such behaviour", "behaviours": sorted(behaviours.NAMES)}, 400)
        reason = await orders.confirm(pay, row, trick=trick)
        return JSONResponse({"result": "fail" if reason else "ok", "reason": reason})

    return act
