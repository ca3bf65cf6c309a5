"""The sample hospital: large, believable, valid, and the same for the same seed."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from stdnum.cn import ric

from jiuyi_sandbox.hospital import clinics, papers, people_on_file, samples, staff, tree
from jiuyi_sandbox.hospital.trouble import MAGIC
from jiuyi_sandbox.people import PEOPLE

SEED, DAY = 20261122, date(2026, 11, 23)
DOCTORS = staff.doctors(SEED)
TEAMS = staff.teams(DOCTORS)


def test_the_same_seed_gives_the_same_hospital() -> None:
    assert staff.doctors(SEED) == DOCTORS
    assert staff.doctors(SEED + 1) != DOCTORS
    assert people_on_file.files(SEED, DAY) == people_on_file.files(SEED, DAY)
    assert clinics.clinics(SEED, DAY, DOCTORS, TEAMS) == clinics.clinics(SEED, DAY, DOCTORS, TEAMS)


def test_departments_are_many_and_spoken_for() -> None:
    found = [d.catalog for d in tree.departments()]
    codes = {d["code"] for d in found}
    assert len(codes) == len(found)
    second = [d for d in found if d["parent_code"]]
    assert len(second) >= 45
    assert all(d["parent_code"] in codes for d in second)
    assert {"内科", "外科", "妇产科", "儿科", "五官科", "皮肤科", "中医科", "肿瘤科"} <= {d["name"] for d in found}
    states = Counter(d["state"] for d in second)
    assert states["walk_in_only"] == 2
    assert states["closed"] == 1
    for department in second:
        for field in ("name_en", "pinyin", "initials", "place", "place_en", "intro", "intro_en", "hint", "hint_en"):
            assert department[field], (department["code"], field)


def test_doctors_are_many_and_all_different() -> None:
    assert len(DOCTORS) >= 300
    assert len({d["name"] for d in DOCTORS}) == len({d["code"] for d in DOCTORS}) == len(DOCTORS)
    assert {d["portrait"] for d in DOCTORS} == {f"{sex}{n}" for sex in "fm" for n in range(1, 5)}
    for doctor in DOCTORS:
        assert doctor["portrait"][0] == doctor["sex"][0]
        assert doctor["pinyin"] == doctor["name_en"].replace(" ", "").lower()
        assert doctor["speciality"].endswith("。")
        assert re.fullmatch(r"[A-Z].*\.", doctor["speciality_en"])
    assert next(d for d in DOCTORS if d["code"] == "T00123")["name"] == "林志远"


def test_teams_have_three_departments_and_chiefs() -> None:
    chiefs = {d["code"]: d for d in DOCTORS if d["title"] == "chief"}
    assert len(TEAMS) >= 6
    for team in TEAMS:
        assert len(team["department_codes"]) >= 3
        assert [chiefs[code]["department_code"] for code in team["doctor_codes"]] == team["department_codes"]
        assert sum(document["required"] for document in team["documents"]) == 2


def test_fourteen_days_have_about_forty_thousand_slots_of_every_kind() -> None:
    found = [c for ahead in range(14) for c in clinics.clinics(SEED, DAY + timedelta(ahead), DOCTORS, TEAMS)]
    slots = [s for c in found for s in c["slots"]]
    assert 35_000 <= len(slots) <= 45_000
    assert len({c["code"] for c in found}) == len(found)
    assert len({s["code"] for s in slots}) == len(slots)
    assert {c["clinic_kind"] for c in found} == {"ordinary", "expert", "special", "mdt"}
    assert {c["session"] for c in found} == {"morning", "afternoon", "evening"}
    fees = Counter((c["clinic_kind"], c["fee_fen"]) for c in found)
    assert {
        ("ordinary", 1000),
        ("expert", 2000),
        ("expert", 3000),
        ("special", 30000),
        ("mdt", 60000),
        ("ordinary", 0),
    } <= set(fees)
    assert all(c["fee_fen"] == sum(i["fen"] for i in c["fee_items"]) for c in found)
    assert any(c["state"] == "stopped" and c["stop_reason"] for c in found)
    full = sum(s["online_quota"] == 0 for s in slots)
    assert 0.1 < full / len(slots) < 0.3
    assert sum(s["reserved"] for s in slots) > 200
    assert all(s["reserved"] <= s["online_quota"] for s in slots)
    released = {c["releases_at"][11:] for c in found}
    assert released == {"19:00:00+08:00"}
    tonight = [c for c in found if c["releases_at"].startswith(DAY.isoformat())]
    assert len(tonight) > 50, "something opens at 19:00 today"


def test_walk_in_and_closed_departments_have_no_clinics() -> None:
    without = {d.code for d in tree.departments() if d.catalog["state"] != "open"}
    week = [c for ahead in range(7) for c in clinics.clinics(SEED, DAY + timedelta(ahead), DOCTORS, TEAMS)]
    assert not without & {c["department_code"] for c in week}


def test_files_have_valid_documents_and_every_kind() -> None:
    files = people_on_file.files(SEED, DAY)
    assert len(files) == 5000
    kinds = Counter(f["document_type"] for f in files)
    assert set(kinds) == {
        "mainland_id", "residence_permit", "hk_macao_permit", "taiwan_permit", "passport", "none_child",
    }  # fmt: skip
    for file in files:
        number = file["document_number"]
        if file["document_type"] == "mainland_id":
            assert ric.is_valid(number)
            assert number[4:6] == "00"
            assert number[6:14] == file["birth_date"].replace("-", "")
            assert int(number[16]) % 2 == (file["sex"] == "male")
        elif file["document_type"] == "residence_permit":
            assert papers.is_valid(number)
            assert number[:2] in ("81", "82", "83")
        elif file["document_type"] == "none_child":
            assert number is None
            assert file["guardian"]
            assert ric.is_valid(file["guardian"]["document_number"])


def test_history_has_every_source_and_unique_numbers() -> None:
    files = people_on_file.files(SEED, DAY)
    rows = people_on_file.number_them(people_on_file.history(SEED, files, DOCTORS, DAY))
    assert {r["source"] for r in rows} == {"window", "machine", "phone", "online", "other"}
    assert {r["state"] for r in rows} == {"done", "cancelled", "no_show", "stopped", "refunded"}
    assert len({r["registration_no"] for r in rows}) == len(rows)
    assert all(r["date"] < DAY.isoformat() for r in rows)


def test_the_documentation_names_every_sample_and_every_magic_patient() -> None:
    page = Path("docs/sandbox.md").read_text("utf-8")
    files = {f["name"]: f for f in samples.sample_files()}
    for sample in samples.SAMPLES:
        row = next(line for line in page.splitlines() if f"| {sample.name} |" in line and sample.card_no in line)
        assert (sample.document_number or "none") in row
        assert sample.phone_key in row
        assert sample.phone in row
    for magic in MAGIC:
        row = next(line for line in page.splitlines() if magic.name in line)
        assert files[magic.name]["document_number"] in row
        assert files[magic.name]["phone"] in row
    for person in PEOPLE:
        assert person.mobile in page
    assert samples.NEWCOMER["document_number"] in page
