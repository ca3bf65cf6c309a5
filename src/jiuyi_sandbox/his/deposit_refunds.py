"""Giving money of a deposit back while the patient is in hospital (contract §2.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import moment
from jiuyi_sandbox.his.book import enter, number
from jiuyi_sandbox.his.envelope import Refused

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital
    from jiuyi_sandbox.store import Row

_SETTLING = ("出院结算后由结算统一退回。", "What is left is returned with the settlement of the stay. ")
_SPENT = ("住院费用已用掉其余部分。", "The rest has been used for the stay. ")
_GONE = ("已全部退回。", "All of it has been given back. ")


def refundable(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """How much of a deposit may go back: never more than what the stay has left."""
    fen, why = _left(hospital, _deposit(hospital, request["receipt_no"]))
    return {"refundable_fen": fen, "reason": why[0], "reason_en": why[1], "as_of": moment(hospital.clock.now_us())}


def refund(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Enter money as given back. The same number again answers with its entry."""
    known = hospital.store.one("SELECT * FROM his_deposit_refund WHERE request_no = ?", (request["request_no"],))
    if known is not None:
        return _view(known)
    row = _deposit(hospital, request["receipt_no"])
    fen, why = _left(hospital, row)
    if not 0 < request["amount_fen"] <= fen:
        raise Refused("not_refundable", why[0] or "超过可退金额")
    refund_no = number(hospital, "YT")
    hospital.store.execute(
        "INSERT INTO his_deposit_refund VALUES (?, ?, ?, ?, ?)",
        (refund_no, request["request_no"], row["receipt_no"], request["amount_fen"], hospital.clock.now_us()),
    )
    hospital.store.execute(
        "UPDATE his_stay SET deposit_fen = deposit_fen - ? WHERE inpatient_no = ?",
        (request["amount_fen"], row["inpatient_no"]),
    )
    paid = hospital.store.one("SELECT * FROM his_book WHERE receipt_no = ? AND kind = 'payment'", (row["receipt_no"],))
    if paid is None:
        raise Refused("deposit_not_found", "没有这笔预交金")
    enter(
        hospital,
        kind="refund",
        subject="inpatient_deposit",
        order_no=row["order_no"],
        channel=paid["channel"],
        transaction_id=paid["transaction_id"],
        amount_fen=request["amount_fen"],
        receipt_no=row["receipt_no"],
    )
    return find(hospital, {"refund_request_no": request["request_no"]})


def find(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """What became of a refund, by the number it had."""
    row = hospital.store.one("SELECT * FROM his_deposit_refund WHERE request_no = ?", (request["refund_request_no"],))
    if row is None:
        raise Refused("refund_not_found", "没有这次退款")
    return _view(row)


def _deposit(hospital: Hospital, receipt_no: str) -> Row:
    row = hospital.store.one("SELECT * FROM his_deposit WHERE receipt_no = ?", (receipt_no,))
    if row is None:
        raise Refused("deposit_not_found", "没有这笔预交金")
    return row


def _left(hospital: Hospital, row: Row) -> tuple[int, tuple[str, str]]:
    stay = hospital.store.one("SELECT * FROM his_stay WHERE inpatient_no = ?", (row["inpatient_no"],))
    back = hospital.store.one(
        "SELECT coalesce(sum(amount_fen), 0) AS fen FROM his_deposit_refund WHERE receipt_no = ?", (row["receipt_no"],)
    )
    left = row["amount_fen"] - (back["fen"] if back else 0)
    if left == 0:
        return 0, _GONE
    if stay is None or stay["state"] != "admitted":
        return 0, _SETTLING
    free = max(0, stay["deposit_fen"] - stay["spent_fen"])
    return (left, ("", "")) if free >= left else (free, _SPENT)


def _view(row: Row) -> dict[str, Any]:
    return {
        "refund_no": row["refund_no"],
        "request_no": row["request_no"],
        "receipt_no": row["receipt_no"],
        "amount_fen": row["amount_fen"],
        "refunded_at": moment(row["at_us"]),
    }
