"""Looking for a place: days, clinics, half hours."""

from datetime import date, timedelta
from uuid import UUID

import msgspec

from jiuyi.domains.booking import settings
from jiuyi.domains.booking.errors import SlotUnknown
from jiuyi.domains.booking.repository import clinics as repository
from jiuyi.domains.booking.repository.clinics import Wanted
from jiuyi.domains.booking.rules import display, texts
from jiuyi.domains.booking.service.views import Presenter
from jiuyi.domains.booking.types import (
    ClinicDate,
    ClinicKind,
    ClinicList,
    ClinicRow,
    Clinics,
    ClinicState,
    DateState,
    Release,
    SlotList,
)
from jiuyi.domains.catalog.service import Directory
from jiuyi.kit.clock import local
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import NotFound


class Choice(msgspec.Struct, frozen=True):
    """What a patient looks for; ids of the catalog, None = any."""

    department_id: UUID | None = None
    doctor_id: UUID | None = None
    mdt_team_id: UUID | None = None
    campus_id: UUID | None = None
    clinic_kind: ClinicKind | None = None
    day: date | None = None


async def list_clinics(tx: Tx, directory: Directory, knobs: Knobs, choice: Choice, language: str) -> Clinics:
    """A day's clinics with the strip of days. Without a day: the first one with places. Raises `NotFound`."""
    show = Presenter(directory, knobs, language)
    narrow = choice.department_id or choice.doctor_id or choice.mdt_team_id or choice.clinic_kind
    rows = await _rows(tx, directory, show, choice, day=None if narrow else choice.day)
    days = _strip(show, rows, directory.clock.today(), _window(show, choice))
    day = choice.day or next((d.date for d in days if d.state is DateState.AVAILABLE), None) or days[0].date
    release = display.next_release(rows)
    return Clinics(
        dates=days,
        release_note=Release(local(release)) if release else None,
        items=[show.clinic(row) for row in rows if row.date == day],
    )


async def clinics_of_doctor(tx: Tx, directory: Directory, knobs: Knobs, doctor_id: UUID, language: str) -> ClinicList:
    """A doctor's clinics in the whole window. Raises `NotFound`."""
    show = Presenter(directory, knobs, language)
    rows = await _rows(tx, directory, show, Choice(doctor_id=doctor_id), day=None)
    return ClinicList([show.clinic(row) for row in rows])


async def list_slots(tx: Tx, directory: Directory, knobs: Knobs, clinic_id: UUID, language: str) -> SlotList:
    """A clinic's half hours with the rules. Raises `SlotUnknown`."""
    show = Presenter(directory, knobs, language)
    row = (await repository.by_ids(tx, [clinic_id], lead=show.lead())).get(clinic_id)
    if row is None:
        raise SlotUnknown
    slots = await repository.slots(tx, clinic_id, lead=show.lead())
    state = show.state(row)
    return SlotList(
        clinic=show.clinic(row),
        items=[show.slot(slot, state) for slot in slots],
        rules=texts.slot_rules(row.clinic_kind, numbers(knobs), language),
    )


def numbers(knobs: Knobs) -> texts.Numbers:
    """The settings that the rule texts name."""
    return texts.Numbers(
        hold_minutes=knobs.get(settings.HOLD_MINUTES),
        cancel_lead=knobs.get(settings.CANCEL_LEAD_MINUTES),
        cancel_hour=knobs.get(settings.CANCEL_HOUR_EXPERT),
        late_expert=knobs.get(settings.CANCEL_LATE_EXPERT),
        check_in_before=knobs.get(settings.CHECK_IN_BEFORE),
        check_in_after=knobs.get(settings.CHECK_IN_AFTER),
        no_shows=knobs.get(settings.NO_SHOWS_PAUSE),
        no_show_days=knobs.get(settings.NO_SHOWS_PAUSE_DAYS),
        per_department_day=knobs.get(settings.PER_DEPARTMENT_DAY),
        per_day=knobs.get(settings.PER_DAY),
        per_week=knobs.get(settings.PER_WEEK),
    )


async def _rows(tx: Tx, directory: Directory, show: Presenter, choice: Choice, *, day: date | None) -> list[ClinicRow]:
    tree = directory.tree
    codes: dict[str, str | None] = {}
    for name, key, table in (
        ("department", choice.department_id, tree.departments),
        ("doctor", choice.doctor_id, tree.doctors),
        ("team", choice.mdt_team_id, tree.mdt_teams),
        ("campus", choice.campus_id, tree.campuses),
    ):
        found = table.get(key) if key is not None else None
        if key is not None and found is None:
            raise NotFound
        codes[name] = found.code if found is not None else None
    kind = choice.clinic_kind.value if choice.clinic_kind else None
    wanted = Wanted(**codes, kind=kind, day=day)
    return await repository.clinics(tx, wanted, days=_window(show, choice), lead=show.lead())


def _window(show: Presenter, choice: Choice) -> int:
    if choice.mdt_team_id is not None:
        return show.window(ClinicKind.MDT)
    return show.window(choice.clinic_kind or ClinicKind.ORDINARY)


def _strip(show: Presenter, rows: list[ClinicRow], today: date, window: int) -> list[ClinicDate]:
    states: dict[date, list[ClinicState]] = {}
    for row in rows:
        states.setdefault(row.date, []).append(show.state(row))
    days = [today + timedelta(days=i) for i in range(window + 1)]
    return [ClinicDate(day, display.weekday(day), display.date_state(states.get(day, ()))) for day in days]
