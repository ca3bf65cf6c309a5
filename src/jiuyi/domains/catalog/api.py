"""Routes: campuses, departments, doctors, search, favourites. What hangs on the hospital's walls needs no sign-in."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, delete, get, put
from litestar.params import Parameter

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.catalog import service
from jiuyi.domains.catalog.errors import DoctorUnknown
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.catalog.types import CampusView, ClinicKind, DepartmentGroups, DoctorView, Found
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import PATIENT, PUBLIC, principal_of
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.pages import Items, Page

_WALL = "departments and doctors are published on the hospital's walls"
Typed = Annotated[str, Parameter(max_length=100)]


async def _followed(request: Request[Any, Any, Any], db: Db) -> frozenset[UUID]:
    """The doctors that the caller follows; none for somebody who is not signed in."""
    principal = principal_of(request)
    if not isinstance(principal, Principal):
        return frozenset()
    async with db.autocommit() as tx:
        return frozenset(await service.favourites(tx, principal.accounts))


@get("/api/campuses", **PUBLIC(_WALL), sync_to_thread=False)
def list_campuses(directory: Directory) -> Items[CampusView]:
    """The hospital's campuses."""
    return Items(service.campus_views(directory))


@get("/api/departments", **PUBLIC(_WALL), sync_to_thread=False)
def list_departments(
    directory: Directory, campus_id: UUID | None = None, clinic_kind: ClinicKind | None = None
) -> DepartmentGroups:
    """Departments in their groups; `next_*` says when there is a place."""
    return DepartmentGroups(service.department_groups(directory, campus_id=campus_id, clinic_kind=clinic_kind))


@get("/api/doctors", **PUBLIC(_WALL))
async def list_doctors(
    db: Db,
    directory: Directory,
    request: Request[Any, Any, Any],
    q: Typed | None = None,
    department_id: UUID | None = None,
    clinic_kind: ClinicKind | None = None,
    cursor: Annotated[str, Parameter(max_length=400)] | None = None,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 20,
) -> Page[DoctorView]:
    """Doctors, by name, department or kind of clinic."""
    return service.doctor_page(
        directory,
        q=q,
        department_id=department_id,
        clinic_kind=clinic_kind,
        cursor=cursor,
        limit=limit,
        followed=await _followed(request, db),
    )


@get("/api/doctors/{doctor_id:uuid}", **PUBLIC(_WALL))
async def read_doctor(db: Db, directory: Directory, request: Request[Any, Any, Any], doctor_id: UUID) -> DoctorView:
    """One doctor; also one who has left, marked `active: false`."""
    doctor = directory.tree.doctors.get(doctor_id)
    view = service.doctor_view(directory, doctor, await _followed(request, db)) if doctor else None
    if view is None:
        raise DoctorUnknown
    return view


@get("/api/search", **PUBLIC(_WALL))
async def find(db: Db, directory: Directory, request: Request[Any, Any, Any], q: Typed) -> Found:
    """Search by Chinese, pinyin or initials, at least one Chinese character or two letters."""
    return service.search(directory, q, await _followed(request, db))


@get("/api/favourites", **PATIENT)
async def list_favourites(tx: Tx, directory: Directory, principal: Principal) -> Items[DoctorView]:
    """The doctors this account follows, newest first; those who have left are marked `active: false`."""
    ids = await service.favourites(tx, principal.accounts)
    views = (service.doctor_view(directory, doctor, ids) for doctor in directory.tree.doctors_by_ids(ids))
    return Items([view for view in views if view is not None])


@put("/api/favourites/{doctor_id:uuid}", **PATIENT, status_code=204)
async def follow(tx: Tx, knobs: Knobs, directory: Directory, principal: Principal, doctor_id: UUID) -> None:
    """Follow a doctor."""
    await service.follow(tx, knobs, directory, principal.account_id, doctor_id)


@delete("/api/favourites/{doctor_id:uuid}", **PATIENT, status_code=204)
async def unfollow(tx: Tx, principal: Principal, doctor_id: UUID) -> None:
    """Stop following."""
    await service.unfollow(tx, principal.accounts, doctor_id)


ROUTES = [
    list_campuses,
    list_departments,
    list_doctors,
    read_doctor,
    find,
    list_favourites,
    follow,
    unfollow,
]
