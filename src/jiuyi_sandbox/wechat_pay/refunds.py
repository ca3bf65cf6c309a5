"""Refunds: asked for, settled after a moment, announced."""

import re
from typing import Any

from jiuyi_sandbox.store import Row
from jiuyi_sandbox.wechat_pay import notices, orders
from jiuyi_sandbox.wechat_pay.gate import Answer, Call
from jiuyi_sandbox.wechat_pay.pay_world import PayWorld, digits, rfc3339
from jiuyi_sandbox.wechat_pay.problems import Problem, invalid_request, system_error, wrong_parameter

_NUMBER = re.compile(r"^[0-9A-Za-z_\-|*@]{1,64}$")
_MOST_REFUNDS = 50
_LAST_DAY_SECONDS = 365 * 86400
_NOT_ENOUGH_TRIES = 2


def _fen(amount: Any, name: str) -> int:
    value = amount.get(name) if isinstance(amount, dict) else None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise wrong_parameter(f"/amount/{name}", f"amount.{name} 应为不小于 1 的整数(分)", value)
    return value


def _order(pay: PayWorld, body: dict[str, Any]) -> Row:
    number, transaction_id = body.get("out_trade_no"), body.get("transaction_id")
    if not number and not transaction_id:
        raise wrong_parameter("/out_trade_no", "out_trade_no 与 transaction_id 必填其一")
    if transaction_id:
        order = pay.world.store.one("SELECT * FROM pay_order WHERE transaction_id = ?", (transaction_id,))
    else:
        order = orders.find(pay, str(number))
    if order is None or order["state"] not in ("SUCCESS", "REFUND"):
        raise Problem(404, "RESOURCE_NOT_EXISTS", "订单不存在或未支付")
    if number and order["out_trade_no"] != number:
        raise invalid_request("out_trade_no 与 transaction_id 不是同一笔订单")
    return order


async def refund(pay: PayWorld, call: Call) -> Answer:
    """POST /v3/refund/domestic/refunds. The same number with the same content is the same refund."""
    body = call.body
    number = body.get("out_refund_no")
    if not isinstance(number, str) or not _NUMBER.match(number):
        raise wrong_parameter("/out_refund_no", "out_refund_no 应为 1 到 64 位字母、数字或 _-|*@", number)
    amount, total = _fen(body.get("amount"), "refund"), _fen(body.get("amount"), "total")
    if body["amount"].get("currency") != "CNY":
        raise wrong_parameter("/amount/currency", "amount.currency 必填，只支持 CNY", body["amount"].get("currency"))
    reason = body.get("reason")
    if reason is not None and (not isinstance(reason, str) or not 1 <= len(reason) <= 80):  # noqa: PLR2004 - protocol
        raise wrong_parameter("/reason", "reason 应为 1 到 80 个字符", reason)
    order = _order(pay, body)
    known = pay.world.store.one("SELECT * FROM pay_refund WHERE out_refund_no = ?", (number,))
    if known is not None:
        if (known["amount"], known["out_trade_no"], order["total"]) != (amount, order["out_trade_no"], total):
            raise invalid_request("同一退款单号的参数与首次请求不一致")
        return 200, resource(pay, known)
    _check_rules(pay, order, amount, total)
    behaviour = _refusals(pay, number, amount)
    if pay.world.faults.take("wechat_pay", f"REFUND.SUCCESS {number}", "notify_before_response"):
        behaviour = "notify_before_response"
    await _accept(pay, order, body, behaviour)
    if behaviour == "unanswered":
        raise system_error()
    made = _found(pay, number)
    answer = resource(pay, made)
    if behaviour == "notify_before_response":
        await finish(pay, made)
    return 200, answer


def _check_rules(pay: PayWorld, order: Row, amount: int, total: int) -> None:
    taken = pay.world.store.one(
        "SELECT coalesce(sum(amount), 0) AS fen, count(*) AS n FROM pay_refund"
        " WHERE out_trade_no = ? AND status <> 'CLOSED'",
        (order["out_trade_no"],),
    )
    if total != order["total"]:
        raise invalid_request("amount.total 与原订单金额不一致")
    if taken is not None and taken["fen"] + amount > order["total"]:
        raise invalid_request("退款金额大于可退余额")
    if taken is not None and taken["n"] >= _MOST_REFUNDS:
        raise invalid_request("部分退款次数超过 50 次")
    if pay.now() > order["paid_at"] + _LAST_DAY_SECONDS:
        raise invalid_request("订单已超过可退款的最大期限")


