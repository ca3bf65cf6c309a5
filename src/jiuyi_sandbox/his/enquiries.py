"""What hospital staff look up: clinics, files, applications, bookings, events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import moment
from jiuyi_sandbox.his import fee_desk, inpatient

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital

_FOUND = 40


def summary(hospital: Hospital, _data: dict[str, Any]) -> dict[str, Any]:
    """How large the hospital is and what waits."""
    today = hospital.clock.now().date().isoformat()
    one = hospital.store.one(
        "SELECT (SELECT count(*) FROM his_patient) AS patients, "
        "(SELECT count(*) FROM his_schedule WHERE date >= :d) AS schedules, "
        "(SELECT count(*) FROM his_slot s JOIN his_schedule c ON c.code = s.schedule_code "
        "WHERE c.date >= :d) AS slots, "
        "(SELECT count(*) FROM his_registration WHERE state = 'locked') AS locked, "
        "(SELECT count(*) FROM his_registration WHERE state = 'confirmed') AS confirmed, "
        "(SELECT count(*) FROM his_mdt WHERE state = 'submitted') AS mdt_waiting, "
        "(SELECT count(*) FROM his_event WHERE next_us IS NOT NULL) AS events_waiting",
        {"d": today},
    )
    return {
        "today": today,
        "departments": sum(d["parent_code"] is not None for d in hospital.catalog["departments"]),
        "doctors": len(hospital.catalog["doctors"]),
        **(dict(one) if one else {}),
    }


def search_clinics(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Clinics from today on by doctor, department (Chinese, English, pinyin, initials) and date."""
    words = str(data.get("q", "")).strip().casefold()
    doctors = {d["code"]: d for d in hospital.catalog["doctors"]}
    departments = {d["code"]: d for d in hospital.catalog["departments"]}
    wanted_doctors = [c for c, d in doctors.items() if words and _matches(d, words)]
    wanted_departments = [c for c, d in departments.items() if words and _matches(d, words)]
    marks = ",".join("?" * len(wanted_doctors)), ",".join("?" * len(wanted_departments))
    rows = hospital.store.all(
        'SELECT c.*, sum(s.taken) AS taken, sum(s.online_quota) AS quota, min(s.start) AS first, max(s."end") AS last '  # noqa: S608
        f"FROM his_schedule c JOIN his_slot s ON s.schedule_code = c.code WHERE c.date >= ? AND (? = '' OR c.date = ?) "
        f"AND (? = '' OR c.doctor_code IN ({marks[0]}) OR c.department_code IN ({marks[1]}) OR c.code = ?) "
        f"GROUP BY c.code ORDER BY (sum(s.taken) > 0) DESC, c.date, c.doctor_code IS NULL, c.code LIMIT {_FOUND}",
        (
            hospital.clock.now().date().isoformat(),
            str(data.get("date", "")),
            str(data.get("date", "")),
            words,
            *wanted_doctors,
            *wanted_departments,
            str(data.get("q", "")).strip(),
        ),
    )
    found = []
    for row in rows:
        clinic = json.loads(row["data"])
        doctor, department = doctors.get(clinic["doctor_code"]), departments[clinic["department_code"]]
        team = hospital.named("mdt_teams", clinic["mdt_team_code"])
        who = doctor or team or {"name": "普通门诊", "name_en": "Ordinary clinic"}
        found.append(
            {
                "code": row["code"],
                "date": row["date"],
                "session": clinic["session"],
                "kind": clinic["clinic_kind"],
                "who": who["name"],
                "who_en": who["name_en"],
                "department": department["name"],
                "department_en": department["name_en"],
                "campus": clinic["campus_code"],
                "first": row["first"],
                "last": row["last"],
                "state": row["state"],
                "stop_reason": row["stop_reason"],
                "taken": row["taken"],
                "quota": row["quota"],
            }
        )
    return {"clinics": found}


