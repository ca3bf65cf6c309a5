"""Stays and their deposits (contract §2.8)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import moment
from jiuyi_sandbox.his.book import enter, number
from jiuyi_sandbox.his.envelope import Refused
from jiuyi_sandbox.his.patients import on_file

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital
    from jiuyi_sandbox.store import Row

MOST_FEN = 100_000_00
"""The hospital's own limit for one deposit, above what Jiuyi allows."""
_CLOSED = {
    "settling": (
        "正在办理出院结算，不能再交预交金，请到住院收费处咨询。",
        "Discharge is being settled and no deposit can be added. Please ask at the inpatient cashier.",
    ),
    "settled": (
        "已出院结算，不能再交预交金。",
        "The stay has been settled and no deposit can be added.",
    ),
}


def find(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """A patient's stays with their sums; or one stay by number and name, or by the bed's code, without sums."""
    if request.get("patient_id"):
        rows = hospital.store.all(
            "SELECT * FROM his_stay WHERE patient_id = ? ORDER BY inpatient_no DESC", (request["patient_id"],)
        )
        return {"stays": [view(hospital, row, sums=True) for row in rows]}
    row = None
    if request.get("bed_code"):
        row = hospital.store.one(
            "SELECT * FROM his_stay WHERE bed_code = ? AND state <> 'settled'", (request["bed_code"],)
        )
    elif request.get("inpatient_no") and request.get("name"):
        row = hospital.store.one("SELECT * FROM his_stay WHERE inpatient_no = ?", (request["inpatient_no"],))
        said = str(request["name"]).strip().casefold()
        if row is not None and on_file(hospital, row["patient_id"])["name"].casefold() != said:
            row = None
    else:
        raise Refused("invalid_request", "patient_id: or inpatient_no and name, or bed_code")
    if row is None:
        raise Refused("stay_not_found", "没有这次住院，或姓名不符")
    return {"stays": [view(hospital, row, sums=False)]}


def deposit(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Enter a deposit."""
    row = _stay(hospital, request["inpatient_no"])
    payment = request["payment"]
    known = hospital.store.one("SELECT * FROM his_deposit WHERE order_no = ?", (payment["order_no"],))
    if known is not None:
        return _receipt(known)
    if row["state"] != "admitted":
        raise Refused("deposit_closed", _CLOSED[row["state"]][0])
    if not 0 < payment["amount_fen"] <= MOST_FEN:
        raise Refused("deposit_limit", "金额超出医院限额")
    receipt_no, now = number(hospital, "YJ"), hospital.clock.now_us()
    hospital.store.execute(
        "INSERT INTO his_deposit VALUES (?, ?, ?, ?, ?, ?)",
        (receipt_no, request["request_no"], row["inpatient_no"], payment["order_no"], payment["amount_fen"], now),
    )
    hospital.store.execute(
        "UPDATE his_stay SET deposit_fen = deposit_fen + ? WHERE inpatient_no = ?",
        (payment["amount_fen"], row["inpatient_no"]),
    )
    enter(
        hospital,
        kind="payment",
        subject="inpatient_deposit",
        order_no=payment["order_no"],
        channel=payment["channel"],
        transaction_id=payment["transaction_id"],
        amount_fen=payment["amount_fen"],
        receipt_no=receipt_no,
    )
    entered = hospital.store.one("SELECT * FROM his_deposit WHERE receipt_no = ?", (receipt_no,))
    if entered is None:
        raise Refused("deposit_not_found", "没有这笔预交金")
    return _receipt(entered)


def deposit_find(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """What became of a deposit, by the number it had."""
    row = hospital.store.one("SELECT * FROM his_deposit WHERE request_no = ?", (request["deposit_request_no"],))
    if row is None:
        raise Refused("deposit_not_found", "没有这笔预交金")
    return _receipt(row)


def set_stay(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Begin or finish the settlement of a stay, for the start page and for tests."""
    state = str(data["state"])
    if state not in ("admitted", "settling", "settled"):
        raise Refused("invalid_request", "state must be admitted, settling or settled")
    row = _stay(hospital, str(data["inpatient_no"]))
    hospital.store.execute("UPDATE his_stay SET state = ? WHERE inpatient_no = ?", (state, row["inpatient_no"]))
    return {"inpatient_no": row["inpatient_no"], "state": state}


def stays(hospital: Hospital, _data: dict[str, Any]) -> dict[str, Any]:
    """Every stay with the code at its bed, for the start page."""
    rows = hospital.store.all("SELECT * FROM his_stay ORDER BY state, inpatient_no")
    return {"stays": [view(hospital, row, sums=True) | {"bed_code": row["bed_code"]} for row in rows]}


def view(hospital: Hospital, row: Row, *, sums: bool) -> dict[str, Any]:
    """The contract's Stay."""
    patient = on_file(hospital, row["patient_id"])
    data: dict[str, Any] = json.loads(row["data"])
    note = _CLOSED.get(row["state"], ("", ""))
    return data | {
        "inpatient_no": row["inpatient_no"],
        "patient_id": row["patient_id"],
        "name": patient["name"],
        "sex": patient["sex"],
        "birth_date": patient["birth_date"],
        "state": row["state"],
        "deposit_open": row["state"] == "admitted",
        "deposit_note": note[0],
        "deposit_note_en": note[1],
        "deposit_fen": row["deposit_fen"] if sums else None,
        "spent_fen": row["spent_fen"] if sums else None,
        "balance_fen": row["deposit_fen"] - row["spent_fen"] if sums else None,
        "warning_fen": data["warning_fen"] if sums else None,
        "as_of": moment(hospital.clock.now_us()),
    }


def _stay(hospital: Hospital, inpatient_no: str) -> Row:
    row = hospital.store.one("SELECT * FROM his_stay WHERE inpatient_no = ?", (inpatient_no,))
    if row is None:
        raise Refused("stay_not_found", "没有这次住院")
    return row


def _receipt(row: Row) -> dict[str, Any]:
    return {
        "receipt_no": row["receipt_no"],
        "request_no": row["request_no"],
        "inpatient_no": row["inpatient_no"],
        "order_no": row["order_no"],
        "amount_fen": row["amount_fen"],
        "entered_at": moment(row["at_us"]),
    }
