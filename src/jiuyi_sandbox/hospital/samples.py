"""Files of the sample people and their families, and the files that make the hospital misbehave on purpose.

Both tables are part of the documentation (``docs/sandbox.md``); a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from jiuyi_sandbox.hospital import papers
from jiuyi_sandbox.hospital.people_on_file import visit
from jiuyi_sandbox.hospital.trouble import MAGIC, MAGIC_FIRST_PHONE

_OPENED = "2024-03-08T09:20:00+08:00"


@dataclass(frozen=True)
class Sample:
    """A file that the person on phone ``phone_key`` would bind."""

    phone_key: str
    patient_id: str
    relation: str
    name: str
    sex: str
    born: str
    document_type: str
    document_number: str | None
    phone: str
    card_no: str
    child_of: str | None = None


def _id(born: str, serial: int, sex: str, area: str = "440100") -> str:
    return papers.mainland(area, date.fromisoformat(born), serial, sex)


SAMPLES: tuple[Sample, ...] = (
    Sample(
        "p1",
        "P0000001",
        "self",
        "陈美华",
        "female",
        "1988-03-12",
        "mainland_id",
        _id("1988-03-12", 21, "female"),
        "13800002046",
        "4400012340015",
    ),
    Sample(
        "p1",
        "P0000002",
        "parent",
        "陈志华",
        "male",
        "1959-05-15",
        "mainland_id",
        _id("1959-05-15", 61, "male"),
        "13800002046",
        "4400012348067",
    ),
    Sample(
        "p1",
        "P0000003",
        "child",
        "林一诺",
        "female",
        "2020-05-17",
        "mainland_id",
        _id("2020-05-17", 32, "female"),
        "13800002046",
        "4400012340031",
    ),
    Sample(
        "p1",
        "P0000004",
        "child",
        "林子谦",
        "male",
        "2026-03-02",
        "none_child",
        None,
        "13800002046",
        "4400012340049",
        "P0000001",
    ),
    Sample(
        "p2",
        "P0000005",
        "self",
        "陈国栋",
        "male",
        "1952-08-19",
        "mainland_id",
        _id("1952-08-19", 15, "male"),
        "13800003074",
        "4400012340056",
    ),
    Sample(
        "p2",
        "P0000006",
        "spouse",
        "李秀珍",
        "female",
        "1955-01-30",
        "mainland_id",
        _id("1955-01-30", 46, "female"),
        "13800003074",
        "4400012340064",
    ),
    Sample(
        "p3",
        "P0000007",
        "self",
        "Daniel Okafor",
        "male",
        "1985-11-02",
        "passport",
        "B50123457",
        "13800004118",
        "4400012340072",
    ),
    Sample(
        "p3",
        "P0000008",
        "child",
        "Amara Okafor",
        "female",
        "2017-04-23",
        "passport",
        "B50123465",
        "13800004118",
        "4400012340080",
    ),
    Sample(
        "p4",
        "P0000009",
        "self",
        "黄子晴",
        "female",
        "1994-12-09",
        "residence_permit",
        _id("1994-12-09", 8, "female", "810000"),
        "13800005226",
        "4400012340098",
    ),
    Sample(
        "p4",
        "P0000010",
        "parent",
        "黄美玲",
        "female",
        "1966-07-21",
        "hk_macao_permit",
        "H04412367",
        "13800005226",
        "4400012340106",
    ),
    Sample(
        "p4",
        "P0000011",
        "spouse",
        "何家俊",
        "male",
        "1993-02-14",
        "residence_permit",
        _id("1993-02-14", 19, "male", "820000"),
        "13800005226",
        "4400012340114",
    ),
    Sample(
        "p5",
        "P0000012",
        "self",
        "林家豪",
        "male",
        "1971-10-25",
        "taiwan_permit",
        "08812345",
        "13800006335",
        "4400012340122",
    ),
    Sample(
        "p5",
        "P0000013",
        "spouse",
        "苏婉君",
        "female",
        "1974-04-03",
        "residence_permit",
        _id("1974-04-03", 27, "female", "830000"),
        "13800006335",
        "4400012340130",
    ),
    Sample(
        "p7",
        "P0000014",
        "self",
        "何伟明",
        "male",
        "1980-06-18",
        "mainland_id",
        _id("1980-06-18", 35, "male"),
        "13800009551",
        "4400012340148",
    ),
    Sample(
        "p8",
        "P0000015",
        "self",
        "罗秋萍",
        "female",
        "1974-09-27",
        "mainland_id",
        _id("1974-09-27", 44, "female"),
        "13800009662",
        "4400012340155",
    ),
)

NEWCOMER = {
    "phone_key": "p6",
    "name": "周晓雯",
    "sex": "female",
    "birth_date": "1999-09-09",
    "document_type": "mainland_id",
    "document_number": _id("1999-09-09", 13, "female"),
    "phone": "13800007448",
}
"""The person on p6 has no file: these are the particulars to create one with."""


def sample_files() -> list[dict[str, Any]]:
    """The sample and the magic files in the contract's shape."""
    by_id = {s.patient_id: s for s in SAMPLES}
    found = [_patient(s, by_id) for s in SAMPLES]
    for number, magic in enumerate(MAGIC):
        born = date(1980, 1, 1 + number)
        sex = "female" if number % 2 else "male"
        found.append(
            {
                "patient_id": f"P{900 + number:07d}",
                "card_no": f"44000900000{number:02d}",
                "name": magic.name,
                "sex": sex,
                "birth_date": born.isoformat(),
                "document_type": "mainland_id",
                "document_number": papers.mainland("440100", born, 400 + number, sex),
                "phone": str(MAGIC_FIRST_PHONE + number),
                "guardian": None,
                "created_at": _OPENED,
                "deceased": magic.name == "测试逝者",
            }
        )
    return found


