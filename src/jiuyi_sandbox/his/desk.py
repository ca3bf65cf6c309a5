"""What hospital staff do: stop a clinic, hand out a counter code, review an application, end a visit.

``/_control/hospital/*``; unsigned, for the start page and for tests.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.clock import moment
from jiuyi_sandbox.his import mdt
from jiuyi_sandbox.his.envelope import Refused
from jiuyi_sandbox.his.hospital import Hospital, of
from jiuyi_sandbox.his.patients import on_file
from jiuyi_sandbox.his.registrations import give_back

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from jiuyi_sandbox.world import World

COUNTER_CODE_MINUTES = 30
_FOUND = 40
_MINUTE = 60_000_000
STOP_REASON = (
    "医生临时参加急诊手术，本场停诊",
    "The doctor was called to an emergency operation; this clinic is stopped",
)


def summary(hospital: Hospital, _data: dict[str, Any]) -> dict[str, Any]:
    """How large the hospital is and what waits."""
    today = hospital.clock.now().date().isoformat()
    one = hospital.store.one(
        "SELECT (SELECT count(*) FROM his_patient) AS patients, (SELECT count(*) FROM his_schedule WHERE date >= :d) AS schedules, "
        "(SELECT count(*) FROM his_slot s JOIN his_schedule c ON c.code = s.schedule_code WHERE c.date >= :d) AS slots, "
        "(SELECT count(*) FROM his_registration WHERE lock_request_no IS NOT NULL AND state = 'locked') AS locked, "
        "(SELECT count(*) FROM his_registration WHERE lock_request_no IS NOT NULL AND state = 'confirmed') AS confirmed, "
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


def stop_clinic(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Stop a clinic or some of its slots: locks are released, bookings become ``stopped``, the product is told."""
    code, slots = str(data["schedule_code"]), [str(s) for s in data.get("slot_codes", [])]
    reason, reason_en = data.get("reason") or STOP_REASON[0], data.get("reason_en") or STOP_REASON[1]
    if hospital.store.one("SELECT 1 FROM his_schedule WHERE code = ?", (code,)) is None:
        raise Refused("slot_unknown", "no such schedule")
    now = hospital.clock.now_us()
    with hospital.store.transaction() as db:
        rows = db.execute(
            "SELECT * FROM his_registration WHERE schedule_code = ? AND state IN ('locked', 'confirmed')",
            (code,),
        ).fetchall()
        touched = [row for row in rows if not slots or row["slot_code"] in slots]
        for row in touched:
            give_back(hospital, row, "released" if row["state"] == "locked" else "stopped")
        if slots:
            db.executemany(
                "UPDATE his_slot SET stopped = 1 WHERE schedule_code = ? AND code = ?",
                [(code, s) for s in slots],
            )
            db.execute("UPDATE his_schedule SET updated_us = ? WHERE code = ?", (now, code))
        else:
            db.execute(
                "UPDATE his_schedule SET state = 'stopped', stop_reason = ?, updated_us = ? WHERE code = ?",
                (reason, now, code),
            )
        hospital.tell(
            "clinic.stopped",
            {"schedule_code": code, "slot_codes": slots, "reason": reason, "reason_en": reason_en},
        )
    return {"stopped": code, "bookings": len(touched)}


