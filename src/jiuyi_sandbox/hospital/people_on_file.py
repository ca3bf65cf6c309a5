"""Patient files and what these patients did before today."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.hospital import papers
from jiuyi_sandbox.hospital.names import draw

FILES = 5000
_KINDS = (
    ("mainland_id", 0.9),
    ("hk_macao_permit", 0.925),
    ("residence_permit", 0.955),
    ("taiwan_permit", 0.97),
    ("passport", 0.985),
    ("none_child", 1.0),
)
_FOREIGN = (
    "Anna Kowalska",
    "James Whitfield",
    "Maria da Silva",
    "Kenji Tanaka",
    "Fatima Zahra",
    "Lucas Moreau",
    "Priya Nair",
    "Oliver Schmidt",
    "Grace Mwangi",
    "Ivan Petrov",
    "Sofia Rossi",
    "Ahmed Hassan",
    "Chloe Martin",
    "Minh Nguyen",
    "Emma Larsen",
    "Samuel Adeyemi",
    "Hana Kim",
    "Diego Fernandez",
    "Zara Khan",
    "Noah Wilson",
)
_ADULT = 18


def files(seed: int, first_day: date) -> list[dict[str, Any]]:
    """Patient files ``P0001001`` and up. ``first_day`` is the hospital's first day here; ages count from it."""
    random = Random(f"{seed}/patients")
    return [_file(random, number, first_day) for number in range(FILES)]


def history(
    seed: int, patients: list[dict[str, Any]], doctors: list[dict[str, Any]], first_day: date
) -> list[dict[str, Any]]:
    """Past registrations made everywhere: window, machine, phone, online; without numbers."""
    random = Random(f"{seed}/history")
    return [
        visit(random, patient["patient_id"], random.choice(doctors), first_day, random.randint(2, 400))
        for patient in patients
        for _ in range(random.choice((0, 0, 1, 1, 2, 3)))
    ]


def visit(random: Random, patient_id: str, doctor: dict[str, Any], first_day: date, days_ago: int) -> dict[str, Any]:
    """One past registration of a patient, without its number."""
    day = first_day - timedelta(days=days_ago)
    source = random.choice(("window", "window", "machine", "machine", "phone", "online", "online", "other"))
    state = random.choices(("done", "cancelled", "no_show", "stopped", "refunded"), (80, 8, 5, 3, 4))[0]
    ordinary = random.random() < 0.4  # noqa: PLR2004
    return {
        "patient_id": patient_id,
        "date": day.isoformat(),
        "source": source,
        "start": f"{random.choice((8, 9, 10, 11, 14, 15, 16)):02d}:{random.choice(('00', '30'))}",
        "department_code": doctor["department_code"],
        "doctor_code": None if ordinary else doctor["code"],
        "campus_code": doctor["campus_codes"][0],
        "state": state,
        "channel": random.choice(("wechat_oa", "alipay_life")) if source == "online" else None,
        "fee_fen": 1000 if ordinary else {"chief": 3000, "associate_chief": 2000}.get(doctor["title"], 1000),
    }


def number_them(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort by time and give each row its registration number: ``R``, the day, and a count within the day."""
    rows.sort(key=lambda row: (row["date"], row["start"]))
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["date"]] = count = counts.get(row["date"], 0) + 1
        row["registration_no"] = f"R{row['date'][2:].replace('-', '')}{count:04d}"
    return rows


def _file(random: Random, number: int, first_day: date) -> dict[str, Any]:
    point = random.random()
    kind = next(kind for kind, upto in _KINDS if point <= upto)
    sex = random.choice(("male", "female"))
    age = random.choices((0, 5, 15, 25, 35, 45, 55, 65, 75, 85), (4, 8, 6, 14, 17, 14, 14, 13, 8, 2))[
        0
    ] + random.randint(0, 9)
    if kind == "none_child":
        age = random.randint(0, 1)
    born = first_day - timedelta(days=age * 365 + random.randint(1, 364))
    name = random.choice(_FOREIGN) if kind == "passport" else draw(random, sex).text
    phone = f"1380001{number:04d}" if number < FILES else ""
    guardian = None
    if age < _ADULT and kind in ("none_child", "mainland_id"):
        parent_sex = random.choice(("male", "female"))
        parent_born = born - timedelta(days=random.randint(24, 38) * 365)
        guardian = {
            "name": draw(random, parent_sex).text,
            "document_type": "mainland_id",
            "document_number": papers.mainland(random.choice(papers.AREAS), parent_born, number % 500, parent_sex),
            "phone": phone,
            "relation": "父亲" if parent_sex == "male" else "母亲",
        }
    created = datetime.combine(
        first_day - timedelta(days=random.randint(1, 1500)), time(8 + number % 9, number % 60), HOSPITAL_TIME
    )
    return {
        "patient_id": f"P{1001 + number:07d}",
        "card_no": f"44000{20000000 + number * 37 % 70000000:08d}",
        "name": name,
        "sex": sex,
        "birth_date": born.isoformat(),
        "document_type": kind,
        "document_number": _number(random, kind, born, number, sex),
        "phone": phone,
        "guardian": guardian,
        "created_at": max(created, datetime.combine(born, time(9), HOSPITAL_TIME)).isoformat(),
        "deceased": False,
    }


def _number(random: Random, kind: str, born: date, number: int, sex: str) -> str | None:
    if kind == "none_child":
        return None
    if kind == "mainland_id":
        return papers.mainland(random.choice(papers.AREAS), born, number % 500, sex)
    if kind == "residence_permit":
        return papers.mainland(random.choice(tuple(papers.RESIDENCE_AREAS.values())), born, number % 500, sex)
    return papers.permit(random, kind)