def _refusals(pay: PayWorld, number: str, amount: int) -> str:
    """The behaviour of this refund; raises the refusals that happen before acceptance."""
    store = pay.world.store
    remembered = store.one("SELECT tries FROM pay_refund_try WHERE out_refund_no = ?", (number,))
    behaviour = "not_enough_twice" if remembered else pay.switches.take_refund(amount)
    if behaviour == "not_enough":
        raise Problem(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")
    if behaviour == "account_abnormal":
        raise Problem(403, "USER_ACCOUNT_ABNORMAL", "用户账户异常，请线下退款")
    if behaviour == "not_enough_twice":
        tries = remembered["tries"] if remembered else 0
        if tries < _NOT_ENOUGH_TRIES:
            store.execute(
                "INSERT INTO pay_refund_try VALUES (?, 1) ON CONFLICT (out_refund_no) DO UPDATE SET tries = tries + 1",
                (number,),
            )
            raise Problem(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")
    return behaviour


async def _accept(pay: PayWorld, order: Row, body: dict[str, Any], behaviour: str) -> None:
    now = pay.now()
    settle_as = {"abnormal": "ABNORMAL", "closed": "CLOSED", "never_ends": None}.get(behaviour, "SUCCESS")
    settle_at = None if settle_as is None else now + (0 if behaviour == "at_once" else pay.switches.refund_seconds)
    with pay.world.store.transaction() as db:
        db.execute(
            "INSERT INTO pay_refund (out_refund_no, refund_id, out_trade_no, amount, reason, notify_url, status,"
            " behaviour, created_at, settle_at, settle_as) VALUES (?, ?, ?, ?, ?, ?, 'PROCESSING', ?, ?, ?, ?)",
            (body["out_refund_no"], f"5030{digits(24)}", order["out_trade_no"], body["amount"]["refund"],
             body.get("reason"), body.get("notify_url"), behaviour, now, settle_at, settle_as),
        )  # fmt: skip
        db.execute("UPDATE pay_order SET state = 'REFUND' WHERE out_trade_no = ?", (order["out_trade_no"],))
    if behaviour == "at_once":
        await finish(pay, _found(pay, body["out_refund_no"]))


def _found(pay: PayWorld, number: str) -> Row:
    row = pay.world.store.one("SELECT * FROM pay_refund WHERE out_refund_no = ?", (number,))
    if row is None:
        raise Problem(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return row


def resource(pay: PayWorld, row: Row) -> dict[str, Any]:
    """The refund as answers show it."""
    order = orders.find(pay, row["out_trade_no"])
    if order is None:
        raise LookupError(row["out_trade_no"])
    found: dict[str, Any] = {
        "refund_id": row["refund_id"],
        "out_refund_no": row["out_refund_no"],
        "transaction_id": order["transaction_id"],
        "out_trade_no": order["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": "招商银行借记卡8046",
        "create_time": rfc3339(row["created_at"]),
        "status": row["status"],
        "funds_account": "UNSETTLED",
        "amount": {
            "total": order["total"], "refund": row["amount"], "payer_total": order["total"],
            "payer_refund": row["amount"], "settlement_refund": row["amount"], "settlement_total": order["total"],
            "discount_refund": 0, "currency": order["currency"], "from": [], "refund_fee": 0,
        },
        "promotion_detail": [],
    }  # fmt: skip
    if row["status"] == "SUCCESS":
        found["success_time"] = rfc3339(row["done_at"])
    return found


async def query(pay: PayWorld, call: Call) -> Answer:
    """GET /v3/refund/domestic/refunds/{out_refund_no}."""
    return 200, resource(pay, _found(pay, call.path["out_refund_no"]))


async def apply_abnormal(pay: PayWorld, call: Call) -> Answer:
    """POST /v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund: an ABNORMAL refund is tried again."""
    row = pay.world.store.one("SELECT * FROM pay_refund WHERE refund_id = ?", (call.path["refund_id"],))
    if row is None or row["out_refund_no"] != call.body.get("out_refund_no"):
        raise Problem(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    if call.body.get("type") not in ("USER_BANK_CARD", "MERCHANT_BANK_CARD"):
        raise wrong_parameter("/type", "type 应为 USER_BANK_CARD 或 MERCHANT_BANK_CARD", call.body.get("type"))
    if row["status"] != "ABNORMAL":
        raise invalid_request("只有退款异常的单可以发起异常退款")
    pay.world.store.execute(
        "UPDATE pay_refund SET status = 'PROCESSING', settle_as = 'SUCCESS', settle_at = ? WHERE out_refund_no = ?",
        (pay.now() + pay.switches.refund_seconds, row["out_refund_no"]),
    )
    return 200, resource(pay, _found(pay, row["out_refund_no"]))


async def finish(pay: PayWorld, row: Row) -> None:
    """Bring a refund to its end and announce it."""
    now = pay.now()
    done = pay.world.store.execute(
        "UPDATE pay_refund SET status = settle_as, done_at = ?, settle_at = NULL"
        " WHERE out_refund_no = ? AND status = 'PROCESSING' AND settle_as IS NOT NULL",
        (now, row["out_refund_no"]),
    )
    if not done:
        return
    ended = resource(pay, _found(pay, row["out_refund_no"]))
    plain: dict[str, Any] = {
        "mchid": pay.keys.mch_id,
        "out_trade_no": ended["out_trade_no"],
        "transaction_id": ended["transaction_id"],
        "out_refund_no": ended["out_refund_no"],
        "refund_id": ended["refund_id"],
        "refund_status": ended["status"],
        "user_received_account": ended["user_received_account"],
        "amount": {name: ended["amount"][name] for name in ("total", "refund", "payer_total", "payer_refund")},
    }
    if "success_time" in ended:
        plain["success_time"] = ended["success_time"]
    await notices.announce(
        pay, event_type=f"REFUND.{ended['status']}", reference=ended["out_refund_no"], url=row["notify_url"],
        plain=plain, behaviour=row["behaviour"],
    )  # fmt: skip


async def finish_due(pay: PayWorld) -> None:
    """Settle the refunds whose time has come."""
    for row in pay.world.store.all("SELECT * FROM pay_refund WHERE settle_at <= ?", (pay.now(),)):
        await finish(pay, row)
