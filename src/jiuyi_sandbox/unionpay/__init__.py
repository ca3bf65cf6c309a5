"""UnionPay ACP 5.1.0: codes both ways, queries, refunds and voids, notices, the day's file; and a card terminal."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.unionpay import acp as messages
from jiuyi_sandbox.unionpay import control, notices, settlement, terminal, transactions
from jiuyi_sandbox.unionpay.acp_world import Switches, world_of
from jiuyi_sandbox.unionpay.keyring import pem
from jiuyi_sandbox.unionpay.schema import SCHEMA, TABLES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from jiuyi_sandbox.unionpay.acp_world import AcpWorld
    from jiuyi_sandbox.world import World

__all__ = ["SCHEMA", "background", "keys", "reset", "routes", "seed", "world_of"]

BASE_PATH = "/unionpay"
_TICK_SECONDS = 0.1
_log = logging.getLogger(__name__)
_KINDS = {
    ("01", "06"): transactions.scanned,
    ("01", "07"): transactions.shown,
    ("04", "00"): transactions.give_back,
    ("31", "00"): transactions.give_back,
}
_ECHOED = ("txnType", "txnSubType", "bizType", "accessType", "merId", "orderId", "txnTime", "txnAmt", "currencyCode",
           "reqReserved")  # fmt: skip


def seed(world: World) -> None:
    """A notice that was on its way when the process died is due again."""
    world.store.execute("UPDATE acp_notice SET state = 'due' WHERE state = 'sending'")


def reset(world: World) -> None:
    """Forget transactions, codes, notices and switches; keep the keys."""
    with world.store.transaction() as db:
        for table in TABLES:
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from a constant
        db.execute("DELETE FROM meta WHERE key LIKE 'unionpay.%'")
    world_of(world).switches = Switches()


def keys(world: World) -> dict[str, Any]:
    """The `unionpay` part of `/_control/keys`."""
    acp = world_of(world)
    return {
        "unionpay": {
            "base_url": f"{world.config.base_url}{BASE_PATH}",
            "files_url": f"{world.config.base_url}{BASE_PATH}/files",
            "mer_id": acp.keys.mer_id,
            "sign_cert_pfx_b64": acp.keys.pfx,
            "sign_cert_password": acp.keys.password,
            "root_cert_pem": pem(acp.keys.root),
            "middle_cert_pem": pem(acp.keys.middle),
        }
    }


def routes(world: World) -> list[BaseRoute]:
    """Everything under `/unionpay`, and its controls."""
    acp = world_of(world)

    async def trade(acp: AcpWorld, said: messages.Fields) -> messages.Fields:
        handler = _KINDS.get((said.get("txnType", ""), said.get("txnSubType", "")))
        if handler is None:
            raise messages.Refusal("11", "无此交易权限")
        return await handler(acp, said)

    return [
        Route(f"{BASE_PATH}/gateway/api/backTransReq.do", _endpoint(acp, trade), methods=["POST"]),
        Route(f"{BASE_PATH}/gateway/api/queryTrans.do", _endpoint(acp, transactions.query), methods=["POST"]),
        Route(f"{BASE_PATH}/files/", _endpoint(acp, settlement.download), methods=["POST"]),
        *terminal.routes(acp, BASE_PATH),
        *control.routes(acp),
    ]


def _endpoint(
    acp: AcpWorld, handler: Callable[[AcpWorld, messages.Fields], Awaitable[messages.Fields]]
) -> Callable[[Request], Awaitable[Response]]:
    async def call(request: Request) -> Response:
        notes: dict[str, Any] = request.scope.get("journal", {})
        said: messages.Fields = {}
        try:
            said = messages.read(await request.body())
            notes["what"] = f"{said.get('txnType')}/{said.get('txnSubType')}"
            messages.check(said, acp.keys.merchant_public_key, acp.keys.merchant.serial_number)
            answer = {"respCode": "00", "respMsg": "成功[0000000]", **await handler(acp, said)}
        except transactions.Lost as lost:
            notes["fault"] = "cut_after" if lost.done else "cut_before"
            return Response(b"")
        except messages.Refusal as refused:
            answer = {"respCode": refused.code, "respMsg": refused.message}
        notes["code"] = answer["respCode"]
        row = transactions.find(acp, said.get("orderId", ""), said.get("txnTime", ""))
        if row is not None and row["behaviour"] == "slow" and said.get("txnType") == "01":
            await asyncio.sleep(transactions.SLOW_SECONDS)
        echo = {name: said[name] for name in _ECHOED if said.get(name)}
        told = messages.signed({**echo, **answer}, acp.keys.platform_key, acp.keys.platform)
        return Response(messages.write(told), media_type="text/html; charset=utf-8")

    return call


async def background(world: World) -> None:
    """End what is due and deliver notices."""
    acp = world_of(world)
    while True:
        try:
            await transactions.finish_due(acp)
            await notices.deliver_due(acp)
        except Exception:  # noqa: BLE001 - one bad row must not silence every later notice; the log shows it
            _log.exception("a round of UnionPay notices failed")
        await asyncio.sleep(_TICK_SECONDS)
