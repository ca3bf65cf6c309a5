"""Inputs that make the hospital misbehave on purpose: certain patients (``trouble.MAGIC``) and one kind of slot."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.his.envelope import Refused

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital

LATE_SECONDS = 8.0
DEARER_FEN = 500
STALE_DEPARTMENT, STALE_SLOT = "D0802", "A07"
"""Ordinary morning clinics of this department list places at 11:00 that the window sold: lock says ``slot_full``."""

_MESSAGES = {
    "slot_full": "该号段已满",
    "clinic_stopped": "医生临时停诊",
    "patient_limit": "您本月在本院的预约已达上限",
    "patient_blocked": "因多次未到诊，预约暂停至下月 1 日",
    "lock_expired": "锁号已过期",
    "not_cancellable": "该号已打印就诊单，请到窗口办理",
}


@functools.cache
def _acts() -> dict[str, dict[str, str]]:
    from jiuyi_sandbox.hospital.samples import sample_files
    from jiuyi_sandbox.hospital.trouble import MAGIC

    numbers = {patient["name"]: patient["patient_id"] for patient in sample_files()}
    return {numbers[magic.name]: dict(magic.acts) for magic in MAGIC}


def act(hospital: Hospital, operation: str, request: dict[str, Any]) -> str | None:
    """What the patient of this request provokes in this operation, or None."""
    if operation == "registrations.lock":
        slot = request["slot_code"]
        if slot.endswith(STALE_SLOT) and STALE_DEPARTMENT in slot:
            return "slot_full"
        patient_id = request["patient_id"]
    elif operation in ("registrations.confirm", "registrations.cancel"):
        row = hospital.store.one(
            "SELECT patient_id, state FROM his_registration WHERE lock_request_no = ?",
            (request["lock_request_no"],),
        )
        if row is None or (operation == "registrations.cancel" and row["state"] != "confirmed"):
            return None
        patient_id = row["patient_id"]
    else:
        return None
    return _acts().get(patient_id, {}).get(operation)


def refuse(hospital: Hospital, request: dict[str, Any], what: str | None) -> None:
    """Raise the refusal an act stands for, if it is one."""
    if what == "busy_once" and request["request_no"] not in hospital.turned_away:
        hospital.turned_away.add(request["request_no"])
        raise Refused("busy", "系统繁忙，请稍后再试", 503)
    if what == "maintenance":
        raise Refused("maintenance", "HIS 维护中", 503)
    if what in _MESSAGES:
        raise Refused(what, _MESSAGES[what])


def fee(patient_name: str, clinic: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """The fee of a lock and its items: the schedule's, except for the patient whose price has risen."""
    items = list(clinic["fee_items"])
    if patient_name == "测试涨价":
        items.append({"code": "F09", "name": "诊查费调价", "name_en": "Fee adjustment", "fen": DEARER_FEN})
    return sum(item["fen"] for item in items), items
