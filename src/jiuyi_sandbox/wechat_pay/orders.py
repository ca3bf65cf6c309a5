"""JSAPI orders: prepay, query, close, and the payment itself."""

import re
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from jiuyi_sandbox.store import Row
from jiuyi_sandbox.wechat_pay import notices
from jiuyi_sandbox.wechat_pay.gate import Answer, Call
from jiuyi_sandbox.wechat_pay.pay_world import PayWorld, digits, rfc3339
from jiuyi_sandbox.wechat_pay.problems import Problem, invalid_request, system_error, wrong_parameter

PREPAY_SECONDS = 7200
_DEFAULT_EXPIRY_SECONDS = 7 * 86400
_NUMBER = re.compile(r"^[0-9A-Za-z_\-|*]{6,32}$")
_OPENID = re.compile(r"^o[0-9A-Za-z_\-]{5,127}$")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

TRADE_STATES = {
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "CLOSED": "订单已关闭",
    "USERPAYING": "需要用户输入支付密码",
    "REVOKED": "订单已撤销",
    "PAYERROR": "支付失败",
}


def _text(body: dict[str, Any], name: str, longest: int, *, needed: bool = True) -> str | None:
    value = body.get(name)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or not value or len(value) > longest:
        raise wrong_parameter(f"/{name}", f"{name} 应为 1 到 {longest} 个字符", value)
    return value


def _check_url(value: str) -> str:
    try:
        url = urlsplit(value)
    except ValueError as wrong:
        raise wrong_parameter("/notify_url", "notify_url 不是合法的地址", value) from wrong
    local = url.hostname is not None and (url.hostname in _LOOPBACK or url.hostname.endswith(".localhost"))
    if url.query or not (url.scheme == "https" or (url.scheme == "http" and local)):
        raise wrong_parameter("/notify_url", "notify_url 应为不带参数的 https 地址(本机可用 http)", value)
    return value


def _expiry(pay: PayWorld, value: Any) -> float:
    if value is None:
        return pay.now() + _DEFAULT_EXPIRY_SECONDS
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as wrong:
        raise wrong_parameter("/time_expire", "time_expire 应为 RFC 3339 时间", value) from wrong
    if moment.tzinfo is None:
        raise wrong_parameter("/time_expire", "time_expire 应带时区", value)
    if moment.timestamp() < pay.now() + 60:
        raise wrong_parameter("/time_expire", "time_expire 至少应在 1 分钟之后", value)
    return moment.timestamp()


def _amount(body: dict[str, Any]) -> tuple[int, str]:
    amount = body.get("amount")
    total = amount.get("total") if isinstance(amount, dict) else None
    if not isinstance(amount, dict) or not isinstance(total, int) or isinstance(total, bool) or total < 1:
        raise wrong_parameter("/amount/total", "amount.total 应为不小于 1 的整数(分)", total)
    currency = amount.get("currency", "CNY")
    if currency != "CNY":
        raise wrong_parameter("/amount/currency", "只支持 CNY", currency)
    return total, currency


def _payer(body: dict[str, Any]) -> str:
    payer = body.get("payer")
    openid = payer.get("openid") if isinstance(payer, dict) else None
    if not isinstance(openid, str) or not _OPENID.match(openid) or openid == "oMagicNotBound":
        raise wrong_parameter("/payer/openid", "无效的 openid", openid)
    if openid == "oMagicBlocked":
        raise Problem(403, "ACCOUNT_ERROR", "付款方账户异常")
    return openid


async def prepay(pay: PayWorld, call: Call) -> Answer:
    """POST /v3/pay/transactions/jsapi."""
    body = call.body
    if _text(body, "appid", 32) != pay.app_id:
        raise Problem(400, "APPID_MCHID_NOT_MATCH", "appid 与 mchid 不匹配")
    if _text(body, "mchid", 32) != pay.keys.mch_id:
        raise wrong_parameter("/mchid", "mchid 与签名的商户不一致", body.get("mchid"))
    description = _text(body, "description", 127)
    number = _text(body, "out_trade_no", 32) or ""
    if not _NUMBER.match(number):
        raise wrong_parameter("/out_trade_no", "out_trade_no 应为 6 到 32 位字母、数字或 _-|*", number)
    attach = _text(body, "attach", 128, needed=False)
    notify_url = _check_url(_text(body, "notify_url", 255) or "")
    total, currency = _amount(body)
    openid = _payer(body)
    expire = _expiry(pay, body.get("time_expire"))
    store = pay.world.store
    known = find(pay, number)
    if known is None:
        behaviour = pay.switches.take_payment(total)
        if behaviour == "prepay_refused":
            raise Problem(403, "NO_AUTH", "商户无权限")
        if behaviour == "prepay_busy":
            raise Problem(429, "RATELIMIT_EXCEEDED", "请求过于频繁")
        store.execute(
            "INSERT INTO pay_order (out_trade_no, app_id, openid, description, attach, total, currency, notify_url,"
            " time_expire, state, behaviour, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'NOTPAY', ?, ?)",
            (
                number,
                pay.app_id,
                openid,
                description,
                attach,
                total,
                currency,
                notify_url,
                expire,
                behaviour,
                pay.now(),
            ),
        )
        if behaviour == "prepay_unanswered":
            raise system_error()
    else:
        _check_repeat(known, total, openid)
    prepay_id = f"wx{pay.world.clock.now():%d%H%M%S}{secrets.token_hex(13)}"
    store.execute("INSERT INTO pay_prepay VALUES (?, ?, ?)", (prepay_id, number, pay.now()))
    return 200, {"prepay_id": prepay_id}


