"""A small hospital for the catalog's tests."""

import msgspec

from jiuyi.domains.catalog.types import (
    AcademicTitle,
    DepartmentState,
    ListedCampus,
    ListedDepartment,
    ListedDoctor,
    ListedMdtTeam,
    Listing,
    Title,
    WantedDocument,
)


def campus(code: str, name: str, name_en: str) -> ListedCampus:
    return ListedCampus(code, name, name_en, "中山路 1 号", "1 Zhongshan Road", "020-8888 0000", 23.1, 113.2)


def department(
    code: str, parent: str | None, name: str, reading: str, name_en: str, sort: int, hint: str = ""
) -> ListedDepartment:
    return ListedDepartment(
        code=code,
        parent_code=parent,
        name=name,
        name_en=name_en,
        pinyin=reading,
        initials="",
        campus_codes=["C1", "C2"],
        state=DepartmentState.OPEN,
        state_reason="",
        state_reason_en="",
        place="门诊楼 3 楼",
        place_en="Outpatient Building, 3/F",
        intro="",
        intro_en="",
        hint=hint,
        hint_en="",
        sex="any",
        age_min_years=None,
        age_max_years=None,
        sort=sort,
    )


def doctor(code: str, name: str, reading: str, department_code: str, title: Title = Title.CHIEF) -> ListedDoctor:
    return ListedDoctor(
        code=code,
        name=name,
        name_en=reading.title(),
        pinyin=reading,
        initials="",
        title=title,
        academic_title=AcademicTitle.NONE,
        sex="male",
        department_code=department_code,
        campus_codes=["C1"],
        speciality="高血压",
        speciality_en="hypertension",
        intro="",
        intro_en="",
        portrait="m1",
        active=True,
    )


LISTING = Listing(
    version="2026-11-22T18:00:00+08:00",
    campuses=[campus("C1", "本部", "Main Campus"), campus("C2", "东院区", "East Campus")],
    departments=[
        department("D03", None, "内科", "neike", "Internal Medicine", 3),
        department("D0301", "D03", "心血管内科", "xinxueguanneike", "Cardiology", 301, "胸闷、心慌"),
        department("D0302", "D03", "呼吸内科", "huxineike", "Respiratory Medicine", 302),
        msgspec.structs.replace(
            department("D0303", "D03", "风湿科", "fengshike", "Rheumatology", 303),
            state=DepartmentState.CLOSED,
            state_reason="装修",
        ),
        department("D09", None, "急诊科", "jizhenke", "Emergency", 9),
    ],
    doctors=[
        doctor("T1", "林志远", "linzhiyuan", "D0301"),
        doctor("T2", "陈建华", "chenjianhua", "D0301", Title.ATTENDING),
        doctor("T3", "赵敏", "zhaomin", "D0302"),
        msgspec.structs.replace(doctor("T4", "钱退休", "qiantuixiu", "D0302"), active=False),
    ],
    mdt_teams=[
        ListedMdtTeam(
            code="M1",
            name="肺结节多学科团队",
            name_en="Pulmonary Nodule MDT",
            disease="肺结节",
            disease_en="pulmonary nodules",
            intro="",
            intro_en="",
            campus_code="C1",
            department_codes=["D0302"],
            doctor_codes=["T3"],
            fee_fen=60000,
            documents=[WantedDocument("summary", "病情摘要", "Case summary", required=True)],
        )
    ],
)


class FakeHospital:
    """The port `HospitalCatalog` in memory."""

    def __init__(self, listing: Listing = LISTING) -> None:
        self.listed = listing
        self.asked = 0

    async def listing(self) -> Listing:
        self.asked += 1
        return self.listed