def sample_history(doctors: list[dict[str, Any]], first_day: date) -> list[dict[str, Any]]:
    """What the sample people did in the last year, so that their records are worth opening."""
    by_code = {d["code"]: d for d in doctors}
    plan = (
        ("P0000002", "T00123", 7, "done"),
        ("P0000002", "T00124", 68, "done"),
        ("P0000002", "T00141", 3, "done"),
        ("P0000001", "T00141", 40, "done"),
        ("P0000001", "T00123", 152, "cancelled"),
        ("P0000003", "", 11, "done"),
        ("P0000003", "", 95, "done"),
        ("P0000005", "T00125", 30, "done"),
        ("P0000005", "T00123", 61, "done"),
        ("P0000005", "T00124", 92, "no_show"),
        ("P0000007", "T00141", 25, "done"),
        ("P0000009", "T00124", 18, "refunded"),
        ("P0000012", "T00126", 9, "done"),
        ("P0000012", "T00126", 2, "done"),
        ("P0000006", "T00124", 75, "stopped"),
    )
    random = Random("samples")
    child = next(d for d in doctors if d["department_code"] == "D0601")
    rows = []
    for patient_id, doctor, days_ago, state in plan:
        row = visit(random, patient_id, by_code.get(doctor, child), first_day, days_ago)
        title = by_code[doctor]["title"] if doctor else ""
        fee = {"chief": 3000, "associate_chief": 2000}.get(title, 1000)
        rows.append(row | {"state": state, "doctor_code": doctor or None, "fee_fen": fee})
    return rows


def _patient(sample: Sample, by_id: dict[str, Sample]) -> dict[str, Any]:
    guardian = None
    if sample.child_of:
        parent = by_id[sample.child_of]
        guardian = {
            "name": parent.name,
            "document_type": parent.document_type,
            "document_number": parent.document_number,
            "phone": parent.phone,
            "relation": "母亲",
        }
    return {
        "patient_id": sample.patient_id,
        "card_no": sample.card_no,
        "name": sample.name,
        "sex": sample.sex,
        "birth_date": sample.born,
        "document_type": sample.document_type,
        "document_number": sample.document_number,
        "phone": sample.phone,
        "guardian": guardian,
        "deceased": False,
        "created_at": max(_OPENED, f"{sample.born}T09:00:00+08:00"),
    }