def _check_repeat(known: Row, total: int, openid: str) -> None:
    if known["state"] in ("SUCCESS", "REFUND"):
        raise Problem(400, "ORDERPAID", "该订单已支付")
    if known["state"] == "CLOSED":
        raise Problem(400, "ORDER_CLOSED", "该订单已关闭，请重新下单")
    if (known["total"], known["openid"]) != (total, openid):
        raise invalid_request("请求重入时，参数与首次请求时不一致")


def find(pay: PayWorld, out_trade_no: str) -> Row | None:
    """The order of that number, closed first if its time is over."""
    store = pay.world.store
    progress(pay)
    store.execute(
        "UPDATE pay_order SET state = 'CLOSED' WHERE out_trade_no = ? AND state = 'NOTPAY' AND time_expire <= ?",
        (out_trade_no, pay.now()),
    )
    return store.one("SELECT * FROM pay_order WHERE out_trade_no = ?", (out_trade_no,))


def progress(pay: PayWorld) -> None:
    """Let the payers of codes finish whose time has come."""
    pay.world.store.execute(
        "UPDATE pay_order SET state = due_as, paid_at = CASE due_as WHEN 'SUCCESS' THEN due_at END, due_at = NULL,"
        " due_as = NULL WHERE due_at <= ? AND state = 'USERPAYING'",
        (pay.now(),),
    )


def transaction(pay: PayWorld, order: Row) -> dict[str, Any]:
    """The query body, which is also the plaintext of a payment notice."""
    found: dict[str, Any] = {
        "appid": order["app_id"],
        "mchid": pay.keys.mch_id,
        "out_trade_no": order["out_trade_no"],
        "trade_state": order["state"],
        "trade_state_desc": TRADE_STATES[order["state"]],
    }
    if order["attach"]:
        found["attach"] = order["attach"]
    if order["paid_at"] is not None:
        found |= {
            "transaction_id": order["transaction_id"],
            "trade_type": order["trade_type"],
            "bank_type": order["bank_type"],
            "success_time": rfc3339(order["paid_at"]),
            "payer": {"openid": order["openid"]},
            "amount": {
                "total": order["total"],
                "payer_total": order["total"],
                "currency": order["currency"],
                "payer_currency": order["currency"],
            },
        }
    return found


async def query(pay: PayWorld, call: Call) -> Answer:
    """GET /v3/pay/transactions/out-trade-no/{out_trade_no} and /v3/pay/transactions/id/{transaction_id}."""
    if call.query.get("mchid") != pay.keys.mch_id:
        raise wrong_parameter("/mchid", "mchid 与签名的商户不一致", call.query.get("mchid"))
    if "out_trade_no" in call.path:
        order = find(pay, call.path["out_trade_no"])
    else:
        order = pay.world.store.one("SELECT * FROM pay_order WHERE transaction_id = ?", (call.path["transaction_id"],))
    if order is None:
        raise Problem(404, "ORDER_NOT_EXIST", "订单不存在")
    if order["hidden_queries"] > 0:
        pay.world.store.execute(
            "UPDATE pay_order SET hidden_queries = hidden_queries - 1 WHERE out_trade_no = ?",
            (order["out_trade_no"],),
        )
        raise system_error()
    return 200, transaction(pay, order)


async def close(pay: PayWorld, call: Call) -> Answer:
    """POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close: 204, also when it was closed before."""
    if call.body.get("mchid") != pay.keys.mch_id:
        raise wrong_parameter("/mchid", "mchid 与签名的商户不一致", call.body.get("mchid"))
    order = find(pay, call.path["out_trade_no"])
    if order is None:
        raise Problem(404, "ORDER_NOT_EXIST", "订单不存在")
    if order["state"] in ("SUCCESS", "REFUND"):
        raise Problem(400, "ORDER_PAID", "该订单已支付")
    pay.world.store.execute(
        "UPDATE pay_order SET state = 'CLOSED' WHERE out_trade_no = ? AND state = 'NOTPAY'",
        (order["out_trade_no"],),
    )
    return 204, None


def by_prepay(pay: PayWorld, prepay_id: str) -> Row | None:
    """The order a prepay id belongs to, while the id is valid (two hours)."""
    row = pay.world.store.one("SELECT * FROM pay_prepay WHERE prepay_id = ?", (prepay_id,))
    if row is None or row["created_at"] + PREPAY_SECONDS < pay.now():
        return None
    return find(pay, row["out_trade_no"])


async def settle(pay: PayWorld, order: Row, *, trick: str | None = None) -> bool:
    """The payer confirms. False when the bank refuses or the order can no longer be paid."""
    behaviour = trick or order["behaviour"]
    if behaviour == "refused":
        return False
    now = pay.now()
    number = f"4200{digits(6)}{pay.world.clock.now():%Y%m%d}{digits(10)}"
    done = pay.world.store.execute(
        "UPDATE pay_order SET state = 'SUCCESS', transaction_id = ?, bank_type = 'CMB_DEBIT', paid_at = ?,"
        " hidden_queries = ? WHERE out_trade_no = ? AND state = 'NOTPAY' AND time_expire > ?",
        (number, now, 2 if behaviour == "unknown_then_paid" else 0, order["out_trade_no"], now),
    )
    if not done:
        return False
    paid = find(pay, order["out_trade_no"])
    if paid is None:
        raise LookupError(order["out_trade_no"])
    await notices.announce(
        pay,
        event_type="TRANSACTION.SUCCESS",
        reference=paid["out_trade_no"],
        url=paid["notify_url"],
        plain=transaction(pay, paid),
        behaviour=behaviour,
    )
    return True
