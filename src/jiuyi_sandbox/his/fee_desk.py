"""What hospital staff do about money: end a consultation, settle at the window, carry out, lock, reprice, void."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import moment
from jiuyi_sandbox.his.charge_seed import open_visit
from jiuyi_sandbox.his.envelope import Refused
from jiuyi_sandbox.his.fees import LOCKS
from jiuyi_sandbox.his.patients import on_file
from jiuyi_sandbox.hospital import charges
from jiuyi_sandbox.insurance.insured import DISEASES, Entitlement

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital
    from jiuyi_sandbox.store import Row

_FOUND = 60


def end_consultation(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """A consultation ends: what was ordered is to be paid. By booking (``lock_request_no``) or for a patient.

    ``disease_code``: billed for a chronic or special disease (M03900, M01600, M00500).
    """
    with hospital.store.transaction() as db:
        row = None
        if data.get("lock_request_no"):
            row = db.execute(
                "SELECT * FROM his_registration WHERE lock_request_no = ?", (str(data["lock_request_no"]),)
            ).fetchone()
            if row is None or row["state"] not in ("confirmed", "done"):
                raise Refused("registration_not_found", "no confirmed booking of that number")
            if row["state"] == "confirmed":
                db.execute("UPDATE his_registration SET state = 'done' WHERE id = ?", (row["id"],))
                hospital.tell("registration.changed", {"lock_request_no": row["lock_request_no"], "state": "done"})
        patient_id = row["patient_id"] if row else str(data["patient_id"])
        on_file(hospital, patient_id)
        department = row["department_code"] if row else str(data.get("department_code", "D0301"))
        visit_no = open_visit(
            hospital,
            patient_id,
            department,
            row["doctor_code"] if row else data.get("doctor_code", "T00123"),
            charges.template_for(department),
            at=hospital.clock.now_us(),
            registration_no=row["registration_no"] if row else None,
            campus_code=row["campus_code"] if row else "C1",
            disease=_disease(data.get("disease_code")),
        )
        hospital.tell("fees.changed", {"patient_id": patient_id, "visit_no": visit_no})
    return {"visit_no": visit_no, "patient_id": patient_id}


def _disease(code: object) -> Entitlement | None:
    if code is None:
        return None
    known = next((one for one in DISEASES if one.code == code), None)
    if known is None:
        raise Refused("invalid_request", f"disease_code: one of {', '.join(one.code for one in DISEASES)}")
    return known


def pay_at_window(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """A service window takes the money for one bill; that is no entry of the statement, which has only our orders."""
    row = _bill(hospital, data)
    if row["state"] not in ("unpaid", "locked"):
        raise Refused("fees_paid", "already paid or void")
    _set(hospital, row, "paid", None)
    return {"bill_no": row["bill_no"], "state": "paid"}


def lock(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Lock a bill (``reason``: window, executed_elsewhere, other), or unlock it without a reason."""
    row, reason = _bill(hospital, data), data.get("reason")
    if row["state"] not in ("unpaid", "locked") or (reason and reason not in LOCKS):
        raise Refused("invalid_request", "paid already, or an unknown reason")
    _set(hospital, row, "locked" if reason else "unpaid", reason)
    return {"bill_no": row["bill_no"], "state": "locked" if reason else "unpaid"}


