"""Bills of the sample people and the stays in the wards, made anew at every reset."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import microseconds, moment
from jiuyi_sandbox.his.book import number
from jiuyi_sandbox.hospital import charges
from jiuyi_sandbox.insurance.insured import CANCER, HYPERTENSION

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital
    from jiuyi_sandbox.insurance.insured import Entitlement

TABLES = (
    "his_fee_refund",
    "his_fee_receipt",
    "his_fee_line",
    "his_fee_bill",
    "his_fee_visit",
    "his_deposit_refund",
    "his_deposit",
    "his_stay",
)
VALID_DAYS = 3
_KINDS = {"chronic": "chronic", "special": "special_disease"}
_DAY = 86_400_000_000
_VISITS = (
    ("P0000002", "D0301", "T00123", charges.CARDIOLOGY, 34, None, None),
    ("P0000002", "D0302", "T00141", charges.THYROID, 2 * 24 * 60 + 20, "window", None),
    ("P0000005", "D0301", "T00123", charges.CARDIOLOGY, 50, None, None),
    ("P0000007", "D0302", "T00141", charges.ENDOCRINE, 65, None, None),
    ("P0000009", "D0301", "T00124", charges.DERMATOLOGY, 41, None, None),
    ("P0000012", "D0303", "T00126", charges.RESPIRATORY, 28, None, CANCER),
    ("P0000012", "D0301", "T00123", charges.CARDIOLOGY, 75, None, HYPERTENSION),
    ("P0000014", "D0301", "T00123", charges.CARDIOLOGY, 38, None, None),
    ("P0000015", "D0302", "T00141", charges.ENDOCRINE, 47, None, None),
)
"""Patient, department, doctor, what was ordered, minutes ago, lock, disease it is billed for."""
_HEART, _LUNG = ("心血管内科二病区", "Cardiology ward 2"), ("呼吸内科一病区", "Respiratory ward 1")
_STAYS = (
    ("ZY26003081", "P0000006", "C1-B09-18-7KQ2M9XA", "D0301", _HEART, "18 床", 5, 500_000, 421_356),
    ("ZY26003102", "P0001001", "C1-B07-05-4HN8T3WC", "D0303", _LUNG, "5 床", 2, 300_000, 96_240),
)
"""Number, patient, code at the bed, department, ward, bed, days ago, deposit and spent (fen)."""


def fill(hospital: Hospital) -> None:
    """Write the visits and stays; the tables are empty."""
    for patient_id, department, doctor, template, minutes, lock, disease in _VISITS:
        at = hospital.clock.now_us() - minutes * 60_000_000
        open_visit(hospital, patient_id, department, doctor, template, at=at, lock=lock, disease=disease)
    today = datetime.fromisoformat(moment(hospital.clock.now_us())).date()
    for inpatient_no, patient_id, bed_code, department, ward, bed, days, deposit, spent in _STAYS:
        known = hospital.named("departments", department) or {"name": "", "name_en": ""}
        data = {
            "department_name": known["name"],
            "department_name_en": known["name_en"],
            "ward": ward[0],
            "ward_en": ward[1],
            "bed": bed,
            "campus_code": "C1",
            "admitted_on": (today - timedelta(days=days)).isoformat(),
            "discharged_on": None,
            "warning_fen": 100_000,
        }
        hospital.store.execute(
            "INSERT INTO his_stay VALUES (?, ?, ?, 'admitted', ?, ?, ?)",
            (inpatient_no, patient_id, bed_code, deposit, spent, json.dumps(data, ensure_ascii=False)),
        )


def open_visit(
    hospital: Hospital,
    patient_id: str,
    department_code: str,
    doctor_code: str | None,
    template: charges.Template,
    *,
    at: int,
    lock: str | None = None,
    registration_no: str | None = None,
    campus_code: str = "C1",
    disease: Entitlement | None = None,
) -> str:
    """Write a visit with the bills of its template; returns its number."""
    visit_no = number(hospital, "MZ")
    department = hospital.named("departments", department_code) or {"name": "", "name_en": ""}
    doctor = hospital.named("doctors", doctor_code)
    opened = moment(at)
    data: dict[str, Any] = {
        "visit_no": visit_no,
        "registration_no": registration_no,
        "patient_id": patient_id,
        "date": opened[:10],
        "opened_at": opened,
        "kind": _KINDS[disease.kind] if disease else "ordinary",
        "disease_code": disease.code if disease else None,
        "disease_name": disease.name if disease else None,
        "department_code": department_code,
        "department_name": department["name"],
        "department_name_en": department["name_en"],
        "department_national_code": f"A{department_code[1:3]}.{department_code[3:]}",
        "doctor_code": doctor["code"] if doctor else None,
        "doctor_name": doctor["name"] if doctor else None,
        "doctor_name_en": doctor["name_en"] if doctor else None,
        "doctor_national_code": f"D44010000{doctor['code'][1:]}" if doctor else None,
        "campus_code": campus_code,
        "diagnoses": [{"code": template.diagnosis[0], "name": template.diagnosis[1], "main": True}],
        "note": template.note[0],
        "note_en": template.note[1],
    }
    hospital.store.execute(
        "INSERT INTO his_fee_visit VALUES (?, ?, ?, ?)",
        (visit_no, patient_id, at, json.dumps(data, ensure_ascii=False)),
    )
    valid = microseconds(f"{opened[:10]}T23:59:59+08:00") + VALID_DAYS * _DAY
    for position, order in enumerate(template.orders):
        _write_bill(hospital, visit_no, position, charges.bill(order), opened, valid, lock)
    return visit_no


def _write_bill(
    hospital: Hospital, visit_no: str, position: int, bill: dict[str, Any], opened: str, valid: int, lock: str | None
) -> None:
    bill_no, lines = number(hospital, "DJ"), bill.pop("lines")
    kind, amount = bill.pop("kind"), bill.pop("amount_fen")
    data = json.dumps(bill | {"opened_at": opened}, ensure_ascii=False)
    state = "locked" if lock else "unpaid"
    hospital.store.execute(
        "INSERT INTO his_fee_bill VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)",
        (bill_no, visit_no, position, kind, state, lock, amount, valid, data),
    )
    for line in lines:
        hospital.store.execute(
            "INSERT INTO his_fee_line (bill_no, line_no, amount_fen, data) VALUES (?, ?, ?, ?)",
            (bill_no, line["line_no"], line["amount_fen"], json.dumps(line, ensure_ascii=False)),
        )