def resume_clinic(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Open a stopped clinic again; bookings that were stopped stay stopped."""
    code = str(data["schedule_code"])
    with hospital.store.transaction() as db:
        db.execute(
            "UPDATE his_schedule SET state = 'open', stop_reason = '', updated_us = ? WHERE code = ?",
            (hospital.clock.now_us(), code),
        )
        db.execute("UPDATE his_slot SET stopped = 0 WHERE schedule_code = ?", (code,))
        hospital.tell("schedule.changed", {"schedule_codes": [code]})
    return {"resumed": code}


def set_quota(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """The window sells places, or adds some: the online quota of a slot becomes ``online_quota`` (never below taken)."""
    code = str(data["slot_code"])
    with hospital.store.transaction() as db:
        row = db.execute("SELECT schedule_code, taken FROM his_slot WHERE code = ?", (code,)).fetchone()
        if row is None:
            raise Refused("slot_unknown", "no such slot")
        quota = max(int(data["online_quota"]), row["taken"])
        db.execute(
            "UPDATE his_slot SET online_quota = ?, reserved = min(reserved, ?) WHERE code = ?",
            (quota, quota, code),
        )
        db.execute(
            "UPDATE his_schedule SET updated_us = ? WHERE code = ?",
            (hospital.clock.now_us(), row["schedule_code"]),
        )
        hospital.tell("schedule.changed", {"schedule_codes": [row["schedule_code"]]})
    return {"slot_code": code, "online_quota": quota}


def set_department(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Open or close a department; the catalogue changes and the product is told."""
    department = hospital.named("departments", str(data["code"]))
    if department is None or data["state"] not in ("open", "closed", "walk_in_only"):
        raise Refused("invalid_request", "code or state is unknown")
    changed = department | {
        "state": data["state"],
        "state_reason": str(data.get("reason", "")),
        "state_reason_en": str(data.get("reason_en", "")),
    }
    with hospital.store.transaction():
        hospital.store.execute(
            "UPDATE his_catalog SET data = ? WHERE kind = 'departments' AND code = ?",
            (json.dumps(changed, ensure_ascii=False), changed["code"]),
        )
        hospital.catalog_changed()
        hospital.tell("catalog.changed", {})
    return {"department": changed}


def search_patients(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Files by name, phone, card or document number; the sample people first."""
    words = str(data.get("q", "")).strip()
    rows = hospital.store.all(
        "SELECT data FROM his_patient WHERE ? = '' OR name LIKE ? OR phone = ? OR card_no = ? OR document_number = ? "
        "OR patient_id = ? ORDER BY seed IS NOT NULL, patient_id LIMIT 30",
        (words, f"%{words}%", words, words, words.upper(), words),
    )
    return {"patients": [json.loads(row["data"]) for row in rows]}


def counter_code(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Print a six-digit code for a patient whose identity was checked at the desk."""
    patient = on_file(hospital, str(data["patient_id"]))
    code, expires = (
        f"{secrets.randbelow(10**6):06d}",
        hospital.clock.now_us() + COUNTER_CODE_MINUTES * _MINUTE,
    )
    hospital.store.execute(
        "INSERT INTO his_counter_code (patient_id, code, expires_us) VALUES (?, ?, ?)",
        (patient["patient_id"], code, expires),
    )
    return {
        "patient_id": patient["patient_id"],
        "name": patient["name"],
        "code": code,
        "expires_at": moment(expires),
    }


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


def review(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Answer an application: accepted, more_wanted or declined."""
    decision = str(data["decision"])
    with hospital.store.transaction():
        mdt.review(
            hospital,
            str(data["application_no"]),
            decision,
            str(data.get("note") or mdt.NOTES.get(decision, "")),
        )
    return {"application_no": data["application_no"], "decision": decision}


def bookings(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Registrations the product made, newest first; ``q`` is a patient name or number."""
    words = str(data.get("q", "")).strip()
    rows = hospital.store.all(
        "SELECT r.*, p.name FROM his_registration r JOIN his_patient p ON p.patient_id = r.patient_id "
        "WHERE r.lock_request_no IS NOT NULL AND (? = '' OR p.name LIKE ? OR r.registration_no = ? OR r.lock_request_no = ?) "
        "ORDER BY r.id DESC LIMIT 50",
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


def end_booking(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Mark a confirmed booking done, no_show or cancelled at the desk; the product is told."""
    state = str(data["state"])
    if state not in ("done", "no_show", "cancelled"):
        raise Refused("invalid_request", "state must be done, no_show or cancelled")
    with hospital.store.transaction() as db:
        row = db.execute(
            "SELECT * FROM his_registration WHERE lock_request_no = ?", (str(data["lock_request_no"]),)
        ).fetchone()
        if row is None or row["state"] != "confirmed":
            raise Refused("registration_not_found", "no confirmed booking of that number")
        if state == "cancelled":
            give_back(hospital, row, state)
        else:
            db.execute("UPDATE his_registration SET state = ? WHERE id = ?", (state, row["id"]))
        hospital.tell("registration.changed", {"lock_request_no": row["lock_request_no"], "state": state})
    return {"lock_request_no": row["lock_request_no"], "state": state}


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


_READS = {
    "summary": summary,
    "clinics": search_clinics,
    "patients": search_patients,
    "mdt": applications,
    "bookings": bookings,
    "events": events,
}
_ACTS = {
    "clinics/stop": stop_clinic,
    "clinics/resume": resume_clinic,
    "slots/quota": set_quota,
    "departments/state": set_department,
    "patients/counter_code": counter_code,
    "mdt/review": review,
    "bookings/end": end_booking,
}


def routes(world: World) -> list[BaseRoute]:
    """GET for reading (parameters in the query), POST with a JSON body for acts."""
    hospital = of(world)
    return [
        *(Route(f"/_control/hospital/{path}", _read(hospital, do)) for path, do in _READS.items()),
        *(Route(f"/_control/hospital/{path}", _act(hospital, do), methods=["POST"]) for path, do in _ACTS.items()),
    ]


def _read(
    hospital: Hospital, do: Callable[[Hospital, dict[str, Any]], dict[str, Any]]
) -> Callable[[Request], Awaitable[Response]]:
    async def read(request: Request) -> Response:
        return JSONResponse(do(hospital, dict(request.query_params)))

    return read


def _act(
    hospital: Hospital, do: Callable[[Hospital, dict[str, Any]], dict[str, Any]]
) -> Callable[[Request], Awaitable[Response]]:
    async def act(request: Request) -> Response:
        try:
            return JSONResponse(do(hospital, json.loads(await request.body())))
        except Refused as refused:
            return JSONResponse({"error": refused.code, "message": refused.message}, 409)
        except (KeyError, ValueError, TypeError) as wrong:
            return JSONResponse({"error": "invalid_request", "message": f"{type(wrong).__name__}: {wrong}"}, 400)

    return act


def _matches(item: dict[str, Any], words: str) -> bool:
    return any(words in str(item[field]).casefold() for field in ("name", "name_en", "pinyin", "initials", "code"))
