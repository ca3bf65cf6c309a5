"""Fills an empty store with the hospital, and brings a used one back to that state."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import moment
from jiuyi_sandbox.his import charge_seed
from jiuyi_sandbox.his.hospital import DAYS_AHEAD, Hospital, of

if TYPE_CHECKING:
    from jiuyi_sandbox.world import World

_VERSION = "6"
_KEPT_DAYS = 7


def seed(world: World) -> None:
    """Make the hospital at first start; every later start only adds the days that have come since."""
    hospital = of(world)
    made = f"{_VERSION}/{world.config.seed}"
    if world.store.meta("his_seeded") != made:
        with world.store.transaction() as db:
            for table in ("his_catalog", "his_slot", "his_schedule", "his_patient"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608
            _wipe(hospital)
            _fill(hospital)
            world.store.set_meta("his_seeded", made)
        hospital.forget_days()
    hospital.roll()


def reset(world: World) -> None:
    """Back to the seed: nobody has booked, nothing was stopped, files are as they were."""
    hospital = of(world)
    with world.store.transaction() as db:
        _wipe(hospital)
        now, today = hospital.stamp_us(), hospital.clock.now().date()
        first, last = today - timedelta(days=_KEPT_DAYS), today + timedelta(days=DAYS_AHEAD)
        db.execute(
            "UPDATE his_schedule SET state = seed_state, stop_reason = seed_reason, numbers_given = 0, updated_us = ? "
            "WHERE state <> seed_state OR stop_reason <> seed_reason OR numbers_given > 0 OR code IN "
            "(SELECT schedule_code FROM his_slot WHERE online_quota <> seed_quota)",
            (now,),
        )
        db.execute(
            "UPDATE his_slot SET taken = 0, stopped = 0, online_quota = seed_quota "
            "WHERE taken > 0 OR stopped > 0 OR online_quota <> seed_quota"
        )
        db.execute(
            "UPDATE his_schedule SET data = b.data, updated_us = ? FROM his_schedule_before b "
            "WHERE b.code = his_schedule.code",
            (now,),
        )
        db.execute("DELETE FROM his_schedule_before")
        days = (first.isoformat(), last.isoformat())
        db.execute(
            "DELETE FROM his_slot WHERE schedule_code IN "
            "(SELECT code FROM his_schedule WHERE date NOT BETWEEN ? AND ?)",
            days,
        )
        db.execute("DELETE FROM his_schedule WHERE date NOT BETWEEN ? AND ?", days)
        db.execute("DELETE FROM his_patient WHERE seed IS NULL")
        for row in db.execute("SELECT patient_id, seed FROM his_patient WHERE seed <> data").fetchall():
            db.execute(
                "UPDATE his_patient SET data = seed, card_no = ?, phone = ? WHERE patient_id = ?",
                (json.loads(row["seed"])["card_no"], json.loads(row["seed"])["phone"], row["patient_id"]),
            )
        if db.execute("UPDATE his_catalog SET data = seed WHERE data <> seed").rowcount:
            hospital.catalog_changed()
        charge_seed.fill(hospital)
    hospital.forget_days()
    hospital.roll()


def _wipe(hospital: Hospital) -> None:
    for table in (
        "his_request",
        "his_book",
        *charge_seed.TABLES,
        "his_counter_code",
        "his_mdt",
        "his_mdt_document",
        "his_event",
    ):
        hospital.store.execute(f"DELETE FROM {table}")  # noqa: S608
    hospital.store.execute("DELETE FROM his_registration WHERE lock_request_no IS NOT NULL")


def _fill(hospital: Hospital) -> None:
    from jiuyi_sandbox.hospital import people_on_file, samples, staff, tree

    store, seed_number = hospital.store, hospital.world.config.seed
    doctors = staff.doctors(seed_number)
    parts: dict[str, list[dict[str, Any]]] = {
        "departments": [d.catalog for d in tree.departments()],
        "doctors": doctors,
        "mdt_teams": staff.teams(doctors),
    }
    for kind, items in parts.items():
        for position, item in enumerate(items):
            data = json.dumps(item, ensure_ascii=False)
            store.execute("INSERT INTO his_catalog VALUES (?, ?, ?, ?, ?)", (kind, item["code"], position, data, data))
    hospital.catalog_changed()
    first_day = _first_day(hospital)
    patients = [*samples.sample_files(), *people_on_file.files(seed_number, first_day)]
    for patient in patients:
        insert_patient(hospital, patient, seeded=True)
    rows = samples.sample_history(doctors, first_day)
    rows += people_on_file.history(seed_number, patients[len(samples.sample_files()) :], doctors, first_day)
    with store.transaction() as db:
        db.execute("DELETE FROM his_registration")
        db.executemany(
            "INSERT INTO his_registration (registration_no, patient_id, date, start, department_code, doctor_code, "
            "campus_code, source, channel, state, fee_fen) VALUES (:registration_no, :patient_id, :date, :start, "
            ":department_code, :doctor_code, :campus_code, :source, :channel, :state, :fee_fen)",
            people_on_file.number_them(rows),
        )
        charge_seed.fill(hospital)


def _first_day(hospital: Hospital) -> date:
    known = hospital.store.meta("his_first_day")
    if known is None:
        known = moment(hospital.clock.now_us())[:10]
        hospital.store.set_meta("his_first_day", known)
    return date.fromisoformat(known)


def insert_patient(hospital: Hospital, patient: dict[str, Any], *, seeded: bool) -> None:
    """Put a file on file."""
    data = json.dumps(patient, ensure_ascii=False)
    hospital.store.execute(
        "INSERT INTO his_patient VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            patient["patient_id"],
            patient["card_no"],
            patient["name"],
            patient["document_type"],
            patient["document_number"],
            patient["phone"],
            data,
            data if seeded else None,
        ),
    )
