"""Campuses and the department tree, read from ``data/departments.txt``."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from pypinyin import Style, lazy_pinyin

CAMPUSES: tuple[dict[str, Any], ...] = (
    {
        "code": "C1",
        "name": "本部",
        "name_en": "Main Campus",
        "address": "广州市越秀区岭大路 100 号",
        "address_en": "100 Lingda Road, Yuexiu District, Guangzhou",
        "phone": "020-8888 0000",
        "latitude": 23.1291,
        "longitude": 113.2644,
    },
    {
        "code": "C2",
        "name": "东院区",
        "name_en": "East Campus",
        "address": "广州市黄埔区科学城东晖路 8 号",
        "address_en": "8 Donghui Road, Science City, Huangpu District, Guangzhou",
        "phone": "020-8888 2000",
        "latitude": 23.1706,
        "longitude": 113.4606,
    },
    {
        "code": "C3",
        "name": "南沙院区",
        "name_en": "Nansha Campus",
        "address": "广州市南沙区明珠湾大道 66 号",
        "address_en": "66 Pearl Bay Avenue, Nansha District, Guangzhou",
        "phone": "020-8888 3000",
        "latitude": 22.7944,
        "longitude": 113.5461,
    },
)
CAMPUS = {campus["code"]: campus for campus in CAMPUSES}
_HEADING, _DEPARTMENT = 3, 12


@dataclass(frozen=True)
class Department:
    """A department of either level with everything the catalogue says, and what the generator needs besides."""

    catalog: dict[str, Any]
    doctors: int = 0
    free: bool = False
    specialities: list[tuple[str, str]] = field(default_factory=list)

    @property
    def code(self) -> str:
        return str(self.catalog["code"])

    @property
    def bookable(self) -> bool:
        """Second level, open or only greyed for now: it has clinics."""
        return self.catalog["parent_code"] is not None and self.catalog["state"] != "walk_in_only"


@functools.cache
def departments() -> tuple[Department, ...]:
    """All departments, first level before its second level, in the hospital's order."""
    text = resources.files("jiuyi_sandbox.hospital").joinpath("data/departments.txt").read_text("utf-8")
    found: list[Department] = []
    parent = ""
    for line in text.splitlines():
        parts = [p.strip() for p in line.lstrip("=+ ").split("|")]
        if line.startswith("=="):
            if len(parts) != _HEADING:
                raise ValueError(f"departments.txt: {line}")
            parent = parts[0]
            found.append(Department(_first_level(*parts)))
        elif line.startswith("+"):
            found[-1].specialities.append((parts[0], parts[1]))
        elif line.startswith("D"):
            if len(parts) != _DEPARTMENT:
                raise ValueError(f"departments.txt: {line}")
            found.append(_second_level(parent, parts))
    return tuple(found)


def place(department: dict[str, Any], campus: str) -> tuple[str, str]:
    """Where a department sees patients on a campus, in Chinese and English."""
    if campus == department["campus_codes"][0]:
        return department["place"], department["place_en"]
    where, short = CAMPUS[campus], str(department["name"]).split("（")[0]
    floor = int(str(department["code"])[-1]) % 5 + 1
    return (
        f"{where['name']}门诊楼 {floor} 楼 {short}诊区",
        f"{where['name_en']} Outpatient Building, {floor}/F, {str(department['name_en']).split(' (')[0]}",
    )


def _spell(name: str) -> dict[str, str]:
    plain = "".join(c for c in name if "一" <= c <= "鿿")
    return {
        "pinyin": "".join(lazy_pinyin(plain)),
        "initials": "".join(lazy_pinyin(plain, style=Style.FIRST_LETTER)),
    }


def _first_level(code: str, name: str, name_en: str) -> dict[str, Any]:
    return {
        "code": code,
        "parent_code": None,
        "name": name,
        "name_en": name_en,
        **_spell(name),
        "campus_codes": ["C1", "C2", "C3"],
        "state": "open",
        "state_reason": "",
        "state_reason_en": "",
        "place": "",
        "place_en": "",
        "intro": "",
        "intro_en": "",
        "hint": "",
        "hint_en": "",
        "sex": "any",
        "age_min_years": None,
        "age_max_years": None,
        "sort": int(code[1:]) * 100,
    }


def _second_level(parent: str, parts: list[str]) -> Department:
    code, name, name_en, campuses, where, where_en, hint, hint_en, intro, intro_en, doctors, marks = parts
    state = marks if marks in ("closed", "walk_in_only") else "open"
    reason = {
        "closed": (
            "诊区搬迁，暂停门诊，恢复前请先到全科医学科就诊",
            "Closed while the clinic moves. Until it reopens please see General Practice.",
        ),
        "walk_in_only": (
            "24 小时开放，请直接到院，不用预约",
            "Open 24 hours. Please come directly; no booking.",
        ),
        "open": ("", ""),
    }[state]
    catalog = {
        "code": code,
        "parent_code": parent,
        "name": name,
        "name_en": name_en,
        **_spell(name),
        "campus_codes": campuses.split(),
        "state": state,
        "state_reason": reason[0],
        "state_reason_en": reason[1],
        "place": where,
        "place_en": where_en,
        "intro": intro,
        "intro_en": intro_en,
        "hint": hint,
        "hint_en": hint_en,
        "sex": "female" if "sex=female" in marks else "any",
        "age_min_years": 60 if "age>=60" in marks else None,
        "age_max_years": 14 if "age<14" in marks else None,
        "sort": int(code[1:]),
    }
    return Department(catalog, int(doctors), "free" in marks)
