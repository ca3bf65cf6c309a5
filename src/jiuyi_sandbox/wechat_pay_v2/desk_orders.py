"""Orders paid with a code or a face: taken, asked about, reversed. They live among WeChat Pay's other orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jiuyi_sandbox import wechat_oa
from jiuyi_sandbox.wechat_pay import orders
from jiuyi_sandbox.wechat_pay.pay_world import digits
from jiuyi_sandbox.wechat_pay_v2 import behaviours, codes

if TYPE_CHECKING:
    from jiuyi_sandbox.store import Row
    from jiuyi_sandbox.wechat_pay.pay_world import PayWorld

LATER_SECONDS = 10.0
_ENDS: dict[str, tuple[str, float | None, str | None]] = {
    "userpaying_then_paid": ("USERPAYING", LATER_SECONDS, "SUCCESS"),
    "userpaying_never": ("USERPAYING", None, None),
    "userpaying_then_refused": ("USERPAYING", LATER_SECONDS, "PAYERROR"),
    "queries_fail": ("USERPAYING", 0.0, "SUCCESS"),
    "paid_while_reversed": ("USERPAYING", None, None),
    "system_error_unpaid": ("NOTPAY", None, None),
    "bank_error_then_paid": ("USERPAYING", LATER_SECONDS, "SUCCESS"),
}
"""Behaviour → (state at first, seconds until it changes, into what). Anything else is paid at once."""

_KNOWN = {
    "SUCCESS": ("ORDERPAID", "订单已支付"),
    "REFUND": ("ORDERPAID", "订单已支付"),
    "USERPAYING": ("USERPAYING", "需要用户输入支付密码"),
    "REVOKED": ("ORDERREVERSED", "订单已撤销"),
}


class Refusal(Exception):
    """An `err_code` and its Chinese sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class Lost(Exception):
    """The connection is cut, before (`done` false) or after the order was taken."""

    def __init__(self, *, done: bool) -> None:
        super().__init__("cut")
        self.done = done


def take(pay: PayWorld, *, number: str, total: int, code: str, kind: str, about: str, attach: str | None) -> Row:
    """Pay an order with a code. Raises Refusal (also USERPAYING, SYSTEMERROR, BANKERROR) or Lost."""
    known = orders.find(pay, number)
    if known is not None:
        if known["total"] != total:
            raise Refusal("OUT_TRADE_NO_USED", "商户订单号重复")
        raise Refusal(*_KNOWN.get(known["state"], ("ORDERCLOSED", "订单已关闭")))
    person, behaviour = codes.use(pay, code, kind)
    if behaviour in behaviours.REFUSED:
        raise Refusal(*behaviours.REFUSED[behaviour])
    if behaviour == "cut_unpaid":
        raise Lost(done=False)
    state, wait, later = _ENDS.get(behaviour, ("SUCCESS", None, None))
    now = pay.now()
    pay.world.store.execute(
        "INSERT INTO pay_order (out_trade_no, app_id, openid, description, attach, total, currency, notify_url,"
        " time_expire, state, behaviour, transaction_id, bank_type, created_at, paid_at, hidden_queries, trade_type,"
        " due_at, due_as) VALUES (?, ?, ?, ?, ?, ?, 'CNY', '', ?, ?, ?, ?, 'CMB_DEBIT', ?, ?, ?, ?, ?, ?)",
        (
            number, pay.app_id, wechat_oa.account_of(pay.world).openid_of(person), about, attach, total,
            now + 7 * 86400, state, behaviour,
            f"4200{digits(6)}{pay.world.clock.now():%Y%m%d}{digits(10)}", now, now if state == "SUCCESS" else None,
            2 if behaviour == "queries_fail" else 0, "MICROPAY" if kind == codes.CODE else "FACEPAY",
            None if wait is None else now + wait, later,
        ),
    )  # fmt: skip
    if behaviour == "cut_paid":
        raise Lost(done=True)
    if behaviour in behaviours.UNKNOWN:
        raise Refusal(*behaviours.UNKNOWN[behaviour])
    return found(pay, number)


def found(pay: PayWorld, number: str) -> Row:
    """The order. Raises Refusal ORDERNOTEXIST."""
    row = orders.find(pay, number)
    if row is None:
        raise Refusal("ORDERNOTEXIST", "订单不存在")
    return row


def asked(pay: PayWorld, number: str) -> Row:
    """The order as a query finds it. Raises Refusal, SYSTEMERROR included."""
    row = found(pay, number)
    if row["hidden_queries"] > 0:
        pay.world.store.execute(
            "UPDATE pay_order SET hidden_queries = hidden_queries - 1 WHERE out_trade_no = ?", (number,)
        )
        raise Refusal("SYSTEMERROR", "系统异常，请用相同参数重新调用")
    return row


def reverse(pay: PayWorld, number: str) -> None:
    """Unpaid it is closed, paid the money goes back; again for one that was reversed. Raises Refusal."""
    row = found(pay, number)
    store = pay.world.store
    if row["state"] == "REVOKED":
        return
    if row["behaviour"] == "recall":
        store.execute("UPDATE pay_order SET behaviour = 'normal' WHERE out_trade_no = ?", (number,))
        raise Refusal("SYSTEMERROR", "系统异常，请重新撤销")
    if row["behaviour"] == "paid_while_reversed" and row["state"] == "USERPAYING":
        store.execute("UPDATE pay_order SET state = 'SUCCESS', paid_at = ? WHERE out_trade_no = ?", (pay.now(), number))
        row = found(pay, number)
    if row["state"] == "REFUND":
        raise Refusal("TRADE_ERROR", "订单已转入退款，不能撤销")
    now = pay.now()
    with store.transaction() as db:
        db.execute(
            "UPDATE pay_order SET state = 'REVOKED', due_at = NULL, due_as = NULL WHERE out_trade_no = ?", (number,)
        )
        if row["paid_at"] is not None:
            db.execute(
                "INSERT INTO pay_refund (out_refund_no, refund_id, out_trade_no, amount, reason, status, behaviour,"
                " created_at, done_at) VALUES (?, ?, ?, ?, '撤销', 'SUCCESS', 'reversal', ?, ?)",
                (f"{number}@reversal", f"5030{digits(24)}", number, row["total"], now, now),
            )
