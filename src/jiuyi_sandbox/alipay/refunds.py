"""Refunds: done at once or a moment later, announced by a notice of the trade."""

import re
from typing import Any

from jiuyi_sandbox.alipay import behaviours, notices, trades
from jiuyi_sandbox.alipay.alipay_world import AlipayWorld, fen, local, text_field, yuan
from jiuyi_sandbox.alipay.gate import Call, fine
from jiuyi_sandbox.alipay.problems import business, unknown, wrong_parameter
from jiuyi_sandbox.store import Row

_NUMBER = re.compile(r"^[0-9A-Za-z_]{1,64}$")
_NOT_ENOUGH_TRIES = 2


async def refund(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.trade.refund. The same number with the same amount is the same refund: `fund_change` N."""
    body = call.body
    row = await trades.named(ali, body)
    amount = fen(body, "refund_amount")
    request_no = text_field(body, "out_request_no", 64, needed=False)
    if request_no is None and amount != row["total"]:
        raise wrong_parameter("部分退款必须传 out_request_no")
    request_no = request_no or row["out_trade_no"]
    if not _NUMBER.match(request_no):
        raise wrong_parameter("out_request_no 只能有字母、数字和下划线")
    reason = text_field(body, "refund_reason", 256, needed=False)
    known = find(ali, row["out_trade_no"], request_no)
    if known is not None:
        if known["amount"] != amount:
            raise business("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致")
        return _answer(ali, row, amount, changed=False)
    _check_rules(ali, row, amount)
    behaviour = _refusals(ali, f"{row['out_trade_no']}:{request_no}", amount)
    if ali.world.faults.take("alipay", f"refund {request_no}", "notify_before_response"):
        behaviour = "notify_before_response"
    await _accept(ali, row, request_no, amount, behaviour, reason, text_field(body, "operator_id", 30, needed=False))
    if behaviour == "unanswered":
        raise unknown()
    return _answer(ali, trades.found(ali, row["out_trade_no"]), amount, changed=behaviour not in ("slow", "never_ends"))


def _answer(ali: AlipayWorld, row: Row, amount: int, *, changed: bool) -> dict[str, Any]:
    done = refunded(ali, row["out_trade_no"])
    return fine(
        out_trade_no=row["out_trade_no"], trade_no=row["trade_no"], **trades.buyer(ali, row),
        fund_change="Y" if changed else "N", refund_fee=yuan(done), send_back_fee=yuan(amount),
        gmt_refund_pay=local(ali.now()) if changed else None,
    )  # fmt: skip


def find(ali: AlipayWorld, out_trade_no: str, request_no: str) -> Row | None:
    """One refund of a trade, or None."""
    return ali.world.store.one(
        "SELECT * FROM ali_refund WHERE out_trade_no = ? AND out_request_no = ?", (out_trade_no, request_no)
    )


def refunded(ali: AlipayWorld, out_trade_no: str) -> int:
    """Fen that went back so far."""
    row = ali.world.store.one(
        "SELECT coalesce(sum(amount), 0) AS fen FROM ali_refund WHERE out_trade_no = ? AND done_at IS NOT NULL",
        (out_trade_no,),
    )
    return int(row["fen"]) if row else 0


def _taken(ali: AlipayWorld, out_trade_no: str) -> int:
    row = ali.world.store.one(
        "SELECT coalesce(sum(amount), 0) AS fen FROM ali_refund WHERE out_trade_no = ?", (out_trade_no,)
    )
    return int(row["fen"]) if row else 0


def _check_rules(ali: AlipayWorld, row: Row, amount: int) -> None:
    if not row["paid_at"]:
        raise business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
    if row["state"] == "TRADE_FINISHED":
        raise business("ACQ.TRADE_HAS_FINISHED", "交易已完结")
    if _taken(ali, row["out_trade_no"]) + amount > row["total"]:
        raise business("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")


def _refusals(ali: AlipayWorld, request: str, amount: int) -> str:
    """The behaviour of this refund; raises the refusals that happen before acceptance."""
    store = ali.world.store
    remembered = store.one("SELECT tries FROM ali_refund_try WHERE request = ?", (request,))
    behaviour = ali.switches.take_refund(amount)
    if behaviour == "not_allowed":
        raise business("ACQ.TRADE_NOT_ALLOW_REFUND", "当前交易不允许退款")
    if behaviour == "frozen":
        raise business("ACQ.REASON_TRADE_BEEN_FREEZEN", "请求退款的交易被冻结")
    if behaviour == "not_enough":
        raise business("ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足")
    tries = remembered["tries"] if remembered else 0
    wanted = {"not_enough_twice": _NOT_ENOUGH_TRIES, "not_done": 1}.get(behaviour, 0)
    if tries < wanted:
        store.execute(
            "INSERT INTO ali_refund_try VALUES (?, 1) ON CONFLICT (request) DO UPDATE SET tries = tries + 1",
            (request,),
        )
        raise unknown() if behaviour == "not_done" else business("ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足")
    return behaviour


async def _accept(
    ali: AlipayWorld, row: Row, request_no: str, amount: int, behaviour: str, reason: str | None, operator: str | None
) -> None:
    now = ali.now()
    settle_at = {"slow": now + ali.switches.refund_seconds, "never_ends": None}.get(behaviour, now)
    ali.world.store.execute(
        "INSERT INTO ali_refund (out_trade_no, out_request_no, amount, reason, operator_id, behaviour, created_at,"
        " settle_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (row["out_trade_no"], request_no, amount, reason, operator, behaviour, now, settle_at),
    )
    if behaviour not in ("slow", "never_ends"):
        made = find(ali, row["out_trade_no"], request_no)
        if made is not None:
            await finish(ali, made)


async def refund_rest(ali: AlipayWorld, row: Row) -> None:
    """What `alipay.trade.cancel` does to a paid trade."""
    rest = row["total"] - _taken(ali, row["out_trade_no"])
    number = f"CANCEL_{row['out_trade_no']}"[:64]
    if rest > 0 and find(ali, row["out_trade_no"], number) is None:
        await _accept(ali, row, number, rest, behaviours.NORMAL, "撤销", None)


async def finish(ali: AlipayWorld, made: Row) -> None:
    """Move the money back and announce it; a trade that went back as a whole is closed."""
    store, now, number = ali.world.store, ali.now(), made["out_trade_no"]
    with store.transaction() as db:
        done = db.execute(
            "UPDATE ali_refund SET done_at = ?, settle_at = NULL"
            " WHERE out_trade_no = ? AND out_request_no = ? AND done_at IS NULL",
            (now, number, made["out_request_no"]),
        ).rowcount
        if done:
            db.execute(
                "UPDATE ali_trade SET state = 'TRADE_CLOSED', closed_at = ? WHERE out_trade_no = ? AND total ="
                " (SELECT sum(amount) FROM ali_refund WHERE out_trade_no = ? AND done_at IS NOT NULL)",
                (now, number, number),
            )
    if not done:
        return
    row = trades.found(ali, number)
    plain = notices.of_trade(
        ali, row, gmt_payment=local(row["paid_at"]), gmt_refund=f"{local(now)}.{int(now * 1000) % 1000:03d}",
        refund_fee=yuan(refunded(ali, number)), out_biz_no=made["out_request_no"],
        gmt_close=local(now) if row["state"] == "TRADE_CLOSED" else "",
    )  # fmt: skip
    await notices.announce(
        ali, kind="refunded", reference=made["out_request_no"], url=row["notify_url"], plain=plain,
        behaviour=made["behaviour"],
    )  # fmt: skip


async def finish_due(ali: AlipayWorld) -> None:
    """Finish the refunds whose time has come."""
    for made in ali.world.store.all("SELECT * FROM ali_refund WHERE settle_at <= ?", (ali.now(),)):
        await finish(ali, made)


async def query(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.trade.fastpay.refund.query: no `refund_status` means not (or not yet) refunded."""
    row = await trades.named(ali, call.body)
    request_no = text_field(call.body, "out_request_no", 64) or ""
    made = find(ali, row["out_trade_no"], request_no)
    if made is None or made["done_at"] is None:
        return fine()
    return fine(
        trade_no=row["trade_no"], out_trade_no=row["out_trade_no"], out_request_no=request_no,
        total_amount=yuan(row["total"]), refund_amount=yuan(made["amount"]), refund_status="REFUND_SUCCESS",
        gmt_refund_pay=local(made["done_at"]), refund_reason=made["reason"],
    )  # fmt: skip
