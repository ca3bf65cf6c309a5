from datetime import date, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from jiuyi.domains.catalog import flows, service, settings
from jiuyi.domains.catalog.errors import DoctorUnknown, TooManyFavourites
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.catalog.types import Availability, ClinicKind, NextState, SubjectKind
from jiuyi.kit.clock import Clock
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import InvalidRequest
from tests.domains.catalog.listings import LISTING, FakeHospital, department
from tests.support.clock import AppClock

pytestmark = pytest.mark.feature("F02", "F10")
KNOBS = Knobs(settings.KNOBS)


async def directory_of(db: Db, hospital: FakeHospital | None = None) -> Directory:
    await flows.refresh(db, KNOBS, hospital or FakeHospital())
    directory = Directory(db, Clock())
    await directory.load()
    return directory


def free(kind: SubjectKind, subject: UUID, day: date | None, clinic: ClinicKind, fee: int) -> Availability:
    return Availability(kind, subject, day, waitlist=day is None, clinic_kinds=[clinic], fee_from_fen=fee)


async def test_the_tree_is_mirrored_and_an_unchanged_one_costs_nothing(db: Db) -> None:
    hospital = FakeHospital()
    assert await flows.refresh(db, KNOBS, hospital) == 2 + 5 + 3 + 1
    assert await flows.refresh(db, KNOBS, hospital) == 0
    directory = Directory(db, Clock())
    await directory.load()
    tree = directory.tree
    await flows.refresh(db, KNOBS, hospital)
    await directory.load()
    assert directory.tree is tree


async def test_what_is_no_longer_listed_becomes_inactive_and_comes_back_under_its_id(db: Db) -> None:
    hospital = FakeHospital()
    directory = await directory_of(db, hospital)
    lin = directory.tree.doctor_by_code("T1")
    assert lin is not None
    hospital.listed = msgspec.structs.replace(LISTING, doctors=LISTING.doctors[1:])
    await flows.refresh(db, KNOBS, hospital)
    await directory.load()
    gone = directory.tree.doctors[lin.id]
    assert not gone.active
    assert lin.id not in {row.id for row in directory.tree.active_doctors}
    hospital.listed = LISTING
    await flows.refresh(db, KNOBS, hospital)
    await directory.load()
    assert directory.tree.doctors[lin.id].active


async def test_a_listing_that_would_empty_the_catalog_is_refused(db: Db) -> None:
    hospital = FakeHospital()
    directory = await directory_of(db, hospital)
    hospital.listed = msgspec.structs.replace(LISTING, departments=[], doctors=[])
    assert await flows.refresh(db, KNOBS, hospital) == 0
    await directory.load()
    assert len(directory.tree.active_doctors) == 3


async def test_the_hospital_is_asked_again_when_the_refresh_is_due(db: Db, time: AppClock) -> None:
    hospital = FakeHospital()
    await flows.refresh_when_due(db, KNOBS, hospital)
    await flows.refresh_when_due(db, KNOBS, hospital)
    assert hospital.asked == 1
    await time.forward(minutes=10)
    await flows.refresh_when_due(db, KNOBS, hospital)
    assert hospital.asked == 2


async def test_groups_hold_what_can_be_chosen(db: Db) -> None:
    directory = await directory_of(db)
    groups = service.department_groups(directory)
    assert [(group.name, [row.name for row in group.departments]) for group in groups] == [
        ("内科", ["心血管内科", "呼吸内科", "风湿科"]),
        ("急诊科", ["急诊科"]),
    ]
    closed = groups[0].departments[2]
    assert (closed.next_state, closed.state_reason) == (NextState.CLOSED, "装修")
    assert service.department_groups(directory, campus_id=uuid4()) == []