def search_patients(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Files by name, phone, card or document number; the sample people first."""
    words = str(data.get("q", "")).strip()
    rows = hospital.store.all(
        "SELECT data FROM his_patient WHERE ? = '' OR name LIKE ? OR phone = ? OR card_no = ? OR document_number = ? "
        "OR patient_id = ? ORDER BY seed IS NOT NULL, patient_id LIMIT 30",
        (words, f"%{words}%", words, words, words.upper(), words),
    )
    return {"patients": [json.loads(row["data"]) for row in rows]}


def applications(hospital: Hospital, _data: dict[str, Any]) -> dict[str, Any]:
    """MDT applications, newest first."""
    rows = hospital.store.all(
        "SELECT m.*, p.name FROM his_mdt m LEFT JOIN his_patient p ON p.patient_id = m.patient_id "
        "ORDER BY m.state <> 'submitted', m.at_us DESC LIMIT 50"
    )
    found = []
    for row in rows:
        team = hospital.named("mdt_teams", row["team_code"]) or {
            "name": row["team_code"],
            "name_en": row["team_code"],
        }
        arrived = hospital.store.one(
            "SELECT count(*) FROM his_mdt_document WHERE application_no = ?", (row["application_no"],)
        )
        found.append(
            {
                "application_no": row["application_no"],
                "team": team["name"],
                "team_en": team["name_en"],
                "patient_id": row["patient_id"],
                "patient": row["name"],
                "summary": row["summary"],
                "state": row["state"],
                "note": row["note"],
                "documents": json.loads(row["documents"]),
                "documents_arrived": arrived[0] if arrived else 0,
                "at": moment(row["at_us"]),
            }
        )
    return {"applications": found}


def bookings(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Registrations the product made, newest first; ``q`` is a patient name or number."""
    words = str(data.get("q", "")).strip()
    rows = hospital.store.all(
        "SELECT r.*, p.name FROM his_registration r JOIN his_patient p ON p.patient_id = r.patient_id "
        "WHERE r.lock_request_no IS NOT NULL AND "
        "(? = '' OR p.name LIKE ? OR r.registration_no = ? OR r.lock_request_no = ?) ORDER BY r.id DESC LIMIT 50",
        (words, f"%{words}%", words, words),
    )
    found = []
    for row in rows:
        doctor = hospital.named("doctors", row["doctor_code"]) or {
            "name": "普通门诊",
            "name_en": "Ordinary clinic",
        }
        department = hospital.named("departments", row["department_code"]) or {"name": "", "name_en": ""}
        found.append(
            {
                "lock_request_no": row["lock_request_no"],
                "registration_no": row["registration_no"],
                "patient": row["name"],
                "state": row["state"],
                "date": row["date"],
                "start": row["start"],
                "doctor": doctor["name"],
                "doctor_en": doctor["name_en"],
                "department": department["name"],
                "department_en": department["name_en"],
                "sequence_no": row["sequence_no"],
                "fee_fen": row["fee_fen"],
                "schedule_code": row["schedule_code"],
            }
        )
    return {"bookings": found}


def events(hospital: Hospital, _data: dict[str, Any]) -> dict[str, Any]:
    """The last events and how they fared."""
    rows = hospital.store.all("SELECT * FROM his_event ORDER BY created_us DESC LIMIT 30")
    return {
        "events": [
            {
                "event_id": r["event_id"],
                "kind": r["kind"],
                "attempts": r["attempts"],
                "answer": r["last_answer"],
                "created_at": moment(r["created_us"]),
                "next_at": moment(r["next_us"]) if r["next_us"] else None,
                "delivered_at": moment(r["delivered_us"]) if r["delivered_us"] else None,
            }
            for r in rows
        ]
    }


def _matches(item: dict[str, Any], words: str) -> bool:
    return any(words in str(item[field]).casefold() for field in ("name", "name_en", "pinyin", "initials", "code"))


READS = {
    "summary": summary,
    "clinics": search_clinics,
    "patients": search_patients,
    "mdt": applications,
    "bookings": bookings,
    "events": events,
    "fees": fee_desk.bills,
    "stays": inpatient.stays,
}
