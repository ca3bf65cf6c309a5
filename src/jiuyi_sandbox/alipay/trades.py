"""Trades: made for a page, asked for, closed, cancelled; and the payment itself. Payment codes are in `codes`."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from jiuyi_sandbox.alipay import behaviours, notices
from jiuyi_sandbox.alipay.alipay_world import AlipayWorld, digits, fen, local, text_field, yuan
from jiuyi_sandbox.alipay.gate import Call, fine
from jiuyi_sandbox.alipay.problems import Failure, business, no_trade, unknown, wrong_parameter
from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.store import Row

_NUMBER = re.compile(r"^[0-9A-Za-z_]{1,64}$")
_EXPRESS = re.compile(r"^([0-9]{1,5})([mhd])$")
_UNIT_SECONDS = {"m": 60, "h": 3600, "d": 86400}
_LONGEST_WAIT_SECONDS = 15 * 86400
_CANCEL_SECONDS = 86400
_REFUNDABLE_SECONDS = 365 * 86400
"""Twelve months, then a paid trade is finished; the true window is in the contract (UNCONFIRMED)."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_UNKNOWN_QUERIES = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """What the three ways of making a trade have in common, checked."""

    number: str
    total: int
    subject: str
    notify_url: str | None
    expire: float


def check_url(value: str | None) -> str | None:
    """A notify address, None when there is none. Raises Failure ACQ.INVALID_PARAMETER."""
    if not value:
        return None
    try:
        url = urlsplit(value)
    except ValueError as wrong:
        raise wrong_parameter("notify_url 不是合法的地址") from wrong
    near = url.hostname is not None and (url.hostname in _LOOPBACK or url.hostname.endswith(".localhost"))
    if not (url.scheme == "https" or (url.scheme == "http" and near)):
        raise wrong_parameter("notify_url 应为 https 地址(本机可用 http)")
    return value


def _expiry(ali: AlipayWorld, body: dict[str, Any]) -> float:
    now, latest = ali.now(), ali.now() + _LONGEST_WAIT_SECONDS
    text = text_field(body, "time_expire", 32, needed=False)
    if text:
        try:
            moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=HOSPITAL_TIME).timestamp()
        except ValueError as wrong:
            raise wrong_parameter("time_expire 应为 yyyy-MM-dd HH:mm:ss") from wrong
        if moment <= now:
            raise wrong_parameter("time_expire 应晚于现在")
        return min(moment, latest)
    text = text_field(body, "timeout_express", 6, needed=False)
    if text == "1c":
        today = ali.world.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        return today.timestamp() + 86400
    if text:
        found = _EXPRESS.match(text)
        if found is None or int(found[1]) < 1:
            raise wrong_parameter("timeout_express 应为 1m～15d 或 1c")
        return min(now + int(found[1]) * _UNIT_SECONDS[found[2]], latest)
    return latest


def asked(ali: AlipayWorld, call: Call) -> Asked:
    """The common fields of create, precreate and pay. Raises Failure ACQ.INVALID_PARAMETER."""
    body = call.body
    number = text_field(body, "out_trade_no", 64) or ""
    if not _NUMBER.match(number):
        raise wrong_parameter("out_trade_no 只能有字母、数字和下划线")
    if body.get("seller_id") not in (None, "", ali.keys.seller_id):
        raise business("ACQ.PARTNER_ERROR", "收款账号与应用的签约账号不一致")
    text_field(body, "body", 128, needed=False)
    subject = text_field(body, "subject", 256) or ""
    return Asked(
        number, fen(body, "total_amount"), subject, check_url(call.params.get("notify_url")), _expiry(ali, body)
    )


def _buyer(ali: AlipayWorld, call: Call) -> str:
    """The 2088 number of whom the trade is for. Raises Failure."""
    body = call.body
    app_id = str(body.get("op_app_id") or call.app_id)
    open_id = body.get("buyer_open_id") or body.get("op_buyer_open_id")
    user_id = body.get("buyer_id")
    if open_id:
        row = ali.by_open_id(app_id, str(open_id))
        if row is None:
            raise wrong_parameter("buyer_open_id 不属于该应用")
        return str(row["user_id"])
    if not user_id:
        raise wrong_parameter("buyer_id 与 buyer_open_id 必填其一")
    if user_id == "2088000000000002":
        raise business("ACQ.BUYER_ENABLE_STATUS_FORBID", "买家状态不正常，不能支付")
    if ali.person(str(user_id)) is None:
        raise wrong_parameter("buyer_id 不存在")
    return str(user_id)


def insert(ali: AlipayWorld, call: Call, given: Asked, *, kind: str, user_id: str | None, behaviour: str) -> Row:
    """Write down a new trade that waits for its buyer."""
    body, now = call.body, ali.now()
    trade_no = f"{ali.world.clock.now():%Y%m%d}22001{digits(15)}"
    ali.world.store.execute(
        "INSERT INTO ali_trade (out_trade_no, trade_no, app_id, op_app_id, kind, user_id, subject, body, passback,"
        " store_id, operator_id, terminal_id, total, notify_url, time_expire, state, behaviour, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'WAIT_BUYER_PAY', ?, ?)",
        (given.number, trade_no, call.app_id, body.get("op_app_id"), kind, user_id, given.subject,
         text_field(body, "body", 128, needed=False), text_field(body, "passback_params", 512, needed=False),
         text_field(body, "store_id", 32, needed=False), text_field(body, "operator_id", 28, needed=False),
         text_field(body, "terminal_id", 32, needed=False), given.total, given.notify_url, given.expire, behaviour,
         now),
    )  # fmt: skip
    return found(ali, given.number)


def check_repeat(known: Row, given: Asked, user_id: str | None) -> None:
    """A number that is asked for again must be the same trade, still open. Raises Failure."""
    if known["state"] in ("TRADE_SUCCESS", "TRADE_FINISHED"):
        raise business("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
    if known["state"] == "TRADE_CLOSED":
        raise business("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
    if (known["total"], known["subject"], known["user_id"]) != (given.total, given.subject, user_id):
        raise business("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")


async def create(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.trade.create: a trade for `my.tradePay` or the bridge's `tradePay`."""
    given = asked(ali, call)
    product = call.body.get("product_code", "FACE_TO_FACE_PAYMENT")
    if product not in ("JSAPI_PAY", "FACE_TO_FACE_PAYMENT"):
        raise business("ACQ.ACCESS_FORBIDDEN", "无权限使用接口")
    if product == "JSAPI_PAY" and call.body.get("op_app_id") not in ali.keys.app_ids():
        raise wrong_parameter("JSAPI_PAY 需要 op_app_id，且应为已绑定的应用")
    user_id = _buyer(ali, call)
    known = find(ali, given.number)
    if known is not None:
        check_repeat(known, given, user_id)
        return fine(out_trade_no=given.number, trade_no=known["trade_no"])
    behaviour = ali.switches.take_payment(given.total)
    if behaviour == "create_refused":
        raise Failure("40006", "isv.insufficient-isv-permissions", "ISV权限不足")
    if behaviour == "create_busy":
        raise Failure("40005", "isv.app-call-limited", "应用调用次数超限")
    made = insert(ali, call, given, kind=product, user_id=user_id, behaviour=behaviour)
    if behaviour == "create_unanswered":
        raise unknown()
    return fine(out_trade_no=given.number, trade_no=made["trade_no"])


