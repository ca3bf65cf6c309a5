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
from jiuyi_sandbox.his import fee_desk, inpatient, mdt
from jiuyi_sandbox.his.enquiries import READS
from jiuyi_sandbox.his.envelope import Refused
from jiuyi_sandbox.his.hospital import Hospital, of
from jiuyi_sandbox.his.patients import on_file
from jiuyi_sandbox.his.registrations import give_back

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from jiuyi_sandbox.world import World

COUNTER_CODE_MINUTES = 30
_MINUTE = 60_000_000
STOP_REASON = (
    "医生临时参加急诊手术，本场停诊",
    "The doctor was called to an emergency operation; this clinic is stopped",
)


def stop_clinic(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Stop a clinic or some of its slots: locks are released, bookings become ``stopped``, the product is told."""
    code, slots = str(data["schedule_code"]), [str(s) for s in data.get("slot_codes", [])]
    reason, reason_en = data.get("reason") or STOP_REASON[0], data.get("reason_en") or STOP_REASON[1]
    if hospital.store.one("SELECT 1 FROM his_schedule WHERE code = ?", (code,)) is None:
        raise Refused("slot_unknown", "no such schedule")
    now = hospital.stamp_us()
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
            (hospital.stamp_us(), code),
        )
        db.execute("UPDATE his_slot SET stopped = 0 WHERE schedule_code = ?", (code,))
        hospital.tell("schedule.changed", {"schedule_codes": [code]})
    return {"resumed": code}


def set_quota(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """The window sells places, or adds some: a slot's quota becomes ``online_quota`` (never below taken)."""
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
            (hospital.stamp_us(), row["schedule_code"]),
        )
        hospital.tell("schedule.changed", {"schedule_codes": [row["schedule_code"]]})
    return {"slot_code": code, "online_quota": quota}


def set_fee(hospital: Hospital, data: dict[str, Any]) -> dict[str, Any]:
    """Give a clinic another fee (a magic amount, or 0); locks and bookings made before keep theirs."""
    code, fen = str(data["schedule_code"]), int(data["fee_fen"])
    row = hospital.store.one("SELECT data FROM his_schedule WHERE code = ?", (code,))
    if row is None or fen < 0:
        raise Refused("invalid_request", "schedule_code is unknown or fee_fen below 0")
    items = [{"code": "F01", "name": "诊查费", "name_en": "Consultation fee", "fen": fen}]
    changed = json.loads(row["data"]) | {"fee_fen": fen, "fee_items": items}
    with hospital.store.transaction() as db:
        db.execute("INSERT OR IGNORE INTO his_schedule_before VALUES (?, ?)", (code, row["data"]))
        db.execute(
            "UPDATE his_schedule SET data = ?, updated_us = ? WHERE code = ?",
            (json.dumps(changed, ensure_ascii=False), hospital.stamp_us(), code),
        )
        hospital.tell("schedule.changed", {"schedule_codes": [code]})
    return {"schedule_code": code, "fee_fen": fen}


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


_ACTS = {
    "clinics/stop": stop_clinic,
    "clinics/resume": resume_clinic,
    "clinics/fee": set_fee,
    "slots/quota": set_quota,
    "departments/state": set_department,
    "patients/counter_code": counter_code,
    "mdt/review": review,
    "bookings/end": end_booking,
    **fee_desk.ACTS,
    "inpatient/state": inpatient.set_stay,
}


def routes(world: World) -> list[BaseRoute]:
    """GET for reading (parameters in the query), POST with a JSON body for acts."""
    hospital = of(world)
    return [
        *(Route(f"/_control/hospital/{path}", _read(hospital, do)) for path, do in READS.items()),
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
