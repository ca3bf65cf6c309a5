"""Alipay: the gateway with trades, sign-in, the Life Account, the mini program and medical payment.

`/alipay/gateway.do` stands for https://openapi.alipay.com/gateway.do, `/alipay-open` for https://openauth.alipay.com.
"""

import asyncio
import base64
import logging
from typing import Any
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.alipay import (
    bills,
    codes,
    control,
    events,
    gate,
    life_control,
    medical,
    medical_pages,
    menu,
    messages,
    notices,
    refunds,
    sign_in,
    trades,
)
from jiuyi_sandbox.alipay.alipay_world import AlipayWorld, Switches
from jiuyi_sandbox.alipay.gate import Call, Handler, fine
from jiuyi_sandbox.alipay.problems import invalid
from jiuyi_sandbox.alipay.schema import SCHEMA, TABLES
from jiuyi_sandbox.world import World

__all__ = ["SCHEMA", "background", "keys", "reset", "routes", "seed", "world_of"]

_TICK_SECONDS = 0.1
_log = logging.getLogger(__name__)
_worlds: WeakKeyDictionary[World, AlipayWorld] = WeakKeyDictionary()


def world_of(world: World) -> AlipayWorld:
    """The one `AlipayWorld` of a world."""
    if world not in _worlds:
        _worlds[world] = AlipayWorld(world)
    return _worlds[world]


def seed(world: World) -> None:
    """The people; and what was on its way when the process died is due again."""
    world_of(world).meet_everyone()
    world.store.execute("UPDATE ali_notice SET state = 'due' WHERE state = 'sending'")
    world.store.execute("UPDATE ali_event SET state = 'due' WHERE state = 'sending'")


def reset(world: World) -> None:
    """Forget trades, notices, codes, messages, menu and switches; keep the keys."""
    with world.store.transaction() as db:
        for table in TABLES:
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from a constant
        db.execute("DELETE FROM meta WHERE key LIKE 'alipay.%'")
    world_of(world).switches = Switches()
    world_of(world).meet_everyone()


def keys(world: World) -> dict[str, Any]:
    """The `alipay` part of `/_control/keys`."""
    ali, base = world_of(world), world.config.base_url
    return {
        "alipay": {
            "gateway_url": f"{base}/alipay/gateway.do",
            "open_url": f"{base}/alipay-open",
            "life_app_id": ali.keys.life_app_id,
            "mini_app_id": ali.keys.mini_app_id,
            "seller_id": ali.keys.seller_id,
            "app_private_key_pem": ali.keys.app_key_pem,
            "alipay_public_key_pem": ali.keys.alipay_public_pem,
            "app_cert_pem": ali.keys.app_cert_pem,
            "alipay_cert_pem": ali.keys.alipay_cert_pem,
            "alipay_root_cert_pem": ali.keys.root_cert_pem,
            "js_sdk_url": f"{base}/bridge/alipayjsapi.js",
            "templates": {one.name: messages.template_id(ali, one.name) for one in messages.TEMPLATES},
        }
    }


async def _certificate(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.open.app.alipaycert.download: Alipay's certificate by its number, base64 of the PEM."""
    if call.body.get("alipay_cert_sn") != ali.keys.alipay_cert_number:
        raise invalid("alipay_cert_sn", "证书序列号不存在")
    return fine(alipay_cert_content=base64.b64encode(ali.keys.alipay_cert_pem.encode()).decode())


_OPERATIONS: dict[str, Handler] = {
    "alipay.system.oauth.token": sign_in.oauth_token,
    "alipay.user.info.share": sign_in.user_info,
    "alipay.open.app.alipaycert.download": _certificate,
    "alipay.trade.create": trades.create,
    "alipay.trade.precreate": trades.precreate,
    "alipay.trade.pay": codes.pay,
    "alipay.trade.query": trades.query,
    "alipay.trade.close": trades.close,
    "alipay.trade.cancel": trades.cancel,
    "alipay.trade.refund": refunds.refund,
    "alipay.trade.fastpay.refund.query": refunds.query,
    "alipay.open.public.message.single.send": messages.single_send,
    "alipay.open.public.message.custom.send": messages.custom_send,
    "alipay.open.public.message.total.send": messages.total_send,
    "alipay.open.app.mini.templatemessage.send": messages.mini_send,
    "alipay.open.public.menu.create": menu.create,
    "alipay.open.public.menu.modify": menu.modify,
    "alipay.open.public.menu.query": menu.query,
    "alipay.open.public.follow.batchquery": menu.followers,
    "alipay.open.public.qrcode.create": menu.qr_code,
    "alipay.commerce.medical.authinfo.auth.query": medical.auth_query,
    "alipay.commerce.medical.card.query": medical.card_query,
    "alipay.commerce.medical.trade.createandpay": medical.create_and_pay,
    "alipay.commerce.medical.trade.query": medical.query,
    "alipay.commerce.medical.trade.cancel": medical.cancel,
    "alipay.commerce.medical.trade.refund": medical.refund,
    "alipay.commerce.medical.trade.refund.query": medical.refund_query,
    "alipay.data.dataservice.bill.downloadurl.query": bills.download_url,
}


def routes(world: World) -> list[BaseRoute]:
    """The gateway, the authorize page, bill files, and the controls."""
    ali = world_of(world)

    async def authorize(request: Request) -> Response:
        return sign_in.authorize(ali, request)

    async def download(request: Request) -> Response:
        return await bills.download(ali, request)

    return [
        Route("/alipay/gateway.do", gate.endpoint(ali, _OPERATIONS), methods=["GET", "POST"]),
        Route("/alipay/bill/download.resource", download),
        Route("/alipay-open/oauth2/publicAppAuthorize.htm", authorize),
        *medical_pages.routes(ali),
        *control.routes(ali),
        *life_control.routes(ali),
    ]


async def background(world: World) -> None:
    """Payers make up their minds, refunds arrive, notices and messages are sent as their time comes."""
    ali = world_of(world)
    while True:
        try:
            await trades.settle_due(ali)
            await refunds.finish_due(ali)
            await medical.finish_due(ali)
            await notices.deliver_due(ali)
            await events.deliver_due(ali)
        except Exception:  # noqa: BLE001 - one bad row must not silence every later notice; the log shows it
            _log.exception("a round of notices failed")
        await asyncio.sleep(_TICK_SECONDS)