def execute(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """A paid bill, or one line of it, is carried out: it can no longer be refunded."""
    row = _bill(hospital, data)
    if row["state"] != "paid":
        raise Refused("invalid_request", "not paid yet")
    changed = hospital.store.execute(
        "UPDATE his_fee_line SET executed = 1 WHERE bill_no = ? AND (? = '' OR line_no = ?) AND refund_no IS NULL",
        (row["bill_no"], str(data.get("line_no", "")), str(data.get("line_no", ""))),
    )
    return {"bill_no": row["bill_no"], "lines": changed}


def reprice(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """The first line of an unpaid bill becomes dearer by ``fen``: whoever pays the old sum is refused."""
    row, fen = _bill(hospital, data), int(data.get("fen", 100))
    line = hospital.store.one("SELECT * FROM his_fee_line WHERE bill_no = ? ORDER BY line_no", (row["bill_no"],))
    if line is None or row["state"] != "unpaid" or line["amount_fen"] + fen <= 0:
        raise Refused("invalid_request", "not an unpaid bill, or below 0")
    changed = json.loads(line["data"]) | {"amount_fen": line["amount_fen"] + fen}
    changed["price"] = f"{changed['amount_fen'] / 100 / float(changed['quantity']):.4f}"
    hospital.store.execute(
        "UPDATE his_fee_line SET amount_fen = ?, data = ? WHERE bill_no = ? AND line_no = ?",
        (changed["amount_fen"], json.dumps(changed, ensure_ascii=False), row["bill_no"], line["line_no"]),
    )
    hospital.store.execute(
        "UPDATE his_fee_bill SET amount_fen = amount_fen + ? WHERE bill_no = ?", (fen, row["bill_no"])
    )
    _told(hospital, row)
    return {"bill_no": row["bill_no"], "amount_fen": row["amount_fen"] + fen}


def void(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """The doctor takes an unpaid bill back."""
    row = _bill(hospital, data)
    if row["state"] == "paid":
        raise Refused("fees_paid", "paid already")
    _set(hospital, row, "void", None)
    return {"bill_no": row["bill_no"], "state": "void"}


def bills(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Bills, newest visit first; ``q`` is a patient's name or id."""
    words = str(data.get("q", "")).strip()
    rows = hospital.store.all(
        "SELECT b.*, v.patient_id, v.opened_us, v.data AS visit, p.name FROM his_fee_bill b "
        "JOIN his_fee_visit v ON v.visit_no = b.visit_no JOIN his_patient p ON p.patient_id = v.patient_id "
        "WHERE ? = '' OR p.name LIKE ? OR v.patient_id = ? ORDER BY v.opened_us DESC, b.position LIMIT ?",
        (words, f"%{words}%", words, _FOUND),
    )
    found = []
    for row in rows:
        visit, about = json.loads(row["visit"]), json.loads(row["data"])
        counted = hospital.store.one(
            "SELECT sum(executed) AS executed, count(refund_no) AS refunded FROM his_fee_line WHERE bill_no = ?",
            (row["bill_no"],),
        )
        found.append(
            {
                "bill_no": row["bill_no"],
                "visit_no": row["visit_no"],
                "patient_id": row["patient_id"],
                "patient": row["name"],
                "department": visit["department_name"],
                "department_en": visit["department_name_en"],
                "title": about["title"],
                "title_en": about["title_en"],
                "summary": about["summary"],
                "summary_en": about["summary_en"],
                "amount_fen": row["amount_fen"],
                "state": row["state"],
                "receipt_no": row["receipt_no"],
                "executed": counted["executed"] if counted else 0,
                "refunded": counted["refunded"] if counted else 0,
                "lines": about["line_count"],
                "opened_at": moment(row["opened_us"]),
            }
        )
    return {"bills": found}


def _bill(hospital: Hospital, data: dict[str, Any]) -> Row:
    row = hospital.store.one(
        "SELECT b.*, v.patient_id FROM his_fee_bill b JOIN his_fee_visit v ON v.visit_no = b.visit_no "
        "WHERE b.bill_no = ?",
        (str(data["bill_no"]),),
    )
    if row is None:
        raise Refused("fees_not_found", "no such bill")
    return row


def _set(hospital: Hospital, row: Row, state: str, reason: str | None) -> None:
    with hospital.store.transaction() as db:
        db.execute(
            "UPDATE his_fee_bill SET state = ?, lock_reason = ? WHERE bill_no = ?", (state, reason, row["bill_no"])
        )
        _told(hospital, row)


def _told(hospital: Hospital, row: Row) -> None:
    hospital.tell("fees.changed", {"patient_id": row["patient_id"], "visit_no": row["visit_no"]})


ACTS = {
    "fees/end_consultation": end_consultation,
    "fees/pay_at_window": pay_at_window,
    "fees/lock": lock,
    "fees/execute": execute,
    "fees/reprice": reprice,
    "fees/void": void,
}
