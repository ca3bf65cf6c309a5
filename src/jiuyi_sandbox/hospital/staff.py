# ruff: noqa: E501 - tables of names and texts
"""Doctors and MDT teams."""

from __future__ import annotations

from random import Random
from typing import Any

from jiuyi_sandbox.hospital.names import Name, draw, spelled
from jiuyi_sandbox.hospital.tree import Department, departments

_KNOWN: dict[str, tuple[tuple[str, str, str, str, str, str, int, int], ...]] = {
    "D0301": (
        ("T00123", "林志远", "male", "chief", "professor", "m1", 0, 1),
        ("T00124", "苏文静", "female", "associate_chief", "", "f1", 2, 4),
        ("T00125", "何国栋", "male", "chief", "", "m2", 3, 5),
        ("T00126", "彭朝阳", "male", "chief", "", "m3", 0, 5),
    ),
    "D0302": (("T00141", "周敏", "female", "associate_chief", "associate_professor", "f2", 0, 2),),
}
"""Doctors who appear in documents and pictures: code, name, sex, title, academic title, portrait, two specialities."""

_FIRST_CODE = 201
_TITLES = (("chief", 0.38), ("associate_chief", 0.86), ("attending", 0.98), ("resident", 1.0))
_ZH = {
    "chief": "主任医师",
    "associate_chief": "副主任医师",
    "attending": "主治医师",
    "resident": "住院医师",
    "professor": "教授",
    "associate_professor": "副教授",
}
_EN = {
    "chief": "Chief physician",
    "associate_chief": "Associate chief physician",
    "attending": "Attending physician",
    "resident": "Resident physician",
    "professor": "professor",
    "associate_professor": "associate professor",
}
_CHARGE = (
    ("担任博士研究生导师", "supervises doctoral students"),
    ("担任硕士研究生导师", "supervises master's students"),
    ("曾在国外大学附属医院访学一年", "spent a year at a university hospital abroad"),
    ("主持省级科研课题两项", "leads two provincial research projects"),
    ("参与本专业诊疗规范的编写", "took part in writing the practice standard of the speciality"),
    ("负责专病门诊的随访工作", "runs the follow-up of the disease clinic"),
    ("多次参加基层医院带教", "teaches regularly in community hospitals"),
)


def doctors(seed: int) -> list[dict[str, Any]]:
    """Every doctor as the catalogue shows them, plus ``free`` (no fee). Names are unique."""
    random = Random(f"{seed}/doctors")
    taken = {person[1] for group in _KNOWN.values() for person in group}
    found: list[dict[str, Any]] = []
    number = _FIRST_CODE
    for department in departments():
        known = _KNOWN.get(department.code, ())
        for index in range(department.doctors):
            if index < len(known):
                code, text, sex, title, academic, portrait, *picks = known[index]
                name = spelled(text)
            else:
                code, number = f"T{number:05d}", number + 1
                sex = "female" if random.random() < _women(department.code) else "male"
                name = _unused(random, sex, taken)
                title = _title(random, index)
                academic = _academic(random, title)
                picks = _picks(random, index, len(department.specialities))
                portrait = ("f" if sex == "female" else "m") + str(random.randint(1, 4))
            found.append(
                _doctor(
                    random,
                    department,
                    index,
                    picks,
                    {
                        "code": code,
                        "sex": sex,
                        "title": title,
                        "academic_title": academic,
                        "portrait": portrait,
                    },
                    name,
                )
            )
    return found


