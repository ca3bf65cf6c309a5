"""Taking paid lines back (contract §2.7)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import moment
from jiuyi_sandbox.his.book import enter, number
from jiuyi_sandbox.his.envelope import Refused
from jiuyi_sandbox.his.fees import receipt_row

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital
    from jiuyi_sandbox.store import Row

_EXECUTED = {
    "western": ("药品已发出，按规定不能退", "The medicine has been handed out and cannot be returned"),
    "chinese_patent": ("药品已发出，按规定不能退", "The medicine has been handed out and cannot be returned"),
    "herbal": ("药品已调配，按规定不能退", "The medicine has been prepared and cannot be returned"),
    "lab": ("标本已采集", "The sample has been taken"),
    "exam": ("检查已完成", "The examination has been done"),
}
_DONE = ("项目已执行", "This has been carried out")
_REFUNDED = ("已退费", "Already refunded")


def refundable(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Every line of a receipt and whether it may be taken back at this moment."""
    receipt_row(hospital, request["receipt_no"])
    lines = []
    for row in _lines(hospital, request["receipt_no"]):
        reason = _REFUNDED if row["refund_no"] else _EXECUTED.get(row["kind"], _DONE) if row["executed"] else ("", "")
        lines.append(
            {
                "bill_no": row["bill_no"],
                "line_no": row["line_no"],
                "amount_fen": row["amount_fen"],
                "refundable": not (row["refund_no"] or row["executed"]),
                "reason": reason[0],
                "reason_en": reason[1],
            }
        )
    return {"lines": lines, "as_of": moment(hospital.clock.now_us())}


def refund(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Take lines back: they can no longer be carried out, and the money is entered as a refund."""
    paid = receipt_row(hospital, request["receipt_no"])
    known = {(row["bill_no"], row["line_no"]): row for row in _lines(hospital, request["receipt_no"])}
    wanted = {(line["bill_no"], line["line_no"]) for line in request["lines"]}
    for key in sorted(wanted):
        row = known.get(key)
        if row is None or row["refund_no"] or row["executed"]:
            raise Refused("not_refundable", f"{key[0]}/{key[1]} 不能退")
    amount = sum(known[key]["amount_fen"] for key in wanted)
    if not wanted or amount != request["amount_fen"]:
        raise Refused("amount_mismatch", f"lines make {amount} fen")
    if paid["settlement_no"] and amount != paid["amount_fen"]:
        raise Refused("not_refundable", "医保结算的单据只能整单退")
    refund_no, now = number(hospital, "FT"), hospital.clock.now_us()
    hospital.store.execute(
        "INSERT INTO his_fee_refund VALUES (?, ?, ?, ?, ?, ?)",
        (refund_no, request["request_no"], paid["receipt_no"], amount, json.dumps(request["lines"]), now),
    )
    for bill_no, line_no in wanted:
        hospital.store.execute(
            "UPDATE his_fee_line SET refund_no = ? WHERE bill_no = ? AND line_no = ?", (refund_no, bill_no, line_no)
        )
    hospital.store.execute(
        "UPDATE his_fee_receipt SET refunded_fen = refunded_fen + ? WHERE receipt_no = ?", (amount, paid["receipt_no"])
    )
    own = paid["own_fen"] if paid["settlement_no"] else amount
    enter(
        hospital,
        kind="refund",
        subject="outpatient_fee",
        order_no=paid["order_no"],
        channel=paid["channel"],
        transaction_id=paid["transaction_id"],
        amount_fen=own,
        receipt_no=paid["receipt_no"],
        insurance_fen=amount - own,
        settlement_no=paid["settlement_no"],
    )
    return _view(hospital, refund_no)


def find(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """What became of a refund, by the number it had."""
    row = hospital.store.one(
        "SELECT refund_no FROM his_fee_refund WHERE request_no = ?", (request["refund_request_no"],)
    )
    if row is None:
        raise Refused("refund_not_found", "没有这次退费")
    return _view(hospital, row["refund_no"])


def _view(hospital: Hospital, refund_no: str) -> dict[str, Any]:
    row = hospital.store.one("SELECT * FROM his_fee_refund WHERE refund_no = ?", (refund_no,))
    if row is None:
        raise Refused("refund_not_found", "没有这次退费")
    return {
        "refund_no": row["refund_no"],
        "request_no": row["request_no"],
        "receipt_no": row["receipt_no"],
        "amount_fen": row["amount_fen"],
        "lines": json.loads(row["lines"]),
        "refunded_at": moment(row["at_us"]),
    }


def _lines(hospital: Hospital, receipt_no: str) -> list[Row]:
    return hospital.store.all(
        "SELECT l.*, b.kind FROM his_fee_line l JOIN his_fee_bill b ON b.bill_no = l.bill_no "
        "WHERE b.receipt_no = ? ORDER BY b.position, l.bill_no, l.line_no",
        (receipt_no,),
    )
