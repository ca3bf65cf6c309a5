"""The whole catalog at one moment, in memory, with the lookups that pages need. Immutable."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from jiuyi.domains.catalog import rules
from jiuyi.domains.catalog.types import Campus, Department, Doctor, MdtTeam


class Tree:
    """Lookups by id find inactive rows too (an old appointment still names its doctor); lists hold active ones only."""

    def __init__(
        self,
        campuses: Iterable[Campus],
        departments: Iterable[Department],
        doctors: Iterable[Doctor],
        mdt_teams: Iterable[MdtTeam],
    ) -> None:
        self.campuses: Mapping[UUID, Campus] = {row.id: row for row in campuses}
        self.departments: Mapping[UUID, Department] = {row.id: row for row in departments}
        self.doctors: Mapping[UUID, Doctor] = {row.id: row for row in doctors}
        self.mdt_teams: Mapping[UUID, MdtTeam] = {row.id: row for row in mdt_teams}
        self._campus_codes = {row.code: row for row in self.campuses.values()}
        self._department_codes = {row.code: row for row in self.departments.values()}
        self._doctor_codes = {row.code: row for row in self.doctors.values()}
        self._team_codes = {row.code: row for row in self.mdt_teams.values()}
        parents = {row.parent_code for row in self.departments.values() if row.active and row.parent_code}
        # What can be chosen: second-level departments, and first-level ones that have nothing below.
        self.bookable: tuple[Department, ...] = tuple(
            row for row in self.departments.values() if row.active and (row.parent_code or row.code not in parents)
        )
        self.active_doctors: tuple[Doctor, ...] = tuple(
            sorted(
                (row for row in self.doctors.values() if row.active and row.department_code in self._department_codes),
                key=lambda row: (rules.seniority(row.title), row.pinyin, row.code),
            )
        )
        self.department_words = {row.id: rules.department_words(row) for row in self.bookable}
        self.doctor_words = {row.id: rules.doctor_words(row) for row in self.active_doctors}

    def campus_by_code(self, code: str) -> Campus | None:
        return self._campus_codes.get(code)

    def department_by_code(self, code: str) -> Department | None:
        return self._department_codes.get(code)

    def doctor_by_code(self, code: str) -> Doctor | None:
        return self._doctor_codes.get(code)

    def mdt_team_by_code(self, code: str) -> MdtTeam | None:
        return self._team_codes.get(code)

    def doctors_by_ids(self, ids: Iterable[UUID]) -> list[Doctor]:
        """The doctors that exist, in the order asked for."""
        return [self.doctors[i] for i in ids if i in self.doctors]

    def campus_ids(self, codes: Iterable[str]) -> list[UUID]:
        """The ids of active campuses."""
        found = (self._campus_codes.get(code) for code in codes)
        return [row.id for row in found if row is not None and row.active]


EMPTY = Tree((), (), (), ())
