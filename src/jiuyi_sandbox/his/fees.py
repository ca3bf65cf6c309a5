"""What patients owe after a visit, and its payment (contract §2.7)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import moment
from jiuyi_sandbox.his.book import enter, number
from jiuyi_sandbox.his.envelope import Refused
from jiuyi_sandbox.his.guide import guide_for
from jiuyi_sandbox.his.patients import on_file

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital
    from jiuyi_sandbox.store import Row

LOCKS = {
    "window": (
        "人工窗口正在结算这张单，为避免重复收费先锁定。窗口放弃后约 2 分钟自动解锁。",
        "A service window is settling this bill. It is locked so that nobody pays twice, for about 2 minutes.",
    ),
    "executed_elsewhere": (
        "这张单已在别处执行或登记，请到人工窗口核对后缴费。",
        "This bill has been carried out or registered elsewhere. Please settle it at a service window.",
    ),
    "other": ("医院暂时锁定了这张单，请到人工窗口咨询。", "The hospital has locked this bill. Please ask at a window."),
}


def unpaid(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Visits of a patient that still have bills to pay or bills that are locked; bills without their lines."""
    on_file(hospital, request["patient_id"])
    now = hospital.clock.now_us()
    rows = hospital.store.all(
        "SELECT * FROM his_fee_visit v WHERE patient_id = ? AND EXISTS (SELECT 1 FROM his_fee_bill b "
        "WHERE b.visit_no = v.visit_no AND b.state IN ('unpaid', 'locked') AND b.valid_us > ?) "
        "ORDER BY opened_us DESC, visit_no",
        (request["patient_id"], now),
    )
    visits = [_visit(hospital, row, _open_bills(hospital, row["visit_no"], now), lines=False) for row in rows]
    return {"visits": visits, "as_of": moment(now)}


