"""Reading records from the HIS."""

from datetime import date, datetime
from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.home import rules
from jiuyi.domains.home.errors import PeriodTooLong
from jiuyi.domains.home.ports import RegistrationHistory
from jiuyi.domains.home.types import Registration, Registrations, RegistrationView
from jiuyi.domains.patients import service as patients
from jiuyi.kit.db import Db
from jiuyi.kit.outcomes import NotDone

LONGEST_DAYS = 1900


async def registrations(
    db: Db,
    history: RegistrationHistory,
    directory: Directory,
    by: Principal,
    *,
    patient_id: UUID,
    since: date,
    until: date,
    as_of: datetime,
    language: str,
) -> Registrations:
    """A patient's registrations between two dates, from the HIS at this moment.

    When the HIS does not answer the list is empty and `stale`: the page says so instead of showing nothing as a fact.
    Raises `NotFound` for a patient who is not this account's and `PeriodTooLong`.
    """
    if not 0 <= (until - since).days <= LONGEST_DAYS:
        raise PeriodTooLong
    async with db.tx() as tx:
        patient = await patients.access_patient(tx, patient_id, by)
        await patients.note_access(tx, patient, "appointments")
    try:
        rows = await history.registrations(patient.his_patient_id, since, until)
    except NotDone:
        return Registrations([], stale=True, as_of=as_of)
    return Registrations([_view(directory, row, language) for row in rows], stale=False, as_of=as_of)


def _view(directory: Directory, row: Registration, language: str) -> RegistrationView:
    campus = directory.tree.campus_by_code(row.campus_code)
    return RegistrationView(
        registration_no=row.registration_no,
        date=row.date,
        start=row.start,
        department=row.department_name,
        department_en=row.department_name_en or row.department_name,
        doctor=row.doctor_name,
        doctor_en=row.doctor_name_en or row.doctor_name,
        campus=campus.name if campus else "",
        campus_en=campus.name_en if campus else "",
        source=row.source,
        source_title=rules.word(rules.SOURCES, row.source, language),
        state=row.state,
        state_title=rules.word(rules.STATES, row.state, language),
        fee_fen=row.fee_fen,
        appointment_id=None,
    )
