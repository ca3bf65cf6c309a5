"""The v2 calls: payment codes, faces, queries, reversals, refunds and the bill."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.responses import Response

from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.wechat_pay import bills, refunds
from jiuyi_sandbox.wechat_pay.gate import Call
from jiuyi_sandbox.wechat_pay.orders import TRADE_STATES
from jiuyi_sandbox.wechat_pay.problems import Problem
from jiuyi_sandbox.wechat_pay_v2 import codes, desk_orders, message
from jiuyi_sandbox.wechat_pay_v2.desk_orders import Lost, Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from jiuyi_sandbox.store import Row
    from jiuyi_sandbox.wechat_pay.pay_world import PayWorld

Said = dict[str, str]
SLOW_SECONDS = 8.0
_REFUND_CODES = {
    "NOT_ENOUGH": "NOTENOUGH", "USER_ACCOUNT_ABNORMAL": "USER_ACCOUNT_ABNORMAL", "SYSTEM_ERROR": "SYSTEMERROR",
    "RESOURCE_NOT_EXISTS": "ORDERNOTEXIST", "PARAM_ERROR": "PARAM_ERROR", "INVALID_REQUEST": "INVALID_REQUEST",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A kind of code: where it stands in the message."""

    kind: str
    field: str


BY_CODE, BY_FACE = Way(codes.CODE, "auth_code"), Way(codes.FACE, "face_code")


def local(unix_seconds: float) -> str:
    """`yyyyMMddHHmmss` in hospital time."""
    return f"{datetime.fromtimestamp(unix_seconds, HOSPITAL_TIME):%Y%m%d%H%M%S}"


def _need(said: Said, *names: str) -> None:
    for name in names:
        if not said.get(name):
            raise Refusal("LACK_PARAMS", f"缺少参数 {name}")


def _fen(said: Said, name: str) -> int:
    if not said[name].isdigit() or int(said[name]) < 1:
        raise Refusal("PARAM_ERROR", f"{name} 应为不小于 1 的整数（分）")
    return int(said[name])


def pay_by(way: Way) -> Callable[[PayWorld, Said], Awaitable[Said | bytes]]:
    """POST /pay/micropay or /pay/facepay."""

    async def take(pay: PayWorld, said: Said) -> Said:
        _need(said, "body", "out_trade_no", "total_fee", "spbill_create_ip", way.field)
        row = desk_orders.take(
            pay, number=said["out_trade_no"], total=_fen(said, "total_fee"), code=said[way.field], kind=way.kind,
            about=said["body"], attach=said.get("attach"),
        )  # fmt: skip
        if row["behaviour"] == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        return _paid(row)

    return take


def _paid(row: Row) -> Said:
    found = {
        "openid": row["openid"], "is_subscribe": "Y", "trade_type": row["trade_type"], "bank_type": row["bank_type"],
        "fee_type": row["currency"], "total_fee": str(row["total"]), "cash_fee": str(row["total"]),
        "transaction_id": row["transaction_id"], "out_trade_no": row["out_trade_no"],
        "time_end": local(row["paid_at"]),
    }  # fmt: skip
    return found | ({"attach": row["attach"]} if row["attach"] else {})


def _number(pay: PayWorld, said: Said) -> str:
    if said.get("out_trade_no"):
        return said["out_trade_no"]
    _need(said, "transaction_id")
    row = pay.world.store.one("SELECT out_trade_no FROM pay_order WHERE transaction_id = ?", (said["transaction_id"],))
    if row is None:
        raise Refusal("ORDERNOTEXIST", "订单不存在")
    return str(row["out_trade_no"])


async def query(pay: PayWorld, said: Said) -> Said:
    """POST /pay/orderquery, /pay/facepayquery."""
    row = desk_orders.asked(pay, _number(pay, said))
    state = {"out_trade_no": row["out_trade_no"], "trade_state": row["state"]}
    state["trade_state_desc"] = TRADE_STATES[row["state"]]
    return (_paid(row) if row["paid_at"] is not None else {}) | state


async def reverse(pay: PayWorld, said: Said) -> Said:
    """POST /secapi/pay/reverse, /secapi/pay/facepayreverse."""
    desk_orders.reverse(pay, _number(pay, said))
    return {"recall": "N"}


async def refund(pay: PayWorld, said: Said) -> Said:
    """POST /secapi/pay/refund: the same refund as by v3."""
    _need(said, "out_refund_no", "total_fee", "refund_fee")
    total, amount = _fen(said, "total_fee"), _fen(said, "refund_fee")
    body = {
        "out_trade_no": _number(pay, said), "out_refund_no": said["out_refund_no"],
        "amount": {"refund": amount, "total": total, "currency": "CNY"},
        "reason": said.get("refund_desc") or None, "notify_url": said.get("notify_url") or None,
    }  # fmt: skip
    try:
        _, made = _json(await refunds.refund(pay, Call(body, {}, {}, pay.world.config.base_url)))
    except Problem as problem:
        raise Refusal(_REFUND_CODES.get(problem.code, problem.code), problem.message) from problem
    return {
        "transaction_id": made["transaction_id"], "out_trade_no": made["out_trade_no"],
        "out_refund_no": made["out_refund_no"], "refund_id": made["refund_id"], "refund_fee": str(amount),
        "total_fee": str(total), "cash_fee": str(total), "cash_refund_fee": str(amount),
    }  # fmt: skip


def _json(answer: object) -> tuple[int, dict[str, str]]:
    if not isinstance(answer, tuple):
        raise TypeError("a refund answers with JSON")
    return answer


