"""The centre's address: sealed requests in, sealed answers out."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.insurance import bills, orders, refunds
from jiuyi_sandbox.insurance.centre import BASE_PATH, VERSION, Centre, Refusal, Silence
from jiuyi_sandbox.insurance.envelope import Sealed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

OPERATIONS: dict[str, tuple[str, Callable[[Centre, dict[str, Any]], dict[str, Any]]]] = {
    "/org/local/api/hos/uldFeeInfo": ("6201", orders.upload),
    "/org/local/api/hos/pay_order": ("6202", orders.place),
    "/org/local/api/hos/refund_Order": ("6203", refunds.refund),
    "/org/local/api/hos/query_order_info": ("6301", orders.query),
    "/org/local/api/hos/revoke_order": ("6401", orders.revoke),
    "/api/amp/hos/getCheckFile": ("getCheckFile", bills.check_file),
}
"""Path below the mount → (transaction, handler)."""

VERSIONS = frozenset({"1.0.0", VERSION})
_SKEW_SECONDS = 300
_MILLISECONDS = re.compile(r"^[0-9]{13}$")


def routes(centre: Centre) -> list[BaseRoute]:
    """The operations below `/insurance`."""
    return [
        Route(f"{BASE_PATH}{path}", _endpoint(centre, code, handler), methods=["POST"])
        for path, (code, handler) in OPERATIONS.items()
    ]


def _fresh(centre: Centre, text: str) -> bool:
    try:
        if _MILLISECONDS.match(text):
            seconds = int(text) / 1000
        else:
            seconds = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=HOSPITAL_TIME).timestamp()
    except ValueError:
        return False
    return centre.world.clock.near(seconds, _SKEW_SECONDS)


def _opened(centre: Centre, body: bytes) -> dict[str, Any]:
    """The data of a request. Raises Sealed."""
    try:
        envelope = json.loads(body)
    except ValueError as wrong:
        raise Sealed("the body is not JSON") from wrong
    if not isinstance(envelope, dict):
        raise Sealed("the body is not an object")
    if "data" in envelope:
        raise Sealed("data must not travel in the clear")
    if envelope.get("version") not in VERSIONS:
        raise Sealed("version is not known")
    if not _fresh(centre, str(envelope.get("timestamp") or "")):
        raise Sealed("timestamp is more than 5 minutes away, or neither yyyyMMddHHmmss nor milliseconds")
    return centre.suite.open(envelope)


def _endpoint(
    centre: Centre, code: str, handler: Callable[[Centre, dict[str, Any]], dict[str, Any]]
) -> Callable[[Request], Awaitable[Response]]:
    async def call(request: Request) -> Response:
        notes: dict[str, Any] = request.scope.get("journal", {})
        notes["what"] = code
        head: dict[str, Any] = {"version": VERSION, "timestamp": centre.timestamp()}
        try:
            data = _opened(centre, await request.body())
        except Sealed as wrong:
            notes |= {"code": "401", "note": str(wrong)}
            return JSONResponse({"code": 401, "message": f"报文校验失败：{wrong}", "success": False, **head})
        notes["request"] = _shown(data)
        try:
            answer = handler(centre, data)
        except Refusal as refused:
            notes |= {"code": str(refused.code), "note": refused.message}
            head |= {"code": refused.code, "message": refused.message, "success": False}
            if refused.code < 0:  # the gateway itself is in trouble: nothing is signed
                return JSONResponse(head)
            return JSONResponse(centre.suite.seal(head, None))
        except Silence:
            notes |= {"code": "silence", "fault": "cut_after"}
            return Response(b"")
        notes |= {"code": "0", "answer": answer if code != "getCheckFile" else {"fileRows": answer["fileRows"]}}
        await asyncio.sleep(_slowness(centre, code, data))
        sealed = centre.suite.seal({**head, "code": 0, "message": "成功", "success": True}, answer)
        return JSONResponse(sealed)

    return call


def _slowness(centre: Centre, code: str, data: dict[str, Any]) -> float:
    """Seconds a slow order or refund keeps its caller waiting."""
    if code == "6202":
        row = centre.store.one("SELECT behaviour FROM ins_order WHERE pay_ord_id = ?", (data["payOrdId"],))
        return orders.SLOW_SECONDS if row is not None and row["behaviour"] == "order_slow" else 0
    if code == "6203":
        row = centre.store.one("SELECT behaviour, tries FROM ins_refund WHERE app_refd_sn = ?", (data["appRefdSn"],))
        return orders.SLOW_SECONDS if row is not None and row["behaviour"] == "slow" and row["tries"] == 1 else 0
    return 0


def _shown(data: dict[str, Any]) -> dict[str, Any]:
    """What the journal keeps: no names, no document numbers."""
    hidden = {"idNo", "userName", "feedetailList", "diseinfoList"}
    return {name: ("…" if name in hidden else value) for name, value in data.items()}
