"""Patient files (contract §2.3)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import moment
from jiuyi_sandbox.his.envelope import Refused
from jiuyi_sandbox.his.seed import insert_patient
from jiuyi_sandbox.hospital import papers

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital

BUSY_PHONE = "13800000503"
"""Opening a file with this phone number is always answered 503 ``busy``."""


def find(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """By document or by card; a wrong name looks like no file at all."""
    if "card_no" in request:
        row = hospital.store.one("SELECT data FROM his_patient WHERE card_no = ?", (request["card_no"],))
    elif "document_type" in request and "document_number" in request:
        row = hospital.store.one(
            "SELECT data FROM his_patient WHERE document_type = ? AND document_number = ?",
            (request["document_type"], request["document_number"].upper()),
        )
    else:
        raise Refused("invalid_request", "document_type and document_number, or card_no, are needed")
    patient = json.loads(row["data"]) if row else None
    if patient is None or _plain(patient["name"]) != _plain(request["name"]):
        raise Refused("patient_not_found", "查无此档案，或姓名不符")
    return {"patient": patient}


def get(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    return {"patient": on_file(hospital, request["patient_id"])}


def create(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Open a file. Mainland and residence numbers are checked; a child without papers needs a guardian."""
    kind, number = request["document_type"], (request["document_number"] or "").upper() or None
    if request["phone"] == BUSY_PHONE:
        raise Refused("busy", "系统繁忙，请稍后再试", 503)
    if kind == "none_child" and (number is not None or request["guardian"] is None):
        raise Refused(
            "invalid_request",
            "guardian: needed for a child without a document, and document_number must be null",
        )
    if kind != "none_child" and number is None:
        raise Refused("invalid_request", "document_number: is missing")
    if kind in ("mainland_id", "residence_permit") and not papers.is_valid(str(number)):
        raise Refused("invalid_request", "document_number: the check digit is wrong")
    if number and hospital.store.one(
        "SELECT 1 FROM his_patient WHERE document_type = ? AND document_number = ?", (kind, number)
    ):
        raise Refused("patient_exists", "该证件已建档")
    row = hospital.store.one("SELECT max(patient_id) FROM his_patient")
    serial = int(str(row[0])[1:]) + 1 if row else 1
    patient = {
        "patient_id": f"P{serial:07d}",
        "card_no": f"44009{10000000 + serial * 7:08d}",
        "name": request["name"].strip(),
        "sex": request["sex"],
        "birth_date": request["birth_date"],
        "document_type": kind,
        "document_number": number,
        "phone": request["phone"],
        "guardian": request["guardian"],
        "created_at": moment(hospital.clock.now_us()),
        "deceased": False,
    }
    insert_patient(hospital, patient, seeded=False)
    return {"patient": patient}


def bind_card(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    patient = on_file(hospital, request["patient_id"])
    if patient["card_no"] != request["card_no"]:
        raise Refused("card_mismatch", "卡号与档案不符")
    return {"patient": patient}


def check_counter_code(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Six digits printed at the desk: valid 30 minutes, once."""
    row = hospital.store.one(
        "SELECT rowid AS id, expires_us, used FROM his_counter_code WHERE patient_id = ? AND code = ? "
        "ORDER BY rowid DESC",
        (request["patient_id"], request["code"]),
    )
    if row is None:
        raise Refused("counter_code_wrong", "校验码不正确")
    if row["used"] or row["expires_us"] < hospital.clock.now_us():
        raise Refused("counter_code_expired", "校验码已过期或已使用")
    hospital.store.execute("UPDATE his_counter_code SET used = 1 WHERE rowid = ?", (row["id"],))
    return {"valid": True}


def update_phone(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    patient = on_file(hospital, request["patient_id"]) | {"phone": request["phone"]}
    hospital.store.execute(
        "UPDATE his_patient SET phone = ?, data = ? WHERE patient_id = ?",
        (patient["phone"], json.dumps(patient, ensure_ascii=False), patient["patient_id"]),
    )
    return {"patient": patient}


def on_file(hospital: Hospital, patient_id: str) -> dict[str, Any]:
    """The file of that number; raises Refused."""
    row = hospital.store.one("SELECT data FROM his_patient WHERE patient_id = ?", (patient_id,))
    if row is None:
        raise Refused("patient_not_found", "查无此档案")
    patient: dict[str, Any] = json.loads(row["data"])
    return patient


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
