"""WeChat Pay v2 (XML): payment codes and faces at the desk; and v3's payment codes over the same orders.

Reversal and refund ask for the merchant's certificate at WeChat; this sandbox speaks plain HTTP and asks for none.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox import wechat_pay
from jiuyi_sandbox.people import BY_KEY, PEOPLE
from jiuyi_sandbox.wechat_pay import gate
from jiuyi_sandbox.wechat_pay_v2 import behaviours, calls, codepay, codes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from jiuyi_sandbox.wechat_pay.pay_world import PayWorld
    from jiuyi_sandbox.world import World

SCHEMA = """
CREATE TABLE IF NOT EXISTS pay_code (
    code TEXT PRIMARY KEY, kind TEXT NOT NULL, person TEXT NOT NULL, behaviour TEXT NOT NULL,
    created_at REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0) STRICT;
"""


def v2_key(world: World) -> str:
    """The APIv2 key, 32 characters."""
    return world.keys.get("wechat_pay.v2_key", lambda: secrets.token_hex(16))


def reset(world: World) -> None:
    """Forget the codes; orders go with those of WeChat Pay."""
    world.store.execute("DELETE FROM pay_code")


def routes(world: World) -> list[BaseRoute]:
    """Below the mount of WeChat Pay."""
    pay = wechat_pay.world_of(world)
    number = f"{pay.base_path}/v3/pay/transactions"
    v2 = {
        "/pay/micropay": calls.pay_by(calls.BY_CODE),
        "/pay/facepay": calls.pay_by(calls.BY_FACE),
        "/pay/orderquery": calls.query,
        "/pay/facepayquery": calls.query,
        "/secapi/pay/reverse": calls.reverse,
        "/secapi/pay/facepayreverse": calls.reverse,
        "/secapi/pay/refund": calls.refund,
        "/pay/refundquery": calls.refund_query,
        "/pay/downloadbill": calls.bill,
        "/tools/authcodetoopenid": calls.openid_of_code,
        "/face/get_wxpayface_authinfo": calls.face_session,
    }
    return [
        *(
            Route(f"{pay.base_path}{path}", calls.endpoint(pay, v2_key(world), handler), methods=["POST"])
            for path, handler in v2.items()
        ),
        Route(f"{number}/codepay", gate.endpoint(pay, codepay.take), methods=["POST"]),
        Route(f"{number}/out-trade-no/{{out_trade_no}}/reverse", gate.endpoint(pay, codepay.reverse), methods=["POST"]),
        Route("/_control/wechat_pay/codes", _codes(pay), methods=["GET", "POST"]),
    ]


def _codes(pay: PayWorld) -> Callable[[Request], Awaitable[Response]]:
    async def made(request: Request) -> Response:
        """GET: the magic codes. POST `{"person", "kind": "code" or "face", "behaviour"?}`: a fresh one."""
        if request.method == "GET":
            found: list[dict[str, Any]] = [
                {
                    "person": person.key, "behaviour": name, "meaning": text,
                    "code": codes.magic_code(number, person.key),
                    "face": codes.magic_code(number, person.key, codes.FACE),
                }
                for person in PEOPLE
                for number, (name, text) in {0: (behaviours.NORMAL, "paid"), **behaviours.CODES}.items()
            ]  # fmt: skip
            return JSONResponse({"magic": found})
        try:
            data = json.loads(await request.body())
            person = BY_KEY[data["person"]].key
            kind, behaviour = data.get("kind", codes.CODE), data.get("behaviour", behaviours.NORMAL)
        except (ValueError, KeyError, TypeError) as wrong:
            return JSONResponse({"error": f"person is needed: {wrong}"}, 400)
        if kind not in (codes.CODE, codes.FACE) or behaviour not in behaviours.NAMES:
            return JSONResponse({"error": "kind is code or face", "behaviours": sorted(behaviours.NAMES)}, 400)
        code = codes.new_code(pay, person, kind, behaviour)
        return JSONResponse({"code": code, "kind": kind, "seconds": codes.CODE_SECONDS})

    return made
