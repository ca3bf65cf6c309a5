"""What pages read, made from the snapshot."""

from collections.abc import Collection, Iterator
from uuid import UUID

from jiuyi.domains.catalog import rules
from jiuyi.domains.catalog.service.directory import Directory
from jiuyi.domains.catalog.service.tree import Tree
from jiuyi.domains.catalog.types import (
    CampusView,
    ClinicKind,
    Department,
    DepartmentGroup,
    DepartmentView,
    Doctor,
    DoctorView,
    Found,
)
from jiuyi.kit import pages
from jiuyi.kit.pages import Page
from jiuyi.kit.problems import FieldFault, InvalidRequest

MOST_FOUND = 20
_TOO_SHORT = FieldFault(
    "q", "请至少输入 1 个汉字，或 2 个字母", "Please enter at least one Chinese character or two letters"
)


def campus_views(directory: Directory) -> list[CampusView]:
    """Active campuses, in the hospital's order."""
    return [
        CampusView(
            row.id, row.code, row.name, row.name_en, row.address, row.address_en, row.phone, row.latitude, row.longitude
        )
        for row in directory.tree.campuses.values()
        if row.active
    ]


def department_view(directory: Directory, department: Department) -> DepartmentView:
    tree, available = directory.tree, directory.available.get(department.id)
    parent = tree.department_by_code(department.parent_code) if department.parent_code else None
    state, day = rules.next_state(department.state, available, directory.clock.today())
    return DepartmentView(
        id=department.id,
        code=department.code,
        name=department.name,
        name_en=department.name_en,
        parent_id=parent.id if parent else None,
        campus_ids=tree.campus_ids(department.campus_codes),
        state=department.state,
        state_reason=department.state_reason,
        state_reason_en=department.state_reason_en,
        clinic_kinds=available.clinic_kinds if available else [],
        next_date=day,
        next_state=state,
        floor=department.place,
        floor_en=department.place_en,
        intro=department.intro,
        intro_en=department.intro_en,
        pinyin=department.pinyin,
        hint=department.hint,
        hint_en=department.hint_en,
        sex=department.sex,
        age_min_years=department.age_min_years,
        age_max_years=department.age_max_years,
    )


def department_groups(
    directory: Directory, *, campus_id: UUID | None = None, clinic_kind: ClinicKind | None = None
) -> list[DepartmentGroup]:
    """The two-level tree, in the hospital's order. `clinic_kind` keeps departments that hold such a clinic soon."""
    tree = directory.tree
    below: dict[str, list[DepartmentView]] = {}
    for department in tree.bookable:
        view = department_view(directory, department)
        if campus_id is not None and campus_id not in view.campus_ids:
            continue
        if clinic_kind is not None and clinic_kind not in view.clinic_kinds:
            continue
        below.setdefault(department.parent_code or department.code, []).append(view)
    groups = []
    for department in tree.departments.values():
        views = below.get(department.code)
        if department.active and views:
            groups.append(DepartmentGroup(department.id, department.name, department.name_en, views))
    return groups


def doctor_view(directory: Directory, doctor: Doctor, followed: Collection[UUID] = ()) -> DoctorView | None:
    """The doctor as pages show them; None when even their department is unknown (a listing that broke off)."""
    tree = directory.tree
    department = tree.department_by_code(doctor.department_code)
    if department is None:
        return None
    available = directory.available.get(doctor.id)
    state, day = rules.next_state(department.state, available, directory.clock.today())
    title, title_en = rules.title_text(doctor.title, doctor.academic_title)
    return DoctorView(
        id=doctor.id,
        code=doctor.code,
        name=doctor.name,
        name_en=doctor.name_en,
        title=title,
        title_en=title_en,
        department_id=department.id,
        department_name=department.name,
        department_name_en=department.name_en,
        speciality=doctor.speciality,
        speciality_en=doctor.speciality_en,
        intro=doctor.intro,
        intro_en=doctor.intro_en,
        portrait=doctor.portrait,
        clinic_kinds=available.clinic_kinds if available else [],
        campus_ids=tree.campus_ids(doctor.campus_codes),
        is_favourite=doctor.id in followed,
        next_date=day,
        next_state=state,
        fee_from_fen=available.fee_from_fen if available else None,
        active=doctor.active,
    )