async def refund_query(pay: PayWorld, said: Said) -> Said:
    """POST /pay/refundquery: by one refund's number, or every refund of an order."""
    store = pay.world.store
    if said.get("out_refund_no"):
        rows = store.all("SELECT * FROM pay_refund WHERE out_refund_no = ?", (said["out_refund_no"],))
    else:
        rows = store.all("SELECT * FROM pay_refund WHERE out_trade_no = ?", (_number(pay, said),))
    if not rows:
        raise Refusal("REFUNDNOTEXIST", "退款不存在")
    order = desk_orders.found(pay, rows[0]["out_trade_no"])
    found = {
        "transaction_id": order["transaction_id"], "out_trade_no": order["out_trade_no"],
        "total_fee": str(order["total"]), "cash_fee": str(order["total"]), "refund_count": str(len(rows)),
    }  # fmt: skip
    states = {"CLOSED": "REFUNDCLOSE", "ABNORMAL": "CHANGE"}
    for place, row in enumerate(rows):
        found |= {
            f"out_refund_no_{place}": row["out_refund_no"], f"refund_id_{place}": row["refund_id"],
            f"refund_fee_{place}": str(row["amount"]), f"refund_channel_{place}": "ORIGINAL",
            f"refund_status_{place}": states.get(row["status"], row["status"]),
        }  # fmt: skip
        if row["status"] == "SUCCESS":
            done = datetime.fromtimestamp(row["done_at"], HOSPITAL_TIME)
            found[f"refund_success_time_{place}"] = f"{done:%Y-%m-%d %H:%M:%S}"
    return found


async def bill(pay: PayWorld, said: Said) -> bytes:
    """POST /pay/downloadbill: the file itself; raises Problem for what has none."""
    _need(said, "bill_date")
    try:
        day = datetime.strptime(said["bill_date"], "%Y%m%d").replace(tzinfo=HOSPITAL_TIME).date()
    except ValueError as wrong:
        raise Refusal("20001", "invalid bill_date") from wrong
    try:
        return bills.content(pay, day, said.get("bill_type") or "ALL")
    except Problem as problem:
        told = {"STATEMENT_CREATING": "Bill Creating", "NO_STATEMENT_EXIST": "No Bill Exist"}
        raise Refusal("20002", told.get(problem.code, "invalid bill_date")) from problem


async def openid_of_code(pay: PayWorld, said: Said) -> Said:
    """POST /tools/authcodetoopenid: whose code it is; the code stays good."""
    _need(said, "auth_code")
    row = pay.world.store.one("SELECT person FROM pay_code WHERE code = ?", (said["auth_code"],))
    if row is None:
        raise Refusal("AUTH_CODE_INVALID", "请扫描微信支付付款码")
    from jiuyi_sandbox import wechat_oa

    return {"openid": wechat_oa.account_of(pay.world).openid_of(row["person"])}


async def face_session(pay: PayWorld, said: Said) -> Said:  # noqa: ARG001 - of every handler
    """POST /face/get_wxpayface_authinfo: what a terminal needs before it looks at a face."""
    _need(said, "store_id", "store_name", "device_id", "rawdata", "now", "version")
    return {"authinfo": secrets.token_urlsafe(96), "expires_in": "7200"}


def endpoint(
    pay: PayWorld, key: str, handler: Callable[[PayWorld, Said], Awaitable[Said | bytes]]
) -> Callable[[Request], Awaitable[Response]]:
    """Read, verify, run, sign."""

    async def call(request: Request) -> Response:
        notes = request.scope.get("journal", {})
        try:
            said = message.read(await request.body())
        except message.Malformed:
            return _xml({"return_code": "FAIL", "return_msg": "XML格式错误"})
        kind = said.get("sign_type") or message.MD5
        wrong = _stranger(pay, said, key, kind)
        if wrong:
            notes["code"] = wrong
            return _xml({"return_code": "FAIL", "return_msg": wrong})
        head = {
            "return_code": "SUCCESS", "return_msg": "OK", "appid": pay.app_id, "mch_id": pay.keys.mch_id,
            "nonce_str": secrets.token_hex(16), "result_code": "SUCCESS",
        }  # fmt: skip
        if kind == message.HMAC:
            head["sign_type"] = kind
        try:
            answer = await handler(pay, said)
        except Lost as lost:
            notes["fault"] = "cut_after" if lost.done else "cut_before"
            return Response(b"")
        except Refusal as refused:
            notes["code"] = refused.code
            if handler is bill:
                return _xml({"return_code": "FAIL", "return_msg": refused.message, "error_code": refused.code})
            recall = {"recall": "Y" if refused.code == "SYSTEMERROR" else "N"} if handler is reverse else {}
            answer = {"err_code": refused.code, "err_code_des": refused.message, **recall}
            head["result_code"] = "FAIL"
        if isinstance(answer, bytes):
            return Response(answer, media_type="text/plain; charset=utf-8")
        told = head | answer
        return _xml({**told, "sign": message.sign(told, key, kind)})

    return call


def _stranger(pay: PayWorld, said: Said, key: str, kind: str) -> str:
    """Why a request is not the merchant's, or ''."""
    if said.get("appid") != pay.app_id:
        return "appid不存在"
    if said.get("mch_id") != pay.keys.mch_id:
        return "商户号mch_id与appid不匹配"
    if kind not in (message.MD5, message.HMAC) or not said.get("nonce_str"):
        return "签名类型错误或缺少 nonce_str"
    return "" if message.sign(said, key, kind) == said.get("sign") else "签名错误"


def _xml(values: Said) -> Response:
    return Response(message.write(values), media_type="text/xml; charset=utf-8")
