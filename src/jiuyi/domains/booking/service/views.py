"""Rows and the catalog's snapshot joined to what pages show."""

from uuid import UUID

from jiuyi.domains.booking import settings
from jiuyi.domains.booking.rules import display
from jiuyi.domains.booking.rules.deadlines import CancelRules
from jiuyi.domains.booking.types import (
    CampusBrief,
    ClinicKind,
    ClinicRow,
    ClinicState,
    ClinicView,
    DepartmentBrief,
    SlotRow,
    SlotState,
    SlotView,
)
from jiuyi.domains.catalog import service as catalog
from jiuyi.domains.catalog.service import Directory
from jiuyi.kit.clock import local
from jiuyi.kit.knobs import Knobs

NOWHERE = UUID(int=0)


class Presenter:
    """Makes views of clinics and slots in one language, from one snapshot of the catalog and the settings."""

    def __init__(self, directory: Directory, knobs: Knobs, language: str = "zh") -> None:
        self._directory = directory
        self._tree = directory.tree
        self._knobs = knobs
        self.language = language

    def lead(self) -> int:
        """Minutes before a slot when booking closes."""
        return self._knobs.get(settings.SAME_DAY_LEAD_MINUTES)

    def window(self, kind: ClinicKind) -> int:
        """Days ahead that this kind may be booked."""
        get = self._knobs.get
        return display.window_days(
            kind, get(settings.WINDOW_DAYS), get(settings.WINDOW_DAYS_SPECIAL), get(settings.WINDOW_DAYS_MDT)
        )

    def state(self, row: ClinicRow) -> ClinicState:
        """What a clinic reads as today."""
        ahead = (row.date - self._directory.clock.today()).days
        if ahead == 0 and not self._knobs.get(settings.SAME_DAY):
            return ClinicState.ENDED
        return display.clinic_state(row, in_window=ahead <= self.window(row.clinic_kind))

    def clinic(self, row: ClinicRow) -> ClinicView:
        """A clinic as pages show it."""
        state = self.state(row)
        doctor = self._tree.doctor_by_code(row.doctor_code) if row.doctor_code else None
        team = self._tree.mdt_team_by_code(row.mdt_team_code) if row.mdt_team_code else None
        open_now = state in {ClinicState.AVAILABLE, ClinicState.FULL}
        later = state is ClinicState.RELEASED_LATER and row.releases_at is not None
        reason = row.stop_reason_en if self.language == "en" and row.stop_reason_en else row.stop_reason
        return ClinicView(
            id=row.id,
            date=row.date,
            session=row.session,
            clinic_kind=row.clinic_kind,
            doctor=catalog.doctor_view(self._directory, doctor) if doctor else None,
            department=self.department(row.department_code),
            campus=self.campus(row.campus_code),
            place=row.place,
            place_en=row.place_en or row.place,
            room=row.room,
            fee_fen=row.fee_fen,
            remaining=row.remaining if open_now else 0,
            earliest=display.hour_minute(row.earliest) if row.earliest and open_now else None,
            state=state,
            stop_reason=(reason or None) if state is ClinicState.STOPPED else None,
            releases_at=local(row.releases_at) if later and row.releases_at else None,
            note=row.note_en if self.language == "en" and row.note_en else row.note,
            mdt_team_id=team.id if team else None,
        )

    def slot(self, row: SlotRow, clinic: ClinicState) -> SlotView:
        """A half hour as pages show it."""
        state = display.slot_state(row, clinic, self._knobs.get(settings.FEW_LEFT))
        free = state in {SlotState.AVAILABLE, SlotState.FEW} and clinic is not ClinicState.RELEASED_LATER
        return SlotView(
            id=row.id,
            start=display.hour_minute(row.starts_at),
            end=display.hour_minute(row.ends_at),
            starts_at=local(row.starts_at),
            remaining=row.remaining if free else 0,
            state=state,
            releases_at=local(row.reserved_until) if state is SlotState.RESERVED and row.reserved_until else None,
        )

    def department(self, code: str) -> DepartmentBrief:
        """A department's name; its code when the catalog does not know it (yet)."""
        found = self._tree.department_by_code(code)
        return DepartmentBrief(found.id, found.name, found.name_en) if found else DepartmentBrief(NOWHERE, code, code)

    def campus(self, code: str) -> CampusBrief:
        """A campus's name; its code when the catalog does not know it (yet)."""
        found = self._tree.campus_by_code(code)
        return CampusBrief(found.id, found.name, found.name_en) if found else CampusBrief(NOWHERE, code, code)

    def cancel_rules(self) -> CancelRules:
        """The hospital's numbers about cancelling."""
        get = self._knobs.get
        return CancelRules(
            lead_minutes=get(settings.CANCEL_LEAD_MINUTES),
            expert_hour=get(settings.CANCEL_HOUR_EXPERT),
            late_expert=get(settings.CANCEL_LATE_EXPERT),
        )
