"""Payments by code both ways, queries, refunds and voids. A transaction is named by `orderId` and `txnTime`."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from jiuyi_sandbox.unionpay import behaviours, notices
from jiuyi_sandbox.unionpay.acp import Fields, Refusal
from jiuyi_sandbox.unionpay.acp_world import AcpWorld, local, unix

if TYPE_CHECKING:
    from jiuyi_sandbox.store import Row

LATER_SECONDS = 10.0
SLOW_SECONDS = 8.0
_ORDER = re.compile(r"^[0-9A-Za-z]{8,40}$")
_ECHOED = ("txnType", "txnSubType", "bizType", "accessType", "merId", "orderId", "txnTime", "txnAmt", "currencyCode")
_PENDING = "05"
_MESSAGES = {
    "00": "成功[0000000]",
    "01": "交易失败。详情请咨询95516[2010001]",
    _PENDING: "交易已受理，请稍后查询交易结果",
}


class Lost(Exception):
    """The connection is cut, before (`done` false) or after the transaction was done."""

    def __init__(self, *, done: bool) -> None:
        super().__init__("cut")
        self.done = done


def need(said: Fields, *names: str) -> None:
    """Raises Refusal 13 for a field that is missing."""
    for name in names:
        if not said.get(name):
            raise Refusal("13", f"报文交易要素缺失：{name}")


def _checked(acp: AcpWorld, said: Fields) -> int:
    """The amount, after what every transaction carries was looked at."""
    need(said, *_ECHOED, "channelType")
    if said["merId"] != acp.keys.mer_id or said["bizType"] != "000000" or said["accessType"] != "0":
        raise Refusal("11", "无此交易权限")
    try:
        unix(said["txnTime"])
    except ValueError as wrong:
        raise Refusal("10", "报文格式错误：txnTime") from wrong
    if not _ORDER.match(said["orderId"]) or not said["txnAmt"].isdigit() or said["currencyCode"] != "156":
        raise Refusal("10", "报文格式错误：orderId、txnAmt 或 currencyCode")
    if find(acp, said["orderId"], said["txnTime"]) is not None:
        raise Refusal("12", "重复交易")
    return int(said["txnAmt"])


def find(acp: AcpWorld, order_id: str, txn_time: str) -> Row | None:
    """A transaction by its name."""
    return acp.store.one("SELECT * FROM acp_txn WHERE order_id = ? AND txn_time = ?", (order_id, txn_time))


def _insert(acp: AcpWorld, said: Fields, amount: int, behaviour: str, **more: str | float | None) -> Row:
    now = acp.now()
    acp.store.execute(
        "INSERT INTO acp_txn (query_id, order_id, txn_time, txn_type, txn_sub_type, amount, back_url, state, behaviour,"
        " trace_no, at, due_at, due_as, expires_at, orig_query_id, qr_code, term_id, reserved)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            f"{local(now, '%Y%m%d%H%M%S')}{secrets.randbelow(10**7):07d}", said["orderId"], said["txnTime"],
            said["txnType"], said["txnSubType"], amount, said.get("backUrl"), _PENDING, behaviour,
            f"{secrets.randbelow(10**6):06d}", now, more.get("due_at"), more.get("due_as"), more.get("expires_at"),
            said.get("origQryId"), more.get("qr_code"), said.get("termId"), said.get("reqReserved"),
        ),
    )  # fmt: skip
    row = find(acp, said["orderId"], said["txnTime"])
    if row is None:
        raise LookupError(said["orderId"])
    return row


def _until(acp: AcpWorld, said: Fields, longest: float) -> float:
    given = said.get("payTimeout")
    try:
        return min(unix(given), acp.now() + longest) if given else acp.now() + longest
    except ValueError as wrong:
        raise Refusal("10", "报文格式错误：payTimeout") from wrong


async def scanned(acp: AcpWorld, said: Fields) -> Fields:
    """01/06: the person's code was scanned."""
    amount = _checked(acp, said)
    need(said, "qrNo", "backUrl", "termId")
    behaviour = acp.use_code(said["qrNo"])
    if behaviour is None or behaviour == "refused":
        raise Refusal("01", "交易失败：二维码已失效" if behaviour is None else _MESSAGES["01"])
    if behaviour == "card_unsupported":
        raise Refusal("77", "银行卡未开通此业务")
    if behaviour == "cut_unpaid":
        raise Lost(done=False)
    now, until = acp.now(), _until(acp, said, 60)
    wait = LATER_SECONDS if behaviour in ("paid_later", "failed_later") else 0.0
    due_as = "01" if behaviour in ("failed_later", "never_paid") else "00"
    due_at = until if behaviour == "never_paid" else now + wait
    row = _insert(acp, said, amount, behaviour, due_at=due_at, due_as=due_as)
    await finish_due(acp)
    if behaviour == "cut_paid":
        raise Lost(done=True)
    if behaviour == "unknown_paid":
        raise Refusal(_PENDING, _MESSAGES[_PENDING])
    return {"queryId": row["query_id"]}


async def shown(acp: AcpWorld, said: Fields) -> Fields:
    """01/07: a code of ours, for the person to scan."""
    amount = _checked(acp, said)
    need(said, "backUrl")
    until = _until(acp, said, 1800)
    code = f"https://qr.95516.com/00010000/{secrets.token_hex(16)}"
    _insert(acp, said, amount, behaviours.NORMAL, qr_code=code, expires_at=until, due_at=until, due_as="01")
    return {"qrCode": code}


