"""Lock, confirm, cancel, find, list (contract §2.4)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import microseconds, moment
from jiuyi_sandbox.his import magic
from jiuyi_sandbox.his.book import enter
from jiuyi_sandbox.his.envelope import Refused
from jiuyi_sandbox.his.patients import on_file

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital
    from jiuyi_sandbox.store import Row

GRACE_SECONDS = 180
"""The lock outlives the product's hold by this much, so that ours never ends first."""
_SECOND = 1_000_000
_DAY_LIMIT = 5
_ACTIVE = "('locked', 'confirmed')"
_BY_LOCK = "SELECT r.*, s.data FROM his_registration r JOIN his_schedule s ON s.code = r.schedule_code WHERE "
ROW_STATES = {
    "confirmed": "booked",
    "cancelled": "cancelled",
    "done": "done",
    "no_show": "no_show",
    "stopped": "stopped",
    "refunded": "refunded",
    "booked": "booked",
}


def lock(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Hold one place of a slot and give its number in the queue."""
    now = hospital.clock.now_us()
    slot = hospital.store.one(
        "SELECT s.*, c.data, c.state, c.stop_reason, c.date FROM his_slot s JOIN his_schedule c "
        "ON c.code = s.schedule_code WHERE s.code = ?",
        (request["slot_code"],),
    )
    if slot is None:
        raise Refused("slot_unknown", "没有这个号段")
    clinic = json.loads(slot["data"])
    patient = on_file(hospital, request["patient_id"])
    _refuse_unfit(hospital, request, slot, clinic, patient)
    if microseconds(f"{slot['date']}T{slot['start']}:00+08:00") <= now:
        raise Refused("slot_started", "该号段已开始")
    if not _free(slot, now):
        release_expired(hospital, now, slot["code"])
        again = hospital.store.one("SELECT * FROM his_slot WHERE code = ?", (slot["code"],))
        if again is None or not _free(again, now):
            raise Refused("slot_full", "该号段已满")
    fee, items = magic.fee(patient["name"], clinic)
    hospital.store.execute("UPDATE his_slot SET taken = taken + 1 WHERE code = ?", (slot["code"],))
    hospital.store.execute(
        "UPDATE his_schedule SET numbers_given = numbers_given + 1 WHERE code = ?", (slot["schedule_code"],)
    )
    hospital.store.execute(
        "INSERT INTO his_registration (lock_request_no, patient_id, slot_code, schedule_code, date, start, "
        "department_code, doctor_code, campus_code, source, channel, state, sequence_no, fee_fen, fee_items, "
        "lock_expires_us, mdt_application_no) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'online', ?, 'locked', "
        "(SELECT numbers_given FROM his_schedule WHERE code = ?), ?, ?, ?, ?)",
        (
            request["request_no"],
            patient["patient_id"],
            slot["code"],
            slot["schedule_code"],
            slot["date"],
            slot["start"],
            clinic["department_code"],
            clinic["doctor_code"],
            clinic["campus_code"],
            request["channel"],
            slot["schedule_code"],
            fee,
            json.dumps(items, ensure_ascii=False),
            now + (request["hold_seconds"] + GRACE_SECONDS) * _SECOND,
            request.get("mdt_application_no"),
        ),
    )
    return view(_locked(hospital, request["request_no"]))


def confirm(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Turn a lock into a booking; money is entered into the hospital's ledger."""
    row = _locked(hospital, request["lock_request_no"])
    payment = request["payment"]
    order_no = payment["order_no"] if payment else None
    if row["state"] in ("confirmed", "done", "no_show"):
        if row["order_no"] == order_no:
            return view(row)
        raise Refused("already_confirmed", "该号已由另一订单确认")
    if row["state"] == "released" and row["lock_expires_us"] <= (row["cancelled_us"] or 0):
        raise Refused("lock_expired", "锁号已过期")
    if row["state"] != "locked":
        raise Refused("lock_cancelled", "该号已取消或停诊")
    if (payment["amount_fen"] if payment else 0) != row["fee_fen"]:
        raise Refused("amount_mismatch", f"fee is {row['fee_fen']} fen")
    number = _number(hospital, row["date"])
    hospital.store.execute(
        "UPDATE his_registration SET state = 'confirmed', confirmed_us = ?, registration_no = ?, order_no = ?, "
        "pay_channel = ?, transaction_id = ?, paid_fen = ? WHERE id = ?",
        (
            hospital.clock.now_us(),
            number,
            order_no,
            payment["channel"] if payment else None,
            payment["transaction_id"] if payment else None,
            payment["amount_fen"] if payment else 0,
            row["id"],
        ),
    )
    if payment:
        enter(
            hospital,
            subject="registration",
            kind="payment",
            order_no=payment["order_no"],
            registration_no=number,
            channel=payment["channel"],
            transaction_id=payment["transaction_id"],
            amount_fen=payment["amount_fen"],
        )
    return view(_locked(hospital, request["lock_request_no"]))


def cancel(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Give the place back; what was paid is entered as a refund. Cancelling twice is fine."""
    row = _locked(hospital, request["lock_request_no"])
    if row["state"] in ("done", "no_show"):
        raise Refused("not_cancellable", "已就诊或已过时")
    if (
        row["state"] == "confirmed"
        and request["reason"] == "patient"
        and (microseconds(f"{row['date']}T{row['start']}:00+08:00") <= hospital.clock.now_us())
    ):
        raise Refused("not_cancellable", "就诊时段已开始，请到窗口办理")
    if row["state"] in ("locked", "confirmed"):
        give_back(hospital, row, "released" if row["state"] == "locked" else "cancelled")
    return view(_locked(hospital, request["lock_request_no"]))


def find(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    return view(_locked(hospital, request["lock_request_no"]))


def listed(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """The patient's registrations wherever made; locks that were never confirmed are not registrations yet."""
    on_file(hospital, request["patient_id"])
    limit = request.get("limit") or 100
    rows = hospital.store.all(
        "SELECT * FROM his_registration WHERE patient_id = ? AND date BETWEEN ? AND ? AND id > ? "
        "AND registration_no IS NOT NULL ORDER BY id LIMIT ?",
        (request["patient_id"], request["from"], request["to"], int(request.get("cursor") or 0), limit + 1),
    )
    page = rows[:limit]
    return {
        "items": [_listing(hospital, row) for row in page],
        "next_cursor": str(page[-1]["id"]) if len(rows) > limit else None,
    }


def release_expired(hospital: Hospital, now: int, slot_code: str | None = None) -> int:
    """Release locks whose time has passed, everywhere or in one slot; returns how many."""
    with hospital.store.transaction() as db:
        rows = db.execute(
            "SELECT * FROM his_registration WHERE state = 'locked' AND lock_expires_us <= :now "
            "AND (:slot IS NULL OR slot_code = :slot)",
            {"now": now, "slot": slot_code},
        ).fetchall()
        for row in rows:
            give_back(hospital, row, "released")
    return len(rows)


def give_back(hospital: Hospital, row: Row, state: str) -> None:
    """End a lock or a booking, free its place, and enter a refund when something was paid."""
    hospital.store.execute(
        "UPDATE his_registration SET state = ?, cancelled_us = ? WHERE id = ?",
        (state, hospital.clock.now_us(), row["id"]),
    )
    hospital.store.execute("UPDATE his_slot SET taken = taken - 1 WHERE code = ?", (row["slot_code"],))
    if row["paid_fen"]:
        enter(
            hospital,
            subject="registration",
            kind="refund",
            order_no=row["order_no"],
            registration_no=row["registration_no"],
            channel=row["pay_channel"],
            transaction_id=row["transaction_id"],
            amount_fen=row["paid_fen"],
        )


def view(row: Row) -> dict[str, Any]:
    """The contract's Registration."""
    clinic = json.loads(row["data"])
    return {
        "lock_request_no": row["lock_request_no"],
        "state": row["state"],
        "registration_no": row["registration_no"],
        "slot_code": row["slot_code"],
        "schedule_code": row["schedule_code"],
        "patient_id": row["patient_id"],
        "sequence_no": row["sequence_no"],
        "fee_fen": row["fee_fen"],
        "fee_items": json.loads(row["fee_items"]),
        "place": clinic["place"],
        "place_en": clinic["place_en"],
        "room": clinic["room"],
        "lock_expires_at": moment(row["lock_expires_us"]),
        "confirmed_at": moment(row["confirmed_us"]) if row["confirmed_us"] else None,
        "cancelled_at": moment(row["cancelled_us"]) if row["cancelled_us"] else None,
    }


def _refuse_unfit(
    hospital: Hospital, request: dict[str, Any], slot: Row, clinic: dict[str, Any], patient: dict[str, Any]
) -> None:
    if slot["state"] == "stopped" or slot["stopped"]:
        raise Refused("clinic_stopped", slot["stop_reason"] or "已停诊")
    if patient["deceased"]:
        raise Refused("patient_blocked", "该档案不能预约，请到窗口办理")
    mine = hospital.store.all(
        f"SELECT schedule_code FROM his_registration WHERE patient_id = ? AND date = ? AND state IN {_ACTIVE} "  # noqa: S608
        "AND lock_request_no IS NOT NULL",
        (patient["patient_id"], slot["date"]),
    )
    if any(row["schedule_code"] == clinic["code"] for row in mine):
        raise Refused("patient_limit", "同一场门诊每位患者限约 1 个号")
    if len(mine) >= _DAY_LIMIT:
        raise Refused("patient_limit", f"每位患者每天限约 {_DAY_LIMIT} 个号")
    if clinic["clinic_kind"] == "mdt":
        application = hospital.store.one(
            "SELECT * FROM his_mdt WHERE application_no = ?", (request.get("mdt_application_no"),)
        )
        if (
            application is None
            or application["patient_id"] != patient["patient_id"]
            or (application["team_code"] != clinic["mdt_team_code"])
        ):
            raise Refused("application_unknown", "没有对应的会诊申请")
        if application["state"] != "accepted":
            raise Refused("application_state", "会诊申请尚未通过")


def _free(slot: Row, now: int) -> bool:
    until = slot["reserved_until"]
    kept = slot["reserved"] if until and microseconds(until) > now else 0
    return bool(slot["taken"] < slot["online_quota"] - kept)


def _locked(hospital: Hospital, lock_request_no: str) -> Row:
    """The registration of a lock, released first when its time has passed."""
    query = _BY_LOCK + "r.lock_request_no = ?"
    row = hospital.store.one(query, (lock_request_no,))
    if row is not None and row["state"] == "locked" and row["lock_expires_us"] <= hospital.clock.now_us():
        with hospital.store.transaction():
            give_back(hospital, row, "released")
        row = hospital.store.one(query, (lock_request_no,))
    if row is None:
        raise Refused("registration_not_found", "没有这次锁号")
    return row


def _number(hospital: Hospital, day: str) -> str:
    """``R``, the clinic's day, and a count of that day."""
    key = f"his_number_{day}"
    count = int(hospital.store.meta(key) or 0) + 1
    hospital.store.set_meta(key, str(count))
    return f"R{day[2:].replace('-', '')}{count:05d}"


def _listing(hospital: Hospital, row: Row) -> dict[str, Any]:
    department = hospital.named("departments", row["department_code"]) or {"name": "", "name_en": ""}
    doctor = hospital.named("doctors", row["doctor_code"])
    state = "refunded" if row["state"] == "cancelled" and row["paid_fen"] else ROW_STATES[row["state"]]
    return {
        "registration_no": row["registration_no"],
        "date": row["date"],
        "start": row["start"],
        "department_code": row["department_code"],
        "department_name": department["name"],
        "department_name_en": department["name_en"],
        "doctor_name": doctor["name"] if doctor else None,
        "doctor_name_en": doctor["name_en"] if doctor else None,
        "campus_code": row["campus_code"],
        "source": row["source"],
        "channel": row["channel"],
        "lock_request_no": row["lock_request_no"],
        "state": state,
        "fee_fen": row["fee_fen"],
    }
