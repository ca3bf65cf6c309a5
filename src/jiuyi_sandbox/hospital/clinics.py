"""The clinics of one day, as the hospital's schedulers would have made them. The same day always comes out the same."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.hospital.tree import Department, departments, place

SESSIONS = {"morning": ("A", time(8), 8), "afternoon": ("P", time(14), 6), "evening": ("E", time(18), 4)}
"""Letter in codes, first slot, number of half hours."""

RELEASED_DAYS_BEFORE = {"ordinary": 14, "expert": 7, "special": 28, "mdt": 14}
RELEASED_AT = time(19)
SATURDAY, SUNDAY = 5, 6
ORDINARY_FEE, SPECIAL_FEE = 1000, 30000
EXPERT_FEE = {"chief": 3000, "associate_chief": 2000}

STOP_REASONS = (
    ("医生临时参加急诊手术", "The doctor was called to an emergency operation"),
    ("医生外出参加学术会议", "The doctor is at a conference"),
    ("医生休假", "The doctor is on leave"),
)
_PINNED = {"T00123": {(0, "morning"): "C1", (1, "afternoon"): "C2", (2, "morning"): "C1", (4, "afternoon"): "C1"}}
"""Weekday and session → campus, for the doctor the documents speak of."""


_WEDNESDAY = {
    "note": "周三上午优先接诊复诊患者，首诊请备好既往病历和检查结果。",
    "note_en": "Wednesday mornings give priority to follow-up visits; for a first visit please bring earlier records.",
}


def clinics(seed: int, day: date, doctors: list[dict[str, Any]], teams: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every schedule of a day in the contract's shape, with its slots, without ``updated_at``."""
    found: list[dict[str, Any]] = []
    for department in departments():
        if department.bookable and department.catalog["state"] == "open" and department.code != "D1501":
            found += _ordinary(seed, day, department)
    by_code = {d.code: d for d in departments()}
    for doctor in doctors:
        department = by_code[doctor["department_code"]]
        if department.catalog["state"] == "open" and doctor["title"] in EXPERT_FEE:
            found += _own(seed, day, doctor, department)
    for team in teams:
        found += _mdt(day, team, by_code["D1501"])
    return found


def template(seed: int, doctor: dict[str, Any]) -> dict[tuple[int, str], tuple[str, str]]:
    """A doctor's week: (weekday, session) → (campus, clinic kind)."""
    random = Random(f"{seed}/week/{doctor['code']}")
    halves = [(weekday, session) for weekday in range(SATURDAY) for session in ("morning", "afternoon")]
    halves.append((SATURDAY, "morning"))
    chosen = sorted(random.sample(halves, random.randint(5, 7)))
    week = {half: (random.choice(doctor["campus_codes"]), "expert") for half in chosen}
    if doctor["department_code"] == "D1401":
        return {half: (campus, "special") for half, (campus, _) in week.items()}
    if doctor["title"] == "chief" and random.random() < 0.35:  # noqa: PLR2004
        half = random.choice(chosen)
        week[half] = (week[half][0], "special")
    pinned = _PINNED.get(doctor["code"])
    return {half: (campus, "expert") for half, campus in pinned.items()} if pinned else week


def _own(seed: int, day: date, doctor: dict[str, Any], department: Department) -> list[dict[str, Any]]:
    popularity = Random(f"{seed}/fame/{doctor['code']}").random() ** 2
    found = []
    for (weekday, session), (campus, kind) in template(seed, doctor).items():
        if weekday != day.weekday():
            continue
        random = Random(f"{seed}/{day}/{session}/{doctor['code']}")
        special = kind == "special"
        fee = 0 if department.free else SPECIAL_FEE if special else EXPERT_FEE[doctor["title"]]
        clinic = _clinic(day, session, f"S{day:%Y%m%d}{doctor['code']}", kind, department, campus, fee)
        clinic |= {"doctor_code": doctor["code"], "room": f"{Random(doctor['code']).randint(1, 24)} 诊室"}
        if doctor["code"] == "T00123":
            clinic |= {"room": "12 诊室"} | (_WEDNESDAY if day.weekday() == 2 and session == "morning" else {})  # noqa: PLR2004
        elif random.random() < 0.02:  # noqa: PLR2004
            clinic |= {"state": "stopped", "stop_reason": random.choice(STOP_REASONS)[0]}
        for slot in clinic["slots"]:
            full = random.random() < popularity * 0.85
            slot["online_quota"] = 0 if full else random.choice((1, 1, 2) if special else (1, 2, 2, 3, 3, 4))
        _reserve(clinic, day, random)
        found.append(clinic)
    return found