def teams(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The MDT teams, each led by chief physicians of its departments."""
    return [_team(people, *row) for row in _TEAMS]


def _women(department: str) -> float:
    return {"D05": 0.85, "D06": 0.65, "D08": 0.6, "D04": 0.12, "D10": 0.6}.get(department[:3], 0.45)


def _unused(random: Random, sex: str, taken: set[str]) -> Name:
    while True:
        name = draw(random, sex)
        if name.text not in taken:
            taken.add(name.text)
            return name


def _title(random: Random, index: int) -> str:
    if index == 0:
        return "chief"
    point = random.random()
    return next(title for title, upto in _TITLES if point <= upto)


def _academic(random: Random, title: str) -> str:
    if title == "chief":
        return "professor" if random.random() < 0.5 else ""  # noqa: PLR2004
    return "associate_professor" if title == "associate_chief" and random.random() < 0.35 else ""  # noqa: PLR2004


def _picks(random: Random, index: int, size: int) -> list[int]:
    """Two different specialities; the first one goes round, so that each is somebody's."""
    return [index % size, (index + 1 + random.randrange(size - 1)) % size]


def _doctor(
    random: Random, department: Department, index: int, picks: list[int], person: dict[str, Any], name: Name
) -> dict[str, Any]:
    chosen = [department.specialities[i] for i in picks]
    years = {
        "chief": random.randint(22, 36),
        "associate_chief": random.randint(14, 22),
        "attending": random.randint(7, 13),
        "resident": random.randint(2, 5),
    }[person["title"]]
    charge = random.choice(_CHARGE[:5] if person["title"] == "chief" else _CHARGE[2:])
    title_zh = _ZH[person["title"]] + (f"、{_ZH[person['academic_title']]}" if person["academic_title"] else "")
    title_en = _EN[person["title"]] + (f", {_EN[person['academic_title']]}" if person["academic_title"] else "")
    first_zh, first_en = chosen[0]
    catalog = department.catalog
    campuses = list(catalog["campus_codes"])
    if len(campuses) > 1 and index % 3:
        campuses = [campuses[index % len(campuses)]]
    return {
        "code": person["code"],
        "name": name.text,
        "name_en": name.english,
        "pinyin": name.pinyin,
        "initials": name.initials,
        "title": person["title"],
        "academic_title": person["academic_title"],
        "sex": person["sex"],
        "department_code": department.code,
        "campus_codes": campuses,
        "speciality": "；".join(zh for zh, _ in chosen) + "。",
        "speciality_en": "; ".join(en for _, en in chosen).capitalize() + ".",
        "intro": f"{title_zh}，从事{catalog['name'].split('（')[0]}临床工作 {years} 年，{charge[0]}。临床侧重{first_zh}。",
        "intro_en": f"{title_en}, {years} years in {catalog['name_en'].split(' (')[0].lower().replace('chinese', 'Chinese')}; {charge[1]}. "
        f"Main interest: {first_en}.",
        "portrait": person["portrait"],
        "active": True,
    }


_DOCUMENTS = (
    ("summary", "病情摘要", "Case summary"),
    ("imaging", "影像报告或胶片照片", "Imaging report or film"),
    ("pathology", "病理报告", "Pathology report"),
    ("lab", "近三个月检验报告", "Laboratory results of the last three months"),
)

_TEAMS: tuple[tuple[str, str, str, str, str, str, tuple[str, ...], int, str, str], ...] = (
    (
        "M01",
        "肺结节",
        "pulmonary nodules",
        "Pulmonary Nodule MDT",
        "C1",
        "imaging",
        ("D0303", "D0402", "D1101"),
        60000,
        "为影像发现肺结节、尚未明确性质的患者给出随访或手术建议。",
        "Advice on follow-up or surgery when imaging has shown a lung nodule.",
    ),
    (
        "M02",
        "乳腺癌",
        "breast cancer",
        "Breast Cancer MDT",
        "C1",
        "pathology",
        ("D0410", "D1101", "D1102", "D0411"),
        60000,
        "为新诊断或复发的乳腺癌患者制定手术、药物与放疗的整体方案。",
        "One plan of surgery, medicine and radiotherapy for new or recurrent breast cancer.",
    ),
    (
        "M03",
        "结直肠癌肝转移",
        "bowel cancer with liver metastases",
        "Colorectal Liver Metastasis MDT",
        "C1",
        "imaging",
        ("D0401", "D0403", "D1101", "D1103"),
        60000,
        "评估转移灶能否切除，确定化疗、手术与消融的先后。",
        "Can the metastases be removed, and in which order come chemotherapy, surgery and ablation.",
    ),
    (
        "M04",
        "鼻咽癌",
        "nasopharyngeal cancer",
        "Nasopharyngeal Cancer MDT",
        "C1",
        "pathology",
        ("D0702", "D1102", "D1101"),
        60000,
        "为初治和复发鼻咽癌患者制定放化疗与手术方案。",
        "Radiotherapy, chemotherapy and surgery for new and recurrent disease.",
    ),
    (
        "M05",
        "疑难高血压",
        "resistant hypertension",
        "Resistant Hypertension MDT",
        "C2",
        "lab",
        ("D0301", "D0302", "D0305"),
        60000,
        "三种以上降压药仍不达标时，查找继发原因并调整方案。",
        "When three medicines are not enough: finding a secondary cause and adjusting treatment.",
    ),
    (
        "M06",
        "糖尿病足",
        "diabetic foot",
        "Diabetic Foot MDT",
        "C1",
        "imaging",
        ("D0302", "D0409", "D0411", "D1301"),
        60000,
        "保肢优先，一次会诊确定血运重建、清创与控糖方案。",
        "Saving the limb first: blood supply, wound care and glucose in one plan.",
    ),
    (
        "M07",
        "复杂先天性心脏病（孕期）",
        "congenital heart disease in pregnancy",
        "Cardio-obstetric MDT",
        "C1",
        "imaging",
        ("D0301", "D0408", "D0502"),
        60000,
        "为患有心脏病的孕妇评估妊娠风险，安排分娩与术后照护。",
        "Risk of pregnancy with heart disease, delivery and care afterwards.",
    ),
    (
        "M08",
        "帕金森病",
        "Parkinson's disease",
        "Parkinson's Disease MDT",
        "C2",
        "lab",
        ("D0306", "D0407", "D1201"),
        60000,
        "评估药物调整、脑深部电刺激与康复训练的时机。",
        "Medicine, deep brain stimulation and rehabilitation: what and when.",
    ),
)


def _team(
    people: list[dict[str, Any]],
    code: str,
    disease: str,
    disease_en: str,
    name_en: str,
    campus: str,
    needed: str,
    department_codes: tuple[str, ...],
    fee: int,
    intro: str,
    intro_en: str,
) -> dict[str, Any]:
    leaders = [
        next(p["code"] for p in people if p["department_code"] == d and p["title"] == "chief") for d in department_codes
    ]
    return {
        "code": code,
        "name": f"{disease}多学科团队",
        "name_en": name_en,
        "disease": disease,
        "disease_en": disease_en,
        "intro": intro,
        "intro_en": intro_en,
        "campus_code": campus,
        "department_codes": list(department_codes),
        "doctor_codes": leaders,
        "fee_fen": fee,
        "documents": [
            {"code": c, "title": zh, "title_en": en, "required": c in ("summary", needed)} for c, zh, en in _DOCUMENTS
        ],
    }