async def test_availability_is_what_booking_wrote(db: Db) -> None:
    directory = await directory_of(db)
    cardiology, lin = directory.tree.department_by_code("D0301"), directory.tree.doctor_by_code("T1")
    assert cardiology is not None
    assert lin is not None
    assert service.department_view(directory, cardiology).next_state is NextState.NONE
    today = directory.clock.today()
    rows = [
        free(SubjectKind.DEPARTMENT, cardiology.id, today, ClinicKind.ORDINARY, 1500),
        free(SubjectKind.DOCTOR, lin.id, None, ClinicKind.EXPERT, 3000),
    ]
    async with db.tx() as tx:
        assert await service.set_availability(tx, rows) == 2
        assert await service.set_availability(tx, rows) == 0
        assert await service.set_availability(tx, []) == 0
    await directory.load()
    view = service.department_view(directory, cardiology)
    assert (view.next_state, view.next_date, view.clinic_kinds) == (NextState.TODAY, today, [ClinicKind.ORDINARY])
    doctor = service.doctor_view(directory, lin)
    assert doctor is not None
    assert (doctor.next_state, doctor.next_date, doctor.fee_from_fen) == (NextState.WAITLIST, None, 3000)
    directory.clock.offset = timedelta(days=1)
    assert service.department_view(directory, cardiology).next_state is NextState.NONE
    assert [g.name for g in service.department_groups(directory, clinic_kind=ClinicKind.ORDINARY)] == ["内科"]


async def test_doctors_are_paged_by_title_and_name(db: Db) -> None:
    directory = await directory_of(db)

    def page(cursor: str | None, q: str | None = None) -> tuple[list[str], str | None]:
        found = service.doctor_page(
            directory, q=q, department_id=None, clinic_kind=None, cursor=cursor, limit=2, followed=()
        )
        return [row.name for row in found.items], found.next_cursor

    first, cursor = page(None)
    assert first == ["林志远", "赵敏"]
    assert page(cursor) == (["陈建华"], None)
    assert page(None, "lzy") == (["林志远"], None)
    assert page(None, "zzzz") == ([], None)
    for bad in ("x", "W10", "WyJ4IiwieCIsIngiLCJ4Il0"):
        with pytest.raises(InvalidRequest):
            page(bad)
    with pytest.raises(InvalidRequest):
        page(None, "l")


async def test_search_finds_departments_and_their_doctors(db: Db) -> None:
    directory = await directory_of(db)
    found = service.search(directory, "xnk", ())
    assert [row.name for row in found.departments] == ["心血管内科", "呼吸内科"]
    assert [row.name for row in found.doctors] == ["林志远", "赵敏", "陈建华"]
    assert [row.name for row in service.search(directory, "chenjh", ()).doctors] == ["陈建华"]
    assert service.search(directory, "钱退休", ()).doctors == []


async def test_a_search_shows_at_most_twenty_of_each(db: Db) -> None:
    many = [department(f"D04{n:02}", "D03", f"专科{n}", f"zhuanke{n}", f"Clinic {n}", 400 + n) for n in range(30)]
    listing = msgspec.structs.replace(LISTING, departments=[*LISTING.departments, *many])
    directory = await directory_of(db, FakeHospital(listing))
    assert len(service.search(directory, "专科", ()).departments) == 20


async def test_favourites_belong_to_an_account_and_are_capped(db: Db) -> None:
    directory = await directory_of(db)
    mine, theirs = uuid4(), uuid4()
    one, two = directory.tree.active_doctors[0], directory.tree.active_doctors[1]
    few = Knobs(settings.KNOBS)
    few._values[settings.FAVOURITES_MAX.name] = 1
    async with db.tx() as tx:
        await service.follow(tx, KNOBS, directory, mine, one.id)
        await service.follow(tx, few, directory, mine, one.id)
        with pytest.raises(TooManyFavourites):
            await service.follow(tx, few, directory, mine, two.id)
        with pytest.raises(DoctorUnknown):
            await service.follow(tx, KNOBS, directory, mine, uuid4())
        await service.unfollow(tx, [theirs], one.id)
        assert await service.favourites(tx, [mine]) == [one.id]
        assert await service.favourites(tx, [theirs]) == []
        await service.unfollow(tx, [mine], one.id)
        assert await service.favourites(tx, [mine]) == []
