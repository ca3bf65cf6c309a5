"""Multidisciplinary consultations (contract §2.5)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.his.envelope import Refused
from jiuyi_sandbox.his.patients import on_file

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital
    from jiuyi_sandbox.store import Row

OPEN_STATES = ("submitted", "more_wanted", "accepted")
_LARGEST = 5 * 1024 * 1024
MAGIC_WORDS = {"自动通过": "accepted", "自动补充": "more_wanted", "自动谢绝": "declined"}
"""A summary containing one of these words is reviewed at once."""
NOTES = {
    "accepted": "资料齐全，同意会诊，请选择会诊时间。",
    "more_wanted": "请补充三个月内的胸部 CT 影像报告。",
    "declined": "病情暂不需要多学科会诊，建议先到专科门诊就诊。",
}
CLINICS_OPEN_DAYS = 28


def submit(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Take an application, or its completion after more was wanted."""
    on_file(hospital, request["patient_id"])
    if hospital.named("mdt_teams", request["team_code"]) is None:
        raise Refused("application_unknown", "没有这个团队")
    old = hospital.store.one("SELECT state FROM his_mdt WHERE application_no = ?", (request["application_no"],))
    if old is not None and old["state"] != "more_wanted":
        raise Refused("application_state", "该申请已提交")
    hospital.store.execute(
        "INSERT INTO his_mdt (application_no, team_code, patient_id, summary, documents, state, at_us) "
        "VALUES (?, ?, ?, ?, ?, 'submitted', ?) ON CONFLICT (application_no) DO UPDATE "
        "SET summary = excluded.summary, documents = excluded.documents, state = 'submitted', note = ''",
        (
            request["application_no"],
            request["team_code"],
            request["patient_id"],
            request["summary"],
            json.dumps(request["documents"], ensure_ascii=False),
            hospital.clock.now_us(),
        ),
    )
    for word, decision in MAGIC_WORDS.items():
        if word in request["summary"]:
            review(hospital, request["application_no"], decision, NOTES[decision])
    return {"application_no": request["application_no"], "state": "submitted"}


def document(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Take one announced document; its size and digest must be the announced ones."""
    row = _application(hospital, request["application_no"])
    announced = next((d for d in json.loads(row["documents"]) if d["id"] == request["id"]), None)
    if announced is None:
        raise Refused("invalid_request", "id: was not announced")
    try:
        content = base64.b64decode(request["content_base64"], validate=True)
    except binascii.Error as wrong:
        raise Refused("invalid_request", "content_base64: is not base64") from wrong
    if (
        len(content) > _LARGEST
        or len(content) != announced["size"]
        or (hashlib.sha256(content).hexdigest() != announced["sha256"])
    ):
        raise Refused("invalid_request", "content_base64: size or digest differ from what was announced")
    hospital.store.execute(
        "INSERT OR REPLACE INTO his_mdt_document VALUES (?, ?, ?)",
        (request["application_no"], request["id"], content),
    )
    return {"id": request["id"]}


def withdraw(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    row = _application(hospital, request["application_no"])
    if row["state"] not in (*OPEN_STATES, "withdrawn"):
        raise Refused("application_state", "该申请已结束")
    hospital.store.execute(
        "UPDATE his_mdt SET state = 'withdrawn' WHERE application_no = ?", (request["application_no"],)
    )
    return {"application_no": request["application_no"], "state": "withdrawn"}


def review(hospital: Hospital, application_no: str, decision: str, note: str) -> None:
    """The team's answer, told to the product. Raises Refused when there is nothing to review."""
    row = _application(hospital, application_no)
    if row["state"] != "submitted" or decision not in NOTES:
        raise Refused("application_state", "the application is not waiting for a review, or the decision is unknown")
    until = None
    if decision == "accepted":
        until = (hospital.clock.now().date() + timedelta(days=CLINICS_OPEN_DAYS)).isoformat()
    hospital.store.execute(
        "UPDATE his_mdt SET state = ?, note = ?, clinics_until = ? WHERE application_no = ?",
        (decision, note, until, application_no),
    )
    hospital.tell(
        "mdt.reviewed",
        {"application_no": application_no, "decision": decision, "note": note, "clinics_until": until},
    )


def _application(hospital: Hospital, application_no: str) -> Row:
    row = hospital.store.one("SELECT * FROM his_mdt WHERE application_no = ?", (application_no,))
    if row is None:
        raise Refused("application_unknown", "没有这个会诊申请")
    return row
