"""What every `HospitalCatalog` must do: the adapter on the sandbox's HIS, and the fake that other tests use."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from jiuyi.adapters.his.catalog import HisCatalog
from jiuyi.domains.catalog import flows, service, settings
from jiuyi.domains.catalog.ports import HospitalCatalog
from jiuyi.domains.catalog.service import Directory
from jiuyi.kit.clock import Clock
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import Unanswered, Unreachable
from tests.domains.catalog.listings import FakeHospital
from tests.support.his import door_to
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("F02")


@pytest_asyncio.fixture(params=["sandbox", "fake"])
async def hospital(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[HospitalCatalog]:
    if request.param == "fake":
        yield FakeHospital()
        return
    async with door_to(sandbox) as door:
        yield HisCatalog(door)


async def test_every_code_that_is_named_exists(hospital: HospitalCatalog) -> None:
    listing = await hospital.listing()
    campuses = {row.code for row in listing.campuses}
    departments = {row.code for row in listing.departments}
    doctors = {row.code for row in listing.doctors}
    assert campuses
    assert doctors
    for department in listing.departments:
        assert department.parent_code is None or department.parent_code in departments
        assert set(department.campus_codes) <= campuses
    for doctor in listing.doctors:
        assert doctor.department_code in departments
    for team in listing.mdt_teams:
        assert team.campus_code in campuses
        assert set(team.doctor_codes) <= doctors
        assert team.fee_fen >= 0


async def test_it_can_be_mirrored_and_searched(hospital: HospitalCatalog, db: Db) -> None:
    knobs = Knobs(settings.KNOBS)
    assert await flows.refresh(db, knobs, hospital) > 0
    assert await flows.refresh(db, knobs, hospital) == 0
    directory = Directory(db, Clock())
    await directory.load()
    for department in directory.tree.bookable:
        initials = "".join(syllable[0] for syllable in department.syllables if syllable.isalnum())
        for typed in (department.name, department.pinyin, initials):
            found = service.search(directory, typed, ()).departments
            assert department.id in {row.id for row in found}, (department.name, typed)
    for doctor in directory.tree.active_doctors[:50]:
        assert doctor.id in {row.id for row in service.search(directory, doctor.name, ()).doctors}


async def test_a_broken_line_is_told_apart_from_an_answer(sandbox: Sandbox) -> None:
    async with door_to(sandbox) as door:
        await sandbox.fault("his", "cut_after", "catalog.list", times=1)
        with pytest.raises(Unanswered):
            await HisCatalog(door).listing()
        await sandbox.fault("his", "status", "catalog.list", value=503, times=1)
        with pytest.raises((Unreachable, Unanswered)):
            await HisCatalog(door).listing()
