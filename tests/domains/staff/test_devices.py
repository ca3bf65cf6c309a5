"""Devices, their keys and roles, and shifts: who may call the routes of the desk."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff import settings
from jiuyi.domains.staff.errors import DeviceExists, DeviceRevoked, DeviceUnknown
from jiuyi.domains.staff.types import Role
from jiuyi.kit.crypto import digest
from tests.support.clock import AppClock
from tests.support.counter import BY, Counter, Machine, counter, signing_in
from tests.support.product import settings_for

pytestmark = pytest.mark.feature("I07")


@pytest_asyncio.fixture
async def desk(dsn: str, time: AppClock) -> AsyncIterator[Counter]:
    async with counter(dsn, settings_for(dsn), time) as made:
        yield made


async def test_a_key_is_shown_once_and_kept_as_a_digest(desk: Counter) -> None:
    machine = await desk.machine()
    assert machine.key.startswith("jyd_")
    async with desk.parts.db.tx() as tx:
        kept = await tx.values("SELECT digest FROM staff.device_key")
        said = await tx.values("SELECT detail::text FROM audit.entry")
    assert kept == [digest(machine.key)]
    assert not any(machine.key in text for text in said)


async def test_without_a_key_with_a_wrong_one_and_with_a_patients_session_nothing_opens(desk: Counter) -> None:
    machine = await desk.machine()
    for headers in ({}, {"authorization": "Bearer jyd_wrong"}, {"authorization": f"Basic {machine.key}"}):
        answer = await desk.product.visitor().get("/api/desk/shift", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "device_key_needed")
    person = await desk.product.sign_in()
    assert (await person.get("/api/desk/shift")).status_code == 401


async def test_a_device_key_opens_nothing_of_the_patients(desk: Counter) -> None:
    machine = await desk.machine()
    answer = await machine.http.get("/api/sessions", headers={"authorization": f"Bearer {machine.key}"})
    assert answer.status_code == 401


async def test_a_rotated_key_works_for_its_grace_and_a_revoked_device_not_at_all(desk: Counter) -> None:
    machine = await desk.machine()
    async with desk.parts.db.tx() as tx:
        fresh = await staff.rotate(tx, desk.parts.knobs, code="window-3", by=BY)
    renewed = Machine(machine.http, fresh)
    assert (await machine.get("shift"))["device"] == (await renewed.get("shift"))["device"] == "window-3"
    await desk.forward(3601)
    assert (await machine.call("GET", "shift")).status_code == 401
    assert (await renewed.call("GET", "shift")).status_code == 200
    async with desk.parts.db.tx() as tx:
        await staff.revoke(tx, code="window-3", by=BY)
    assert (await renewed.call("GET", "shift")).status_code == 401
    async with desk.parts.db.tx() as tx:
        with pytest.raises(DeviceRevoked):
            await staff.rotate(tx, desk.parts.knobs, code="window-3", by=BY)


async def test_a_code_is_registered_once_and_an_unknown_one_is_refused(desk: Counter) -> None:
    await desk.machine()
    async with desk.parts.db.tx() as tx:
        with pytest.raises(DeviceExists):
            await staff.register(tx, code="window-3", name_zh="二", name_en="Two", role=Role.CASHIER, by=BY)
        with pytest.raises(DeviceUnknown):
            await staff.revoke(tx, code="window-9", by=BY)


async def test_a_role_opens_its_own_routes_only(desk: Counter) -> None:
    finance = await desk.machine("finance-1", Role.FINANCE_READ)
    assert (await finance.call("GET", "payments")).status_code == 403
    assert (await finance.get("days/2026-11-22/payments"))["items"] == []
    # Somebody may sign in there, and still takes nothing.
    assert (await finance.post("shift", signing_in())).status_code == 200
    answer = await finance.post("patients/find", {"card_no": "4400012348067"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    kiosk = await desk.machine("kiosk-1", Role.SELF_SERVICE)
    assert (await kiosk.post("shift", signing_in())).status_code == 403
    assert (await kiosk.post("patients/find", {"card_no": "4400012348067"})).status_code == 404


async def test_numbers_cannot_be_tried_out_with_a_machine_s_key(desk: Counter) -> None:
    kiosk = await desk.machine("kiosk-1", Role.SELF_SERVICE)
    answers = [await kiosk.post("patients/find", {"card_no": f"44000123480{number:02}"}) for number in range(31)]
    assert [answer.status_code for answer in answers] == [404] * 30 + [429]
    other = await desk.machine("kiosk-2", Role.SELF_SERVICE)
    assert (await other.post("patients/find", {"card_no": "4400012348067"})).status_code == 404


async def test_a_counter_takes_nothing_before_somebody_signed_in(desk: Counter) -> None:
    machine = await desk.machine(operator=None)
    answer = await machine.post("patients/find", {"card_no": "4400012348067"})
    assert (answer.status_code, answer.json()["code"]) == (409, "staff.shift_needed")
    refused = await machine.post("shift", signing_in("9999"))
    assert (refused.status_code, refused.json()["code"]) == (403, "staff.operator_unknown")
    assert (await machine.post("shift", signing_in())).json()["operator_name"] == "区慧敏"
    assert (await machine.post("patients/find", {"card_no": "4400012348067"})).status_code == 404


async def test_a_browser_works_with_its_shift_and_its_csrf_value_until_it_hands_over(desk: Counter) -> None:
    machine = await desk.machine(operator=None)
    opened = await machine.post("shift", signing_in())
    cookie = opened.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/api/desk" in cookie
    assert machine.key not in opened.text
    page, csrf = machine.http, opened.json()["csrf"]
    assert (await page.get("/api/desk/shift")).json()["operator"] == "1027"
    stale = await page.post("/api/desk/patients/find", json={"card_no": "4400012348067"})
    assert (stale.status_code, stale.json()["code"]) == (403, "stale_form")
    allowed = {"x-csrf-token": csrf}
    found = await page.post("/api/desk/patients/find", json={"card_no": "4400012348067"}, headers=allowed)
    assert found.status_code == 404
    assert (await page.post("/api/desk/shift/end", headers=allowed)).status_code == 200
    assert (await page.get("/api/desk/shift")).status_code == 401


async def test_a_shift_ends_by_itself_and_when_somebody_else_signs_in(desk: Counter) -> None:
    machine = await desk.machine(operator=None)
    first = machine.http
    (await machine.post("shift", signing_in())).raise_for_status()
    other = Machine(desk.product.visitor(), machine.key)
    (await other.post("shift", signing_in())).raise_for_status()
    assert (await first.get("/api/desk/shift")).status_code == 401
    assert (await other.http.get("/api/desk/shift")).status_code == 200
    await desk.forward(14 * 3600 + 1)
    assert (await other.http.get("/api/desk/shift")).status_code == 401
    async with desk.parts.db.tx() as tx:
        acts = await tx.values("SELECT action FROM audit.entry WHERE actor_kind = 'device' ORDER BY at, id")
    assert acts == ["staff.shift_opened", "staff.shift_closed", "staff.shift_opened"]


async def test_the_browser_keeps_a_shift_as_long_as_the_hospital_lets_one_last(desk: Counter) -> None:
    machine = await desk.machine(operator=None)
    async with desk.parts.db.tx() as tx:
        await desk.parts.knobs.set(tx, settings.SHIFT_HOURS, 20, who="test", why="test")
    await desk.parts.knobs.load(desk.parts.db)
    opened = await machine.post("shift", signing_in())
    assert f"max-age={20 * 3600}" in opened.headers["set-cookie"].lower()


async def test_whoever_is_not_an_operator_any_more_stands_nowhere(desk: Counter) -> None:
    machine = await desk.machine()
    opened = await machine.post("shift", signing_in())
    token = opened.cookies["jiuyi_desk"]
    number = opened.json()["operator"]
    async with desk.parts.db.tx() as tx:
        assert await staff.known_by_shift(tx, token) is not None
        await staff.put_operator(tx, code=number, name="区慧敏", active=False, by=BY)
        assert await staff.known_by_shift(tx, token) is None
        at = await staff.known_by_key(tx, machine.key)
    assert at is not None
    assert (at.shift_id, at.operator) == (None, None)


async def test_a_patient_is_found_by_card_and_by_document_masked_and_noted(desk: Counter) -> None:
    machine = await desk.machine()
    patient_id = await desk.patient()
    by_card = (await machine.post("patients/find", {"card_no": "4400012348067"})).json()
    document = {"document_type": "mainland_id", "document_number": "440100198803120422"}
    by_document = (await machine.post("patients/find", document)).json()
    assert by_card == by_document
    assert by_card["id"] == str(patient_id)
    assert (by_card["name"], by_card["card_no"]) == ("陈*华", "*********8067")
    assert by_card["document_number"] == "4401**********0422"
    wrong = await machine.post(
        "patients/find", {"document_type": "mainland_id", "document_number": "44010019880312042"}
    )
    assert wrong.status_code == 400
    assert (await machine.post("patients/find", {})).status_code == 400
    async with desk.parts.db.tx() as tx:
        noted = await tx.values("SELECT actor FROM audit.entry WHERE action = 'patients.found_at_desk'")
    assert noted == ["window-3/1027", "window-3/1027"]