async def precreate(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.trade.precreate: a code on a screen that the buyer scans."""
    given = asked(ali, call)
    known = find(ali, given.number)
    if known is not None:
        check_repeat(known, given, None)
    else:
        insert(ali, call, given, kind="PRECREATE", user_id=None, behaviour=ali.switches.take_payment(given.total))
    made = found(ali, given.number)
    return fine(out_trade_no=given.number, qr_code=f"https://qr.alipay.com/bax{made['trade_no'][-12:]}")


def find(ali: AlipayWorld, out_trade_no: str) -> Row | None:
    """The trade of that number, or None."""
    return ali.world.store.one("SELECT * FROM ali_trade WHERE out_trade_no = ?", (out_trade_no,))


def found(ali: AlipayWorld, out_trade_no: str) -> Row:
    """The trade of that number. Raises LookupError."""
    row = find(ali, out_trade_no)
    if row is None:
        raise LookupError(out_trade_no)
    return row


def by_trade_no(ali: AlipayWorld, trade_no: str) -> Row | None:
    """The trade of Alipay's number, or None."""
    return ali.world.store.one("SELECT * FROM ali_trade WHERE trade_no = ?", (trade_no,))


async def named(ali: AlipayWorld, body: dict[str, Any]) -> Row:
    """The trade that biz_content names by either number, closed first if its time is over. Raises Failure."""
    number, trade_no = body.get("out_trade_no"), body.get("trade_no")
    if not number and not trade_no:
        raise wrong_parameter("out_trade_no 与 trade_no 必填其一")
    row = by_trade_no(ali, str(trade_no)) if trade_no else find(ali, str(number))
    if row is None:
        raise no_trade()
    if row["state"] == "WAIT_BUYER_PAY" and row["time_expire"] <= ali.now():
        await close_row(ali, row)
        row = found(ali, row["out_trade_no"])
    return row


def buyer(ali: AlipayWorld, row: Row) -> dict[str, Any]:
    """The fields by which an answer names the buyer, {} while there is none."""
    if not row["user_id"]:
        return {}
    shown = ali.identity(row["app_id"], row["user_id"], "buyer_")
    return {"buyer_logon_id": ali.logon_id(row["user_id"]), **shown}


def funds(row: Row) -> list[dict[str, str]]:
    """What the buyer paid with."""
    return [{"fund_channel": "BANKCARD", "amount": yuan(row["total"]), "real_amount": yuan(row["total"])}]


def paid_amounts(row: Row) -> dict[str, str]:
    """The amounts of a paid trade: nothing is discounted here."""
    total = yuan(row["total"])
    return {
        "receipt_amount": total, "buyer_pay_amount": total, "invoice_amount": total, "point_amount": "0.00",
    }  # fmt: skip


async def query(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.trade.query."""
    row = await named(ali, call.body)
    if row["hidden_queries"] > 0:
        ali.world.store.execute(
            "UPDATE ali_trade SET hidden_queries = hidden_queries - 1 WHERE out_trade_no = ?", (row["out_trade_no"],)
        )
        raise unknown()
    answer = fine(
        trade_no=row["trade_no"], out_trade_no=row["out_trade_no"], trade_status=row["state"],
        total_amount=yuan(row["total"]), passback_params=row["passback"], subject=row["subject"], **buyer(ali, row),
    )  # fmt: skip
    if row["paid_at"]:
        answer |= paid_amounts(row) | {"send_pay_date": local(row["paid_at"])}
        if "fund_bill_list" in (call.body.get("query_options") or ["fund_bill_list"]):
            answer["fund_bill_list"] = funds(row)
    return answer


async def close(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.trade.close: only a trade that waits for its buyer."""
    row = await named(ali, call.body)
    url = check_url(call.params.get("notify_url"))
    if row["state"] == "WAIT_BUYER_PAY" and await close_row(ali, row, notify_url=url, told=url is not None):
        return fine(out_trade_no=row["out_trade_no"], trade_no=row["trade_no"])
    now = found(ali, row["out_trade_no"])
    if now["state"] == "TRADE_CLOSED" and not now["paid_at"]:
        raise business("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
    raise business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")


async def cancel(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.trade.cancel: an unpaid trade is closed, a paid one refunded as a whole, within 24 hours."""
    from jiuyi_sandbox.alipay import refunds

    row = await named(ali, call.body)
    if row["created_at"] + _CANCEL_SECONDS < ali.now():
        raise business("ACQ.TRADE_CANCEL_TIME_OUT", "超过撤销时间范围", retry_flag="N")
    action = "close"
    if row["state"] == "WAIT_BUYER_PAY":
        await close_row(ali, row, told=False)
        row = found(ali, row["out_trade_no"])
    if row["state"] == "TRADE_SUCCESS":
        await refunds.refund_rest(ali, row)
        action = "refund"
    elif row["paid_at"]:
        action = "refund"
    now = found(ali, row["out_trade_no"])
    return fine(
        out_trade_no=row["out_trade_no"], trade_no=row["trade_no"], retry_flag="N", action=action,
        gmt_refund_pay=local(now["closed_at"]) if action == "refund" and now["closed_at"] else None,
    )  # fmt: skip


async def close_row(ali: AlipayWorld, row: Row, *, notify_url: str | None = None, told: bool = True) -> bool:
    """Close an unpaid trade; a notice goes out when its time is over or the closing call gave an address."""
    now = ali.now()
    done = ali.world.store.execute(
        "UPDATE ali_trade SET state = 'TRADE_CLOSED', closed_at = ?, settle_at = NULL"
        " WHERE out_trade_no = ? AND state = 'WAIT_BUYER_PAY'",
        (now, row["out_trade_no"]),
    )
    if done and told:
        closed = found(ali, row["out_trade_no"])
        await notices.announce(
            ali, kind="closed", reference=row["out_trade_no"], url=notify_url or row["notify_url"],
            plain=notices.of_trade(ali, closed, gmt_close=local(now)), behaviour="",
        )  # fmt: skip
    return bool(done)


async def settle(ali: AlipayWorld, row: Row, *, trick: str | None = None, user_id: str | None = None) -> bool:
    """The buyer pays. False when the bank refuses or the trade can no longer be paid."""
    behaviour = trick or row["behaviour"]
    if behaviour == "refused":
        return False
    now = ali.now()
    done = ali.world.store.execute(
        "UPDATE ali_trade SET state = 'TRADE_SUCCESS', paid_at = ?, hidden_queries = ?, settle_at = NULL,"
        " user_id = coalesce(user_id, ?) WHERE out_trade_no = ? AND state = 'WAIT_BUYER_PAY' AND time_expire > ?",
        (now, _UNKNOWN_QUERIES if behaviour == "unknown_then_paid" else 0, user_id, row["out_trade_no"], now),
    )
    if not done:
        return False
    paid = found(ali, row["out_trade_no"])
    await notices.announce(
        ali, kind="paid", reference=paid["out_trade_no"], url=paid["notify_url"],
        plain=notices.of_trade(ali, paid, gmt_payment=local(now)), behaviour=behaviour,
    )  # fmt: skip
    return True


def settle_later(ali: AlipayWorld, row: Row, outcome: str) -> None:
    """Pay (`paid`) or close (`closed`) the trade when the payer's time is over."""
    ali.world.store.execute(
        "UPDATE ali_trade SET settle_at = ?, settle_as = ? WHERE out_trade_no = ? AND state = 'WAIT_BUYER_PAY'",
        (ali.now() + ali.switches.payer_seconds, outcome, row["out_trade_no"]),
    )


async def settle_due(ali: AlipayWorld) -> None:
    """Payers who made up their mind, and trades whose time is over."""
    store, now = ali.world.store, ali.now()
    for row in store.all("SELECT * FROM ali_trade WHERE settle_at <= ?", (now,)):
        if row["settle_as"] == "paid":
            await settle(ali, row, trick=behaviours.NORMAL)
        else:
            await close_row(ali, row, told=False)
    store.execute(
        "UPDATE ali_trade SET state = 'TRADE_FINISHED' WHERE state = 'TRADE_SUCCESS' AND paid_at < ?",
        (now - _REFUNDABLE_SECONDS,),
    )
    late = "SELECT * FROM ali_trade WHERE state = 'WAIT_BUYER_PAY' AND time_expire <= ? LIMIT 50"
    for row in store.all(late, (now,)):
        await close_row(ali, row)
