"""WeChat Pay v3 (api.mch.weixin.qq.com): JSAPI orders, refunds, signed and sealed notices, trade bills.

Every request's signature is verified over the path after the mount, so that a vendor's SDK only needs another base URL.
"""

import asyncio
import logging
import secrets
from typing import Any
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.wechat_pay import bills, certificates, control, gate, notices, orders, refunds
from jiuyi_sandbox.wechat_pay.pay_world import PayWorld, Switches
from jiuyi_sandbox.wechat_pay.problems import Problem
from jiuyi_sandbox.wechat_pay.schema import SCHEMA, TABLES
from jiuyi_sandbox.world import World

__all__ = ["SCHEMA", "background", "keys", "reset", "routes", "seed", "world_of"]

_TICK_SECONDS = 0.1
_log = logging.getLogger(__name__)
_worlds: WeakKeyDictionary[World, PayWorld] = WeakKeyDictionary()


def world_of(world: World) -> PayWorld:
    """The one `PayWorld` of a world."""
    if world not in _worlds:
        _worlds[world] = PayWorld(world)
    return _worlds[world]


def seed(world: World) -> None:
    """A notice that was on its way when the process died is due again."""
    columns = {row["name"] for row in world.store.all("PRAGMA table_info(pay_order)")}
    if "trade_type" not in columns:  # a data folder of an older sandbox: its orders are not worth a conversion
        for table in TABLES:
            world.store.execute(f"DROP TABLE {table}")
        world.store.create(SCHEMA)
    world.store.execute("UPDATE pay_notice SET state = 'due' WHERE state = 'sending'")


def reset(world: World) -> None:
    """Forget orders, refunds, notices and switches; keep the keys."""
    with world.store.transaction() as db:
        for table in TABLES:
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from a constant
        db.execute("DELETE FROM meta WHERE key LIKE 'wechat_pay.%'")
    world_of(world).switches = Switches()


def keys(world: World) -> dict[str, Any]:
    """The `wechat_pay` part of `/_control/keys`."""
    pay = world_of(world)
    return {
        "wechat_pay": {
            "base_url": f"{world.config.base_url}{pay.base_path}",
            "app_id": pay.app_id,
            "mch_id": pay.keys.mch_id,
            "merchant_serial_no": pay.keys.merchant_serial,
            "merchant_private_key_pem": pay.keys.merchant_key_pem,
            "api_v3_key": pay.keys.api_v3_key,
            "public_key_id": pay.keys.public_key_id,
            "public_key_pem": pay.keys.public_key_pem,
            "certificate_serial_no": pay.keys.certificate_serial,
            "certificate_pem": pay.keys.certificate_pem,
            "client_cert_pem": pay.keys.merchant_certificate_pem,
            "v2_key": world.keys.get("wechat_pay.v2_key", lambda: secrets.token_hex(16)),
        }
    }


def routes(world: World) -> list[BaseRoute]:
    """Everything under `/wechat-pay`, and its controls."""
    pay = world_of(world)

    def on(path: str, handler: gate.Handler, method: str = "GET") -> Route:
        return Route(f"{pay.base_path}{path}", gate.endpoint(pay, handler), methods=[method])

    async def nothing_here(request: Request) -> Response:
        problem = Problem(404, "RESOURCE_NOT_EXISTS", "接口不存在")
        return gate.signed_response(pay, request.headers.get("wechatpay-serial", ""), problem.status, problem.body())

    number = "/v3/pay/transactions/out-trade-no/{out_trade_no}"
    return [
        on("/v3/certificates", certificates.certificates),
        on("/v3/pay/transactions/jsapi", orders.prepay, "POST"),
        on(number, orders.query),
        on(f"{number}/close", orders.close, "POST"),
        on("/v3/pay/transactions/id/{transaction_id}", orders.query),
        on("/v3/refund/domestic/refunds", refunds.refund, "POST"),
        on("/v3/refund/domestic/refunds/{out_refund_no}", refunds.query),
        on("/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund", refunds.apply_abnormal, "POST"),
        on("/v3/bill/tradebill", bills.trade_bill),
        on("/v3/billdownload/file", bills.download),
        Route(f"{pay.base_path}/{{rest:path}}", nothing_here, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        *control.routes(pay),
    ]


async def background(world: World) -> None:
    """Deliver notices and settle refunds as their time comes."""
    pay = world_of(world)
    while True:
        try:
            await refunds.finish_due(pay)
            await notices.deliver_due(pay)
        except Exception:  # noqa: BLE001 - one bad row must not silence every later notice; the log shows it
            _log.exception("a round of notices failed")
        await asyncio.sleep(_TICK_SECONDS)