async def pay_shown(acp: AcpWorld, code: str, behaviour: str) -> str:
    """Somebody scans a code of ours and pays: '' or why not."""
    row = acp.store.one("SELECT * FROM acp_txn WHERE qr_code = ?", (code,))
    if row is None or row["state"] != _PENDING or row["expires_at"] <= acp.now():
        return "no such code, or it is paid or too old"
    if behaviour == "refused":
        return "the bank refused"
    wait = LATER_SECONDS if behaviour in ("paid_later", "failed_later") else 0.0
    acp.store.execute(
        "UPDATE acp_txn SET behaviour = ?, due_at = ?, due_as = ? WHERE query_id = ?",
        (behaviour, acp.now() + wait, "01" if behaviour == "failed_later" else "00", row["query_id"]),
    )
    await finish_due(acp)
    return ""


async def query(acp: AcpWorld, said: Fields) -> Fields:
    """00/00: what became of a transaction."""
    need(said, "merId", "orderId", "txnTime")
    await finish_due(acp)
    row = find(acp, said["orderId"], said["txnTime"])
    if row is None:
        raise Refusal("34", "交易不存在")
    if row["behaviour"] == "found_late" and not row["asked"]:
        acp.store.execute("UPDATE acp_txn SET asked = 1 WHERE query_id = ?", (row["query_id"],))
        raise Refusal("34", "交易不存在")
    return {**facts(acp, row), "origRespCode": row["state"], "origRespMsg": _MESSAGES[row["state"]]}


def facts(acp: AcpWorld, row: Row) -> Fields:
    """What answers and notices say of a transaction; a payment's card only once it is paid."""
    found = {
        "txnType": row["txn_type"], "txnSubType": row["txn_sub_type"], "bizType": "000000", "accessType": "0",
        "merId": acp.keys.mer_id, "orderId": row["order_id"], "txnTime": row["txn_time"],
        "txnAmt": str(row["amount"]), "currencyCode": "156", "queryId": row["query_id"],
        "traceNo": row["trace_no"], "traceTime": local(row["done_at"] or row["at"], "%m%d%H%M%S"),
        "settleDate": local(row["done_at"] or row["at"], "%m%d"), "settleCurrencyCode": "156",
        "settleAmt": str(row["amount"]), "reqReserved": row["reserved"] or "",
    }  # fmt: skip
    if row["orig_query_id"]:
        found["origQryId"] = row["orig_query_id"]
    if row["state"] == "00" and row["txn_type"] == "01":
        found |= {"accNo": "6226****8046", "payType": "0202", "payCardType": "01"}
    return found


async def give_back(acp: AcpWorld, said: Fields) -> Fields:
    """04/00 refunds a part or all, 31/00 voids the whole on the same day. Accepted first, done a moment later."""
    amount = _checked(acp, said)
    need(said, "origQryId", "backUrl")
    paid = acp.store.one("SELECT * FROM acp_txn WHERE query_id = ? AND txn_type = '01'", (said["origQryId"],))
    if paid is None or paid["state"] != "00":
        raise Refusal("34", "原交易不存在或未成功")
    taken = acp.store.one(
        "SELECT coalesce(sum(amount), 0) AS fen FROM acp_txn WHERE orig_query_id = ? AND state IN ('00', '05')",
        (said["origQryId"],),
    )
    back = int(taken["fen"]) if taken else 0
    void = said["txnType"] == "31"
    if amount < 1 or back + amount > paid["amount"] or (void and amount != paid["amount"]):
        raise Refusal("36", "交易金额超限")
    if void and local(paid["done_at"], "%Y%m%d") != local(acp.now(), "%Y%m%d"):
        raise Refusal("38", "只有当日交易可以撤销")
    behaviour = behaviours.refund_behaviour(amount)
    if behaviour == "refund_refused":
        raise Refusal("01", _MESSAGES["01"])
    waits = {"refund_later": LATER_SECONDS, "refund_unknown": 0.0}
    wait = waits.get(behaviour, 0.0 if void else acp.switches.refund_seconds)
    due_as = "01" if behaviour == "refund_failed_later" else "00"
    row = _insert(acp, said, amount, behaviour, due_at=acp.now() + wait, due_as=due_as)
    await finish_due(acp)
    if behaviour == "refund_unknown":
        raise Refusal(_PENDING, _MESSAGES[_PENDING])
    return {"queryId": row["query_id"], "origQryId": said["origQryId"]}


async def finish_due(acp: AcpWorld) -> None:
    """End the transactions whose time has come, and tell the merchant."""
    now = acp.now()
    for row in acp.store.all("SELECT * FROM acp_txn WHERE due_at <= ? AND state = '05'", (now,)):
        changed = acp.store.execute(
            "UPDATE acp_txn SET state = due_as, done_at = due_at, due_at = NULL WHERE query_id = ? AND state = '05'",
            (row["query_id"],),
        )
        ended = find(acp, row["order_id"], row["txn_time"])
        if changed and ended is not None and ended["state"] == "00":
            notices.announce(acp, ended["query_id"], ended["back_url"], facts(acp, ended), ended["behaviour"])
