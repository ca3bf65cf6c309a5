"""Who is insured, where, and entitled to what. The table is part of `docs/sandbox-insurance.md`; a test compares.

Persons are those of the hospital's sample files; account balances are in fen. Place codes are those of GB/T 2260 where
there is one. Codes that no published table settles (city-direct, province-direct) are this sandbox's own.
"""

from __future__ import annotations

from dataclasses import dataclass

EMPLOYEE, RESIDENT = "310", "390"
NORMAL, PAUSED, ENDED = "1", "2", "4"
UNCHOSEN = "unchosen"
"""As a person's policy: they have not chosen this hospital as their outpatient clinic."""

PLACES: dict[str, tuple[str, str]] = {
    "440100": ("广州市本级", "Guangzhou"),
    "440105": ("广州市海珠区", "Haizhu, Guangzhou"),
    "440106": ("广州市天河区", "Tianhe, Guangzhou"),
    "440115": ("广州市南沙区", "Nansha, Guangzhou"),
    "440199": ("广州市直", "Guangzhou, city-direct"),
    "449900": ("广东省直", "Guangdong, province-direct"),
    "440300": ("深圳市", "Shenzhen"),
    "430100": ("湖南省长沙市", "Changsha, Hunan"),
    "990100": ("未登记统筹区", "A place nobody registered"),
}
"""Insured-place code → name."""


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A chronic (`chronic`, 门慢) or special (`special`, 门特) disease a person was recognised for."""

    kind: str
    code: str
    name: str
    name_en: str


HYPERTENSION = Entitlement("chronic", "M03900", "高血压", "Hypertension")
DIABETES = Entitlement("chronic", "M01600", "糖尿病", "Diabetes")
CANCER = Entitlement("special", "M00500", "恶性肿瘤门诊治疗", "Outpatient cancer treatment")
DISEASES = (HYPERTENSION, DIABETES, CANCER)


@dataclass(frozen=True, slots=True)
class Insured:
    """One insured person. `policy` names the row of `policies.POLICIES` that settles ordinary visits."""

    psn_no: str
    patient_id: str
    insutype: str
    psn_type: str
    place: str
    state: str
    account_fen: int
    policy: str
    entitlements: tuple[Entitlement, ...] = ()
    paused_on: str | None = None
    employer: str = ""


INSURED: tuple[Insured, ...] = (
    Insured("44010000000000000011", "P0000001", EMPLOYEE, "1101", "440106", NORMAL, 128640, "gz_employee",
            employer="岭南机电有限公司"),
    Insured("44010000000000000029", "P0000002", EMPLOYEE, "1201", "440105", NORMAL, 56780, "gz_employee",
            (HYPERTENSION, DIABETES)),
    Insured("44010000000000000037", "P0000003", RESIDENT, "1501", "440105", NORMAL, 0, "gz_resident"),
    Insured("44990000000000000051", "P0000005", EMPLOYEE, "1201", "449900", NORMAL, 230015, "province_direct"),
    Insured("44019900000000000060", "P0000006", EMPLOYEE, "1201", "440199", NORMAL, 88000, "city_direct"),
    Insured("44030000000000000094", "P0000009", EMPLOYEE, "1101", "440300", NORMAL, 45030, "in_province",
            employer="深圳湾设计有限公司"),
    Insured("99010000000000000108", "P0000010", EMPLOYEE, "1101", "990100", NORMAL, 12000, "gz_employee"),
    Insured("43010000000000000117", "P0000011", EMPLOYEE, "1101", "430100", NORMAL, 67000, "out_of_province",
            employer="湘江软件有限公司"),
    Insured("44010000000000000125", "P0000012", EMPLOYEE, "1101", "440115", NORMAL, 310000, "gz_employee",
            (CANCER, HYPERTENSION)),
    Insured("44010000000000000133", "P0000013", EMPLOYEE, "1101", "440100", PAUSED, 2500, "gz_employee",
            paused_on="2026-10-01"),
    Insured("44019900000000000158", "P0000014", EMPLOYEE, "1101", "440199", NORMAL, 152060, "city_direct",
            employer="岭南市政工程管理处"),
    Insured("44010000000000000166", "P0000015", RESIDENT, "1501", "440106", NORMAL, 0, "gz_resident"),
    Insured("44010000000000000141", "newcomer", EMPLOYEE, "1101", "440106", NORMAL, 990, "gz_employee",
            employer="珠江文化传媒有限公司"),
)  # fmt: skip
"""`newcomer` is the person on p6, who has no file yet. Everybody else on file is not insured anywhere."""
