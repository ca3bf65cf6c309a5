"""6203: the insurance takes back what it paid; a part of the cash may be given back alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.insurance.centre import Centre, Refusal, Silence, fen_of, yuan
from jiuyi_sandbox.insurance.orders import DONE, need

if TYPE_CHECKING:
    from jiuyi_sandbox.store import Row

_TIME = re.compile(r"^[0-9]{14}$")
_REFUNDABLE = frozenset({3, 4, 5, DONE, 8, 9, 10, 11})
_CASH_ONLY = frozenset({15, 16})
"""The insurance never paid: only the cash can be given back."""


def refund(centre: Centre, data: dict[str, Any]) -> dict[str, Any]:
    """The same `appRefdSn` with the same content is the same refund."""
    need(
        data,
        ("payOrdId", "appRefdSn", "appRefdTime", "totlRefdAmt", "psnAcctRefdAmt", "fundRefdAmt", "cashRefdAmt",
         "refdType"),
    )  # fmt: skip
    if data["refdType"] not in ("ALL", "CASH", "HI") or not _TIME.match(str(data["appRefdTime"])):
        raise Refusal(50001, "refdType 应为 ALL、CASH 或 HI，appRefdTime 应为 yyyyMMddHHmmss")
    total, account, fund, cash = (
        fen_of(data[name], name) for name in ("totlRefdAmt", "psnAcctRefdAmt", "fundRefdAmt", "cashRefdAmt")
    )
    if total != account + fund + cash or total == 0:
        raise Refusal(50401, "totlRefdAmt 应等于三部分之和且大于 0")
    order = centre.store.one("SELECT * FROM ins_order WHERE pay_ord_id = ?", (str(data["payOrdId"]),))
    if order is None:
        raise Refusal(50201, "支付订单不存在")
    given = [str(data[name]) for name in ("payAuthNo", "ecToken") if data.get(name)]
    if given not in ([], [order["authorisation"]]):
        raise Refusal(50110, "支付授权码与订单不一致")
    number = str(data["appRefdSn"])
    known = centre.store.one("SELECT * FROM ins_refund WHERE app_refd_sn = ?", (number,))
    wanted = (order["pay_ord_id"], data["refdType"], fund, account, cash)
    if known is None:
        _check(centre, order, data["refdType"], fund, account, cash)
        behaviour = centre.switches.take_refund(total)
        _do(centre, order, wanted, number, str(data["appRefdTime"]), behaviour)
        if behaviour == "unanswered":
            raise Silence
    elif wanted != (known["pay_ord_id"], known["kind"], known["fund"], known["account"], known["cash"]):
        raise Refusal(50402, "appRefdSn 已用于另一笔退费")
    else:
        status = "SUCC" if known["behaviour"] == "exp_then_succ" else known["status"]
        centre.store.execute(
            "UPDATE ins_refund SET tries = tries + 1, status = ? WHERE app_refd_sn = ?", (status, number)
        )
    return _answer(centre, number)


def _answer(centre: Centre, number: str) -> dict[str, Any]:
    row = centre.store.one("SELECT * FROM ins_refund WHERE app_refd_sn = ?", (number,))
    if row is None:
        raise Refusal(50403, "退费单不存在")
    return {
        "refStatus": row["status"],
        "appRefdSn": number,
        "appRefdTime": row["app_refd_time"],
        "payOrdId": row["pay_ord_id"],
        "totlRefdAmt": yuan(row["fund"] + row["account"] + row["cash"]),
        "psnAcctRefdAmt": yuan(row["account"]),
        "fundRefdAmt": yuan(row["fund"]),
        "cashRefdAmt": yuan(row["cash"]),
    }


def given_back(centre: Centre, pay_ord_id: str) -> tuple[int, int]:
    """(insurance part, cash) already given back, in fen."""
    row = centre.store.one(
        "SELECT coalesce(sum(fund + account), 0) AS insurance, coalesce(sum(cash), 0) AS cash FROM ins_refund"
        " WHERE pay_ord_id = ? AND done_at IS NOT NULL",
        (pay_ord_id,),
    )
    return (int(row["insurance"]), int(row["cash"])) if row else (0, 0)


def _check(centre: Centre, order: Row, kind: str, fund: int, account: int, cash: int) -> None:
    state = order["state"]
    if state not in _REFUNDABLE and not (state in _CASH_ONLY and kind == "CASH"):
        raise Refusal(50404, f"订单状态 {state} 不能退费")
    insurance, returned = given_back(centre, order["pay_ord_id"])
    if kind == "CASH":
        if fund or account:
            raise Refusal(50405, "refdType 为 CASH 时医保部分应为 0")
    elif (fund, account) != (order["fund"], order["account"]):
        raise Refusal(50406, "医保部分只能全额退费")
    elif insurance and insurance == order["fund"] + order["account"]:
        raise Refusal(50407, "医保部分已退费")
    if kind == "HI" and cash:
        raise Refusal(50405, "refdType 为 HI 时现金部分应为 0")
    if kind == "ALL" and cash != order["own"] - returned:
        raise Refusal(50408, "refdType 为 ALL 时现金部分应为剩余的全部")
    if cash + returned > order["own"]:
        raise Refusal(50408, "现金退费大于可退余额")


def _do(
    centre: Centre, order: Row, wanted: tuple[str, str, int, int, int], number: str, at: str, behaviour: str
) -> None:
    _, kind, fund, account, cash = wanted
    status = {"fail": "FAIL", "exp_always": "EXP", "exp_then_succ": "EXP"}.get(behaviour, "SUCC")
    done = centre.now() if behaviour not in ("fail", "exp_always") else None
    with centre.store.transaction() as db:
        db.execute(
            "INSERT INTO ins_refund (app_refd_sn, pay_ord_id, kind, fund, account, cash, app_refd_time, status,"
            " behaviour, done_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, order["pay_ord_id"], kind, fund, account, cash, at, status, behaviour, done),
        )
        if done is None:
            return
        db.execute("UPDATE ins_person SET account_fen = account_fen + ? WHERE psn_no = ?", (account, order["psn_no"]))
        insurance, returned = given_back(centre, order["pay_ord_id"])
        back = insurance == order["fund"] + order["account"] and (insurance > 0 or kind != "CASH")
        whole = returned == order["own"]
        with_insurance = 7 if whole else 11 if returned else 8
        state = with_insurance if back else 9 if whole else 10
        if order["state"] not in _CASH_ONLY:
            db.execute("UPDATE ins_order SET state = ? WHERE pay_ord_id = ?", (state, order["pay_ord_id"]))
