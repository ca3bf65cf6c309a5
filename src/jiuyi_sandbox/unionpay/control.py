"""`/_control/unionpay/*`: what a person with a bank app, or a test, does on UnionPay's side."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.people import BY_KEY, PEOPLE
from jiuyi_sandbox.unionpay import behaviours, notices, settlement, transactions
from jiuyi_sandbox.unionpay.acp_world import CODE_SECONDS, AcpWorld, magic_code

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    Act = Callable[[AcpWorld, dict[str, Any]], Awaitable[dict[str, Any]]]


def routes(acp: AcpWorld) -> list[BaseRoute]:
    """Switches, codes, scanning, notices, the file."""

    def on(path: str, read: Act, method: str, act: Act) -> Route:
        return Route(f"/_control/unionpay{path}", _answers(acp, read, act), methods=["GET", method])

    return [
        on("", _switches, "PUT", _change),
        on("/codes", _magic, "POST", _new_code),
        on("/transactions", _listed, "POST", _scan),
        on("/notices", _notices, "POST", _again),
        on("/bill", _lies, "PUT", _lie),
    ]


def _answers(acp: AcpWorld, read: Act, act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            body = await request.body()
            data = json.loads(body) if body else {}
            return JSONResponse(await (read if request.method == "GET" else act)(acp, data))
        except (ValueError, KeyError, TypeError) as wrong:
            return JSONResponse({"error": str(wrong), "behaviours": sorted(behaviours.NAMES)}, 400)

    return answer


async def _switches(acp: AcpWorld, _data: dict[str, Any]) -> dict[str, Any]:
    return asdict(acp.switches)


async def _change(acp: AcpWorld, data: dict[str, Any]) -> dict[str, Any]:
    acp.switches.change(data)
    return asdict(acp.switches)


async def _magic(_acp: AcpWorld, _data: dict[str, Any]) -> dict[str, Any]:
    table = {0: (behaviours.NORMAL, "paid"), **behaviours.CODES}
    return {
        "magic": [
            {"person": one.key, "behaviour": name, "meaning": text, "code": magic_code(number, one.key)}
            for one in PEOPLE
            for number, (name, text) in table.items()
        ]
    }


def _behaviour(data: dict[str, Any]) -> str:
    chosen = str(data.get("behaviour", behaviours.NORMAL))
    if chosen not in behaviours.NAMES:
        raise ValueError("no such behaviour")
    return chosen


async def _new_code(acp: AcpWorld, data: dict[str, Any]) -> dict[str, Any]:
    """`{"person", "behaviour"?}` → a fresh code."""
    return {"code": acp.new_code(BY_KEY[data["person"]].key, _behaviour(data)), "seconds": CODE_SECONDS}


async def _listed(acp: AcpWorld, _data: dict[str, Any]) -> dict[str, Any]:
    return {"transactions": [dict(row) for row in acp.store.all("SELECT * FROM acp_txn ORDER BY at DESC LIMIT 100")]}


async def _scan(acp: AcpWorld, data: dict[str, Any]) -> dict[str, Any]:
    """`{"qr_code", "behaviour"?}`: somebody scans a code of ours and pays."""
    reason = await transactions.pay_shown(acp, str(data["qr_code"]), _behaviour(data))
    return {"result": "fail" if reason else "ok", "reason": reason}


async def _notices(acp: AcpWorld, _data: dict[str, Any]) -> dict[str, Any]:
    rows = acp.store.all("SELECT * FROM acp_notice ORDER BY number DESC LIMIT 100")
    return {"notices": [{**dict(row), "plain": json.loads(row["plain"])} for row in rows]}


async def _again(acp: AcpWorld, data: dict[str, Any]) -> dict[str, Any]:
    """`{"order_id", "trick"?}` sends the last notice of that order again, now."""
    trick = str(data.get("trick", "none"))
    row = acp.store.one("SELECT * FROM acp_txn WHERE order_id = ? ORDER BY at DESC", (str(data["order_id"]),))
    if row is None or trick not in notices.TRICKS:
        raise ValueError(f"no such order, or a trick other than {', '.join(sorted(notices.TRICKS))}")
    return {"status": await notices.post(acp, row["back_url"], transactions.facts(acp, row), trick)}


async def _lies(acp: AcpWorld, _data: dict[str, Any]) -> dict[str, Any]:
    return asdict(settlement.lies(acp))


async def _lie(acp: AcpWorld, data: dict[str, Any]) -> dict[str, Any]:
    """`{"drop": [orderId], "wrong_amount": {orderId: fen}, "extra": [{"order_id", "amount"}]}`; `{}`: no lies."""
    return asdict(settlement.set_lies(acp, data))
