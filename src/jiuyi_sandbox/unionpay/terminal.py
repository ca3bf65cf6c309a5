"""A card terminal: somebody inserts a card, and the cashier's system fetches what the terminal printed.

There is no public interface for this, so it is unconfirmed: the record has what every slip has, and a
void or a refund names it by merchant, terminal, batch, trace number and date.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.unionpay.acp_world import AcpWorld, local

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

RESULTS: dict[str, tuple[str, str]] = {
    "00": ("APPROVED", "交易成功"),
    "51": ("DECLINED", "余额不足"),
    "55": ("DECLINED", "密码错误"),
    "68": ("TIMEOUT", "应答超时，请查询"),
}
"""respCode → (what the slip says, Chinese)."""
_CARDS = {"debit": ("621700******8046", "01", "建设银行"), "credit": ("622588******3321", "02", "招商银行")}


def swipe(acp: AcpWorld, data: dict[str, Any]) -> dict[str, Any]:
    """A sale, void or refund at a terminal. Raises KeyError or ValueError for data that is not one."""
    amount, terminal_id = int(data["amount_fen"]), str(data.get("terminal_id", "10000001"))
    code, kind = str(data.get("resp_code", "00")), str(data.get("kind", "sale"))
    card, card_type, issuer = _CARDS[data.get("card", "debit")]
    if kind not in ("sale", "void", "refund") or amount < 1 or code not in RESULTS:
        raise ValueError("kind is sale, void or refund; amount_fen at least 1; resp_code one of the table")
    now = acp.now()
    row = acp.store.one(
        "SELECT coalesce(max(trace_no), '000000') AS n FROM acp_card_result WHERE terminal_id = ?", (terminal_id,)
    )
    trace = f"{int(row['n']) + 1 if row else 1:06d}"
    record = {
        "merchant_id": acp.keys.mer_id, "terminal_id": terminal_id, "batch_no": local(now, "%y%m%d"),
        "trace_no": trace, "reference_no": f"{secrets.randbelow(10**12):012d}", "kind": kind,
        "auth_code": f"{secrets.randbelow(10**6):06d}" if code == "00" else "", "card_no": card,
        "card_type": card_type, "issuer": issuer, "amount_fen": amount, "txn_date": local(now, "%m%d"),
        "txn_time": local(now, "%H%M%S"), "settle_date": local(now, "%m%d"), "resp_code": code,
        "resp_msg": RESULTS[code][1], "order_no": data.get("order_no"), "original": data.get("original"),
    }  # fmt: skip
    acp.store.execute(
        "INSERT INTO acp_card_result (terminal_id, batch_no, trace_no, data, at) VALUES (?, ?, ?, ?, ?)",
        (terminal_id, record["batch_no"], trace, json.dumps(record, ensure_ascii=False), now),
    )
    return record


def routes(acp: AcpWorld, base: str) -> list[BaseRoute]:
    """The feed of results, and the control that stands for card and hand."""
    return [
        Route(f"{base}/terminals/{{terminal_id}}/results", _results(acp)),
        Route("/_control/unionpay/terminal", _swipe(acp), methods=["POST"]),
    ]


def _results(acp: AcpWorld) -> Callable[[Request], Awaitable[Response]]:
    async def results(request: Request) -> Response:
        """`?since=` the last number seen → `{"results": [record with "number"], "last"}`, oldest first."""
        since = request.query_params.get("since", "0")
        if not since.isdigit():
            return JSONResponse({"error": "since must be a number"}, 400)
        rows = acp.store.all(
            "SELECT number, data FROM acp_card_result WHERE terminal_id = ? AND number > ? ORDER BY number LIMIT 100",
            (request.path_params["terminal_id"], int(since)),
        )
        found = [{"number": row["number"], **json.loads(row["data"])} for row in rows]
        return JSONResponse({"results": found, "last": found[-1]["number"] if found else int(since)})

    return results


def _swipe(acp: AcpWorld) -> Callable[[Request], Awaitable[Response]]:
    async def act(request: Request) -> Response:
        """`{"amount_fen", "terminal_id"?, "kind"?, "card"?: "debit"|"credit", "resp_code"?, "order_no"?}`."""
        try:
            return JSONResponse(swipe(acp, json.loads(await request.body())))
        except (ValueError, KeyError, TypeError) as wrong:
            return JSONResponse({"error": str(wrong), "resp_codes": RESULTS}, 400)

    return act