def _ordinary(seed: int, day: date, department: Department) -> list[dict[str, Any]]:
    children = department.code == "D0601"
    if (day.weekday() == SUNDAY and not children) or department.code == "D1401":
        return []
    sessions = ["morning"] if day.weekday() >= SATURDAY and not children else ["morning", "afternoon"]
    found = []
    for campus in department.catalog["campus_codes"]:
        for session in [*sessions, "evening"] if children else sessions:
            random = Random(f"{seed}/{day}/{session}/{department.code}/{campus}")
            fee = 0 if department.free else ORDINARY_FEE
            clinic = _clinic(
                day, session, f"S{day:%Y%m%d}{department.code}{campus}", "ordinary", department, campus, fee
            )
            clinic["room"] = f"{random.randint(1, 9)} 诊室"
            for slot in clinic["slots"]:
                slot["online_quota"] = 0 if random.random() < 0.08 else random.randint(3, 8)  # noqa: PLR2004
            _reserve(clinic, day, random)
            found.append(clinic)
    return found


def _mdt(day: date, team: dict[str, Any], centre: Department) -> list[dict[str, Any]]:
    number = int(team["code"][1:])
    if day.weekday() not in (number % 5, (number + 2) % 5):
        return []
    clinic = _clinic(
        day, "afternoon", f"S{day:%Y%m%d}{team['code']}", "mdt", centre, team["campus_code"], team["fee_fen"]
    )
    clinic |= {
        "mdt_team_code": team["code"],
        "room": f"{number} 号会诊室",
        "slots": [_slot(f"{clinic['code']}{i:02d}", day, time(13 + i), 60) | {"online_quota": 1} for i in range(1, 4)],
    }
    return [clinic]


def _clinic(
    day: date, session: str, stem: str, kind: str, department: Department, campus: str, fee: int
) -> dict[str, Any]:
    letter, first, count = SESSIONS[session]
    where, where_en = place(department.catalog, campus)
    released = datetime.combine(day - timedelta(days=RELEASED_DAYS_BEFORE[kind]), RELEASED_AT, HOSPITAL_TIME)
    code = stem + letter
    start = datetime.combine(day, first, HOSPITAL_TIME)
    return {
        "code": code,
        "date": day.isoformat(),
        "session": session,
        "clinic_kind": kind,
        "department_code": department.code,
        "doctor_code": None,
        "mdt_team_code": None,
        "campus_code": campus,
        "place": where,
        "place_en": where_en,
        "room": "",
        "fee_fen": fee,
        "fee_items": _fee_items(kind, fee),
        "state": "open",
        "stop_reason": "",
        "releases_at": released.isoformat(),
        "note": "",
        "note_en": "",
        "slots": [
            _slot(f"{code}{i + 1:02d}", day, (start + timedelta(minutes=30 * i)).time(), 30) for i in range(count)
        ],
    }


def _slot(code: str, day: date, start: time, minutes: int) -> dict[str, Any]:
    end = datetime.combine(day, start) + timedelta(minutes=minutes)
    return {
        "code": code,
        "start": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
        "online_quota": 0,
        "reserved": 0,
        "reserved_until": None,
    }


def _fee_items(kind: str, fee: int) -> list[dict[str, Any]]:
    if kind == "special":
        return [
            _item("F01", "诊查费", "Consultation fee", EXPERT_FEE["chief"]),
            _item("F02", "特需服务费", "Special-need service", fee - EXPERT_FEE["chief"]),
        ]
    if kind == "mdt":
        return [_item("F03", "多学科会诊费", "Multidisciplinary consultation", fee)]
    return [_item("F01", "诊查费", "Consultation fee", fee)]


def _item(code: str, name: str, name_en: str, fen: int) -> dict[str, Any]:
    return {"code": code, "name": name, "name_en": name_en, "fen": fen}


def _reserve(clinic: dict[str, Any], day: date, random: Random) -> None:
    """Some late places wait for follow-up patients until two hours before the clinic's second half."""
    if clinic["clinic_kind"] in ("ordinary", "expert") and clinic["session"] != "evening" and random.random() < 0.4:  # noqa: PLR2004
        slot = clinic["slots"][-2]
        until = time(10) if clinic["session"] == "morning" else time(15)
        slot["reserved"] = 1 if slot["online_quota"] else 0
        slot["reserved_until"] = datetime.combine(day, until, HOSPITAL_TIME).isoformat() if slot["reserved"] else None
