"""Records: every registration in the hospital, from the HIS, for the patient's own people only."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import uuid4

import pytest
import pytest_asyncio

from jiuyi.domains.home.types import Registration
from jiuyi.kit.outcomes import Unanswered
from tests.domains.patients.conftest import Desk
from tests.domains.patients.hospital_files import FakeFiles, FakeSms, file
from tests.support.clock import AppClock
from tests.support.product import Product, running

pytestmark = pytest.mark.feature("F09")


class History:
    """Satisfies `home.ports.RegistrationHistory`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, date, date]] = []
        self.silent = False

    async def registrations(self, his_patient_id: str, since: date, until: date) -> list[Registration]:
        self.asked.append((his_patient_id, since, until))
        if self.silent:
            raise Unanswered("his", "registrations.list")
        return [
            Registration("R2", date(2026, 11, 20), "内分泌科", "C1", "machine", "done", 2000, "15:00", "Endocrinology"),
            Registration("R1", date(2026, 9, 3), "口腔科", "C9", "window", "no_show", 1000),
        ]


@pytest.fixture
def history() -> History:
    return History()


@pytest_asyncio.fixture
async def desk(dsn: str, history: History, time: AppClock) -> AsyncIterator[Desk]:
    files, sms = FakeFiles(), FakeSms()
    files.add(file())
    async with running(dsn, history=history, patient_files=files, sms=sms) as product:
        yield Desk(product, files, sms, time)


@pytest.fixture
def product(desk: Desk) -> Product:
    return desk.product


async def test_a_strangers_records_are_not_found_and_the_his_is_not_asked(product: Product, history: History) -> None:
    person = await product.sign_in()
    for patient in (str(uuid4()), "00000000-0000-0000-0000-000000000000"):
        answer = await person.get("/api/records/registrations", patient_id=patient)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await person.get("/api/records/registrations", patient_id="x")).status_code == 400
    assert history.asked == []


async def test_all_registrations_are_shown_with_where_they_were_made(desk: Desk) -> None:
    person = await desk.sign_in()
    patient = await desk.bound(person)
    answer = (await person.get("/api/records/registrations", patient_id=patient["id"])).json()
    assert answer["stale"] is False
    assert [row["registration_no"] for row in answer["items"]] == ["R2", "R1"]
    assert [row["source_title"] for row in answer["items"]] == ["自助机", "窗口挂号"]
    english = await person.http.get(
        "/api/records/registrations", params={"patient_id": patient["id"]}, headers={"accept-language": "en"}
    )
    assert [row["state_title"] for row in english.json()["items"]] == ["Visited", "Missed"]
    stranger = await desk.sign_in()
    assert (await stranger.get("/api/records/registrations", patient_id=patient["id"])).status_code == 404


async def test_a_silent_his_is_said_and_not_shown_as_no_records(desk: Desk, history: History) -> None:
    person = await desk.sign_in()
    patient = await desk.bound(person)
    history.silent = True
    answer = (await person.get("/api/records/registrations", patient_id=patient["id"])).json()
    assert (answer["items"], answer["stale"]) == ([], True)


async def test_the_bootstrap_knows_the_default_patient(desk: Desk) -> None:
    person = await desk.sign_in()
    patient = await desk.bound(person)
    me = (await person.get("/api/bootstrap")).json()["me"]
    assert (me["patients_count"], me["default_patient"]["id"]) == (1, patient["id"])
    assert "E12345678" not in str(me)


async def test_records_need_a_session(product: Product) -> None:
    answer = await product.visitor().get("/api/records/registrations", params={"patient_id": str(uuid4())})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "period", [{"from": "2026-11-22", "to": "2026-11-01"}, {"from": "2001-01-01", "to": "2026-01-01"}]
)
async def test_odd_periods_are_refused_in_words(product: Product, period: dict[str, str]) -> None:
    person = await product.sign_in()
    answer = await person.get("/api/records/registrations", patient_id=str(uuid4()), **period)
    assert answer.json()["code"] == "home.period_too_long"


async def test_a_page_that_is_pulled_again_and_again_does_not_wear_the_his_out(desk: Desk, history: History) -> None:
    person = await desk.sign_in()
    patient = await desk.bound(person)
    path = "/api/records/registrations"
    answers = [(await person.get(path, patient_id=patient["id"])).status_code for _ in range(35)]
    assert (answers.count(200), answers.count(429)) == (30, 5)
    assert len(history.asked) == 30
