"""Routes: clinics and half hours. They are published at the hospital's entrance and need no sign-in."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get
from litestar.params import QueryParameter

from jiuyi.domains.booking import service
from jiuyi.domains.booking.service.clinics import Choice
from jiuyi.domains.booking.types import ClinicKind, ClinicList, Clinics, SlotList
from jiuyi.domains.catalog.service import Directory
from jiuyi.kit.db import Db
from jiuyi.kit.http import PUBLIC, WebAddress, language
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.limits import Shield

_ENTRANCE = "the hospital publishes its clinics at the entrance"


@get("/api/clinics", **PUBLIC(_ENTRANCE))
async def list_clinics(
    request: Request[Any, Any, Any],
    db: Db,
    directory: Directory,
    knobs: Knobs,
    shield: Shield,
    web: WebAddress,
    department_id: UUID | None = None,
    doctor_id: UUID | None = None,
    mdt_team_id: UUID | None = None,
    campus_id: UUID | None = None,
    clinic_kind: ClinicKind | None = None,
    day: Annotated[date | None, QueryParameter(name="date")] = None,
) -> Clinics:
    """Clinics of a day (the first with places when none is named), with the strip of days."""
    choice = Choice(department_id, doctor_id, mdt_team_id, campus_id, clinic_kind, day)
    if department_id is None and doctor_id is None and mdt_team_id is None:
        # The whole hospital for two weeks: no page asks for it more than once in a while.
        shield.hit("booking.clinics", web.client_ip(request), times=60, seconds=60)
    async with db.autocommit() as tx:
        return await service.list_clinics(tx, directory, knobs, choice, language(request))


@get("/api/doctors/{doctor_id:uuid}/clinics", **PUBLIC(_ENTRANCE))
async def clinics_of_doctor(
    request: Request[Any, Any, Any], db: Db, directory: Directory, knobs: Knobs, doctor_id: UUID
) -> ClinicList:
    """A doctor's clinics in the whole window."""
    async with db.autocommit() as tx:
        return await service.clinics_of_doctor(tx, directory, knobs, doctor_id, language(request))


@get("/api/clinics/{clinic_id:uuid}/slots", **PUBLIC(_ENTRANCE))
async def list_slots(
    request: Request[Any, Any, Any], db: Db, directory: Directory, knobs: Knobs, clinic_id: UUID
) -> SlotList:
    """A clinic's half hours, with the rules that hold for them."""
    async with db.autocommit() as tx:
        return await service.list_slots(tx, directory, knobs, clinic_id, language(request))


ROUTES = [list_clinics, clinics_of_doctor, list_slots]
