from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec


class DepartmentState(StrEnum):
    """`closed` is shown greyed with its reason; `walk_in_only` cannot be booked (emergency, fever clinic)."""

    OPEN = "open"
    CLOSED = "closed"
    WALK_IN_ONLY = "walk_in_only"


class NextState(StrEnum):
    """What a patient reads beside a department: when there is a place next, or why there is none."""

    TODAY = "today"
    DATE = "date"
    WAITLIST = "waitlist"
    NONE = "none"
    WALK_IN = "walk_in"
    CLOSED = "closed"


class ClinicKind(StrEnum):
    ORDINARY = "ordinary"
    EXPERT = "expert"
    SPECIAL = "special"
    MDT = "mdt"


class Title(StrEnum):
    CHIEF = "chief"
    ASSOCIATE_CHIEF = "associate_chief"
    ATTENDING = "attending"
    RESIDENT = "resident"


class AcademicTitle(StrEnum):
    NONE = ""
    PROFESSOR = "professor"
    ASSOCIATE_PROFESSOR = "associate_professor"


class SubjectKind(StrEnum):
    """What an availability row is about."""

    DEPARTMENT = "department"
    DOCTOR = "doctor"
    MDT_TEAM = "mdt_team"


# ---- What the HIS lists (contracts/his.md §2.1) -------------------------------------------------


class ListedCampus(msgspec.Struct, frozen=True):
    code: str
    name: str
    name_en: str
    address: str
    address_en: str
    phone: str
    latitude: float | None = None
    longitude: float | None = None


class ListedDepartment(msgspec.Struct, frozen=True):
    code: str
    parent_code: str | None
    name: str
    name_en: str
    pinyin: str
    initials: str
    campus_codes: list[str]
    state: DepartmentState
    state_reason: str
    state_reason_en: str
    place: str
    place_en: str
    intro: str
    intro_en: str
    hint: str
    hint_en: str
    sex: str
    age_min_years: int | None
    age_max_years: int | None
    sort: int


class ListedDoctor(msgspec.Struct, frozen=True):
    code: str
    name: str
    name_en: str
    pinyin: str
    initials: str
    title: Title
    academic_title: AcademicTitle
    sex: str
    department_code: str
    campus_codes: list[str]
    speciality: str
    speciality_en: str
    intro: str
    intro_en: str
    portrait: str
    active: bool


class WantedDocument(msgspec.Struct, frozen=True):
    """A document that an MDT team asks for with an application."""

    code: str
    title: str
    title_en: str
    required: bool


class ListedMdtTeam(msgspec.Struct, frozen=True):
    code: str
    name: str
    name_en: str
    disease: str
    disease_en: str
    intro: str
    intro_en: str
    campus_code: str
    department_codes: list[str]
    doctor_codes: list[str]
    fee_fen: int
    documents: list[WantedDocument]


class Listing(msgspec.Struct, frozen=True):
    """The hospital's whole tree at one moment. `version` is the HIS's own word for that moment."""

    version: str
    campuses: list[ListedCampus]
    departments: list[ListedDepartment]
    doctors: list[ListedDoctor]
    mdt_teams: list[ListedMdtTeam]


# ---- The mirror ---------------------------------------------------------------------------------


class Campus(msgspec.Struct, frozen=True):
    id: UUID
    code: str
    name: str
    name_en: str
    address: str
    address_en: str
    phone: str
    latitude: float | None
    longitude: float | None
    active: bool


class Department(msgspec.Struct, frozen=True):
    """`syllables` has one lower-case syllable for each character of `name`. `parent_code` None = first level."""

    id: UUID
    code: str
    parent_code: str | None
    name: str
    name_en: str
    pinyin: str
    syllables: list[str]
    campus_codes: list[str]
    state: DepartmentState
    state_reason: str
    state_reason_en: str
    place: str
    place_en: str
    intro: str
    intro_en: str
    hint: str
    hint_en: str
    sex: str
    age_min_years: int | None
    age_max_years: int | None
    sort: int
    active: bool


class Doctor(msgspec.Struct, frozen=True):
    id: UUID
    code: str
    name: str
    name_en: str
    pinyin: str
    syllables: list[str]
    title: Title
    academic_title: AcademicTitle
    sex: str
    department_code: str
    campus_codes: list[str]
    speciality: str
    speciality_en: str
    intro: str
    intro_en: str
    portrait: str
    active: bool


class MdtTeam(msgspec.Struct, frozen=True):
    id: UUID
    code: str
    name: str
    name_en: str
    disease: str
    disease_en: str
    intro: str
    intro_en: str
    campus_code: str
    department_codes: list[str]
    doctor_codes: list[str]
    fee_fen: int
    documents: list[WantedDocument]
    active: bool


class Availability(msgspec.Struct, frozen=True):
    """When a department, doctor or team can be booked next, as booking knows it.

    `next_date`: first date with a place. `waitlist`: all places are taken, but one may wait. `clinic_kinds`: the kinds
    it holds within the booking window. `fee_from_fen`: the cheapest of those clinics.
    """

    kind: SubjectKind
    subject: UUID
    next_date: date | None
    waitlist: bool
    clinic_kinds: list[ClinicKind]
    fee_from_fen: int | None


# ---- Outward views ------------------------------------------------------------------------------


class CampusView(msgspec.Struct, frozen=True):
    id: UUID
    code: str
    name: str
    name_en: str
    address: str
    address_en: str
    phone: str
    latitude: float | None
    longitude: float | None


class DepartmentView(msgspec.Struct, frozen=True):
    id: UUID
    code: str
    name: str
    name_en: str
    parent_id: UUID | None
    campus_ids: list[UUID]
    state: DepartmentState
    state_reason: str
    state_reason_en: str
    clinic_kinds: list[ClinicKind]
    next_date: date | None
    next_state: NextState
    floor: str
    floor_en: str
    intro: str
    intro_en: str
    pinyin: str
    hint: str
    hint_en: str
    sex: str
    age_min_years: int | None
    age_max_years: int | None


class DepartmentGroup(msgspec.Struct, frozen=True):
    """A first-level department with the departments below it."""

    id: UUID
    name: str
    name_en: str
    departments: list[DepartmentView]


class DepartmentGroups(msgspec.Struct, frozen=True):
    groups: list[DepartmentGroup]


class DoctorView(msgspec.Struct, frozen=True):
    id: UUID
    code: str
    name: str
    name_en: str
    title: str
    title_en: str
    department_id: UUID
    department_name: str
    department_name_en: str
    speciality: str
    speciality_en: str
    intro: str
    intro_en: str
    portrait: str
    clinic_kinds: list[ClinicKind]
    campus_ids: list[UUID]
    is_favourite: bool
    next_date: date | None
    next_state: NextState
    fee_from_fen: int | None
    active: bool


class Found(msgspec.Struct, frozen=True):
    """What a search found, best first."""

    departments: list[DepartmentView]
    doctors: list[DoctorView]