def doctor_page(
    directory: Directory,
    *,
    q: str | None,
    department_id: UUID | None,
    clinic_kind: ClinicKind | None,
    cursor: str | None,
    limit: int,
    followed: Collection[UUID],
) -> Page[DoctorView]:
    """Doctors, best match first, then by title, then by name. Raises `InvalidRequest` for a short `q` or bad cursor."""
    after = _after(cursor)
    rows = [row for row in _ranked(directory.tree, q) if after is None or row[0] > after]
    chosen: list[tuple[tuple[int, int, str, str], DoctorView]] = []
    for key, doctor in rows:
        view = doctor_view(directory, doctor, followed)
        if view is None or (department_id is not None and view.department_id != department_id):
            continue
        if clinic_kind is not None and clinic_kind not in view.clinic_kinds:
            continue
        chosen.append((key, view))
        if len(chosen) > limit:
            break
    more = len(chosen) > limit
    page = chosen[:limit]
    following = pages.encode(*(str(part) for part in page[-1][0])) if more else None
    return Page([view for _, view in page], following)


def _after(cursor: str | None) -> tuple[int, int, str, str] | None:
    if cursor is None:
        return None
    match, seniority, pinyin, code = pages.decode(cursor, 4)
    if not (match.isdecimal() and seniority.isdecimal()):
        raise InvalidRequest([FieldFault("cursor", "页码无效", "The cursor is not valid")])
    return int(match), int(seniority), pinyin, code


def _ranked(tree: Tree, q: str | None) -> list[tuple[tuple[int, int, str, str], Doctor]]:
    if q is None or not q.strip():
        return [(_key(0, doctor), doctor) for doctor in tree.active_doctors]
    query = rules.read_query(q)
    if query is None:
        raise InvalidRequest([_TOO_SHORT])
    found = ((rules.rank(query, tree.doctor_words[doctor.id]), doctor) for doctor in tree.active_doctors)
    return sorted(((_key(rank, doctor), doctor) for rank, doctor in found if rank is not None), key=lambda row: row[0])


def _key(rank: int, doctor: Doctor) -> tuple[int, int, str, str]:
    return rank, rules.seniority(doctor.title), doctor.pinyin, doctor.code


def search(directory: Directory, q: str, followed: Collection[UUID]) -> Found:
    """Departments and doctors, at most 20 of each, best first. Raises `InvalidRequest` when `q` is too short.

    A department's name also finds its doctors, after those who match by themselves.
    """
    query = rules.read_query(q)
    if query is None:
        raise InvalidRequest([_TOO_SHORT])
    tree = directory.tree
    matched = ((rules.rank(query, tree.department_words[row.id]), row) for row in tree.bookable)
    departments = [(rank, row) for rank, row in matched if rank is not None]
    departments.sort(key=lambda found: (found[0], found[1].sort, found[1].code))
    doctors = [doctor for _, doctor in _ranked(tree, q)]
    # Those whose department was named (not merely hinted at), the most senior first.
    named = {row.code for rank, row in departments if rank <= rules.LAST_RANK_BY_NAME}
    seen = {doctor.id for doctor in doctors}
    doctors += [row for row in tree.active_doctors if row.department_code in named and row.id not in seen]
    return Found(
        [department_view(directory, row) for _, row in departments[:MOST_FOUND]],
        list(_views(directory, doctors[:MOST_FOUND], followed)),
    )


def _views(directory: Directory, doctors: list[Doctor], followed: Collection[UUID]) -> Iterator[DoctorView]:
    for doctor in doctors:
        view = doctor_view(directory, doctor, followed)
        if view is not None:
            yield view
