"""Payment codes by v3, for merchants who were invited to it (WeChat's papers): the same orders, in JSON."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.wechat_pay import orders
from jiuyi_sandbox.wechat_pay.problems import Problem, wrong_parameter
from jiuyi_sandbox.wechat_pay_v2 import calls, codes, desk_orders
from jiuyi_sandbox.wechat_pay_v2.desk_orders import Lost, Refusal

if TYPE_CHECKING:
    from jiuyi_sandbox.wechat_pay.gate import Answer, Call
    from jiuyi_sandbox.wechat_pay.pay_world import PayWorld

_CODES = {
    "AUTHCODEEXPIRE": (400, "AUTH_CODE_EXPIRED"), "AUTH_CODE_INVALID": (400, "AUTH_CODE_INVALID"),
    "NOTENOUGH": (403, "NOT_ENOUGH"), "NOTSUPORTCARD": (403, "NOTSUPORTCARD"), "SYSTEMERROR": (500, "SYSTEM_ERROR"),
    "BANKERROR": (500, "BANK_ERROR"), "ORDERPAID": (400, "ORDERPAID"), "ORDERCLOSED": (400, "ORDER_CLOSED"),
    "ORDERREVERSED": (400, "ORDER_CLOSED"), "OUT_TRADE_NO_USED": (403, "OUT_TRADE_NO_USED"),
    "ORDERNOTEXIST": (404, "ORDER_NOT_EXIST"), "TRADE_ERROR": (403, "TRADE_ERROR"),
}  # fmt: skip


def _part(body: dict[str, Any], *path: str) -> Any:
    for name in path:
        value = body.get(name)
        if name == path[-1]:
            return value
        body = value if isinstance(value, dict) else {}
    return None


def _checked(pay: PayWorld, call: Call) -> None:
    if (call.body.get("appid"), call.body.get("mchid")) != (pay.app_id, pay.keys.mch_id):
        raise Problem(400, "APPID_MCHID_NOT_MATCH", "appid 与 mchid 不匹配")


async def take(pay: PayWorld, call: Call) -> Answer:
    """POST /v3/pay/transactions/codepay. USERPAYING is a state here; whether it really is one is unconfirmed."""
    _checked(pay, call)
    body = call.body
    total, code = _part(body, "amount", "total"), _part(body, "payer", "auth_code")
    store = _part(body, "scene_info", "store_info")
    if not isinstance(total, int) or isinstance(total, bool) or total < 1:
        raise wrong_parameter("/amount/total", "amount.total 应为不小于 1 的整数(分)", total)
    if not isinstance(store, dict) or not (store.get("id") or store.get("out_id")):
        raise wrong_parameter("/scene_info/store_info", "store_info 的 id 与 out_id 必填其一")
    for name in ("description", "out_trade_no"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise wrong_parameter(f"/{name}", f"{name} 必填")
    try:
        row = desk_orders.take(
            pay, number=body["out_trade_no"], total=total, code=str(code), kind=codes.CODE,
            about=body["description"], attach=body.get("attach"),
        )  # fmt: skip
    except Lost as lost:
        raise Problem(500, "SYSTEM_ERROR", "系统异常，请用相同参数重新调用") from lost
    except Refusal as refused:
        if refused.code != "USERPAYING":
            raise Problem(*_CODES[refused.code], refused.message) from refused
        row = desk_orders.found(pay, body["out_trade_no"])
    if row["behaviour"] == "slow":
        await asyncio.sleep(calls.SLOW_SECONDS)
    return 200, orders.transaction(pay, row)


async def reverse(pay: PayWorld, call: Call) -> Answer:
    """POST /v3/pay/transactions/out-trade-no/{out_trade_no}/reverse."""
    _checked(pay, call)
    number = call.path["out_trade_no"]
    try:
        desk_orders.reverse(pay, number)
    except Refusal as refused:
        raise Problem(*_CODES[refused.code], refused.message) from refused
    return 200, {"appid": pay.app_id, "mchid": pay.keys.mch_id, "out_trade_no": number}