def detail(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """One visit with every bill that is to be paid or was paid, and every line."""
    row = _visit_row(hospital, request["visit_no"])
    bills = hospital.store.all(
        "SELECT * FROM his_fee_bill WHERE visit_no = ? ORDER BY position, bill_no", (row["visit_no"],)
    )
    return {"visit": _visit(hospital, row, bills, lines=True), "as_of": moment(hospital.clock.now_us())}


def confirm(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Enter a payment for whole bills of one visit."""
    row = _visit_row(hospital, request["visit_no"])
    if row["patient_id"] != request["patient_id"]:
        raise Refused("visit_not_found", "没有这次就诊")
    known = hospital.store.one("SELECT * FROM his_fee_receipt WHERE order_no = ?", (request["order_no"],))
    if known is not None:
        return receipt(hospital, known)
    bills = _wanted_bills(hospital, row["visit_no"], request["lines"])
    own = _check_amounts(request, bills)
    payment, insurance = request["payment"], request["insurance"]
    receipt_no, now = number(hospital, "FS"), hospital.clock.now_us()
    channel = payment["channel"] if payment else "insurance"
    transaction = payment["transaction_id"] if payment else insurance["settlement_no"]
    settlement = insurance["settlement_no"] if insurance else None
    hospital.store.execute(
        "INSERT INTO his_fee_receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
        (
            receipt_no,
            request["request_no"],
            row["visit_no"],
            request["order_no"],
            channel,
            transaction,
            request["amount_fen"],
            own,
            settlement,
            now,
            json.dumps(guide_for(hospital, json.loads(row["data"]), bills), ensure_ascii=False),
        ),
    )
    for bill in bills:
        hospital.store.execute(
            "UPDATE his_fee_bill SET state = 'paid', receipt_no = ? WHERE bill_no = ?", (receipt_no, bill["bill_no"])
        )
    enter(
        hospital,
        kind="payment",
        subject="outpatient_fee",
        order_no=request["order_no"],
        channel=channel,
        transaction_id=transaction,
        amount_fen=own,
        receipt_no=receipt_no,
        insurance_fen=request["amount_fen"] - own,
        settlement_no=settlement,
    )
    return receipt(hospital, receipt_row(hospital, receipt_no))


def find(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """What became of a confirm, by the number it had."""
    row = hospital.store.one("SELECT * FROM his_fee_receipt WHERE request_no = ?", (request["confirm_request_no"],))
    if row is None:
        raise Refused("fees_not_found", "没有这次缴费")
    return receipt(hospital, row)


def receipt_row(hospital: Hospital, receipt_no: str) -> Row:
    """The receipt; raises Refused ``fees_not_found``."""
    row = hospital.store.one("SELECT * FROM his_fee_receipt WHERE receipt_no = ?", (receipt_no,))
    if row is None:
        raise Refused("fees_not_found", "没有这次缴费")
    return row


def receipt(hospital: Hospital, row: Row) -> dict[str, Any]:
    """The contract's FeeReceipt."""
    bills = hospital.store.all(
        "SELECT bill_no FROM his_fee_bill WHERE receipt_no = ? ORDER BY position, bill_no", (row["receipt_no"],)
    )
    guide = json.loads(row["guide"])
    state = "refunded" if row["refunded_fen"] >= row["amount_fen"] else "partly_refunded"
    return {
        "receipt_no": row["receipt_no"],
        "request_no": row["request_no"],
        "visit_no": row["visit_no"],
        "order_no": row["order_no"],
        "state": state if row["refunded_fen"] else "confirmed",
        "bill_nos": [bill["bill_no"] for bill in bills],
        "amount_fen": row["amount_fen"],
        "refunded_fen": row["refunded_fen"],
        "confirmed_at": moment(row["at_us"]),
        "minutes": guide["minutes"],
        "guide": guide["steps"],
    }


def _visit_row(hospital: Hospital, visit_no: str) -> Row:
    row = hospital.store.one("SELECT * FROM his_fee_visit WHERE visit_no = ?", (visit_no,))
    if row is None:
        raise Refused("visit_not_found", "没有这次就诊")
    return row


def _open_bills(hospital: Hospital, visit_no: str, now: int) -> list[Row]:
    return hospital.store.all(
        "SELECT * FROM his_fee_bill WHERE visit_no = ? AND state IN ('unpaid', 'locked') AND valid_us > ? "
        "ORDER BY position, bill_no",
        (visit_no, now),
    )


def _wanted_bills(hospital: Hospital, visit_no: str, wanted: list[dict[str, Any]]) -> list[Row]:
    """The bills that the lines make up: each whole, unpaid, as it was shown."""
    bills = []
    for bill_no in dict.fromkeys(line["bill_no"] for line in wanted):
        bill = hospital.store.one("SELECT * FROM his_fee_bill WHERE bill_no = ? AND visit_no = ?", (bill_no, visit_no))
        if bill is None or bill["state"] == "void" or bill["valid_us"] <= hospital.clock.now_us():
            raise Refused("fees_changed", f"{bill_no} 已作废或过期")
        if bill["state"] == "paid":
            raise Refused("fees_paid", f"{bill_no} 已在别处缴费")
        if bill["state"] == "locked":
            raise Refused("fees_locked", f"{bill_no} 已被锁定")
        has = hospital.store.all("SELECT line_no, amount_fen FROM his_fee_line WHERE bill_no = ?", (bill_no,))
        told = {line["line_no"]: line["amount_fen"] for line in wanted if line["bill_no"] == bill_no}
        if told != {line["line_no"]: line["amount_fen"] for line in has}:
            raise Refused("fees_changed", f"{bill_no} 的项目或金额有变化")
        bills.append(bill)
    if not bills:
        raise Refused("invalid_request", "lines: must not be empty")
    return bills


def _check_amounts(request: dict[str, Any], bills: list[Row]) -> int:
    """The patient's own part; raises Refused ``amount_mismatch`` unless the parts make the bills' sum."""
    insurance = request["insurance"] or {}
    covered = sum(insurance.get(part, 0) for part in ("pooled_fen", "personal_account_fen", "other_fen"))
    own = int(request["payment"]["amount_fen"]) if request["payment"] else 0
    total = sum(bill["amount_fen"] for bill in bills)
    if total != request["amount_fen"] or own + covered != total or (covered and not request["insurance"]):
        raise Refused("amount_mismatch", f"bills make {total} fen")
    return own


def _visit(hospital: Hospital, row: Row, bills: list[Row], *, lines: bool) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(row["data"])
    return data | {"bills": [_bill(hospital, bill, lines=lines) for bill in bills]}


def _bill(hospital: Hospital, row: Row, *, lines: bool) -> dict[str, Any]:
    lock = None
    if row["state"] == "locked":
        text, text_en = LOCKS[row["lock_reason"]]
        lock = {"reason": row["lock_reason"], "text": text, "text_en": text_en}
    view: dict[str, Any] = json.loads(row["data"]) | {
        "bill_no": row["bill_no"],
        "kind": row["kind"],
        "amount_fen": row["amount_fen"],
        "valid_until": moment(row["valid_us"]),
        "state": row["state"],
        "lock": lock,
    }
    if lines:
        found = hospital.store.all("SELECT * FROM his_fee_line WHERE bill_no = ? ORDER BY line_no", (row["bill_no"],))
        view["lines"] = [json.loads(line["data"]) for line in found]
    return view
