"""Two at once, and a process that dies in between."""

import asyncio

import pytest

from jiuyi.domains.patients import flows
from jiuyi.domains.patients.repository import proofs
from jiuyi.domains.patients.service import proving
from jiuyi.domains.patients.types import Way
from tests.domains.patients.conftest import Desk
from tests.domains.patients.hospital_files import file

pytestmark = pytest.mark.feature("F01")


async def test_a_double_tap_binds_once(desk: Desk) -> None:
    desk.files.counter_codes["P0000001", "123456"] = False
    person = await desk.sign_in()
    verification = (await desk.verify(person)).json()["id"]
    answers = await asyncio.gather(*(desk.prove(person, verification, "counter_code", "123456") for _ in range(4)))
    assert min(answer.status_code for answer in answers) == 201
    async with desk.product.parts.db.tx() as tx:
        assert await tx.value("SELECT count(*) FROM patients.binding") == 1
    assert len((await person.get("/api/patients")).json()["items"]) == 1


async def test_the_last_room_is_given_once(desk: Desk) -> None:
    person = await desk.sign_in()
    await desk.bound(person, document_number="Z0000000", relation="parent", phone="13800010000")
    verifications = []
    for number in (1, 2):
        patient_id = f"P000001{number}"
        desk.files.add(file(patient_id=patient_id, document_number=f"Z000001{number}", card_no=str(number)))
        desk.files.counter_codes[patient_id, "123456"] = False
        verified = await desk.verify(person, document_number=f"Z000001{number}", relation="parent")
        verifications.append(verified.json()["id"])
    answers = await asyncio.gather(*(desk.prove(person, v, "counter_code", "123456") for v in verifications))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_one_self_however_many_ask_at_once(desk: Desk) -> None:
    people = [await desk.sign_in() for _ in range(3)]
    waiting = []
    for number, person in enumerate(people):
        desk.files.counter_codes["P0000001", f"00000{number}"] = False
        waiting.append((await desk.verify(person)).json()["id"])
    answers = await asyncio.gather(
        *(desk.prove(p, v, "counter_code", f"00000{n}") for n, (p, v) in enumerate(zip(people, waiting, strict=True)))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    async with desk.product.parts.db.tx() as tx:
        states = await tx.values("SELECT state FROM patients.verification ORDER BY state")
    assert "settling" not in states


async def test_a_process_that_dies_after_the_claim_is_finished_by_another(desk: Desk) -> None:
    parts = desk.product.parts
    person = await desk.sign_in()
    verification = (await desk.verify(person, document_number="K7654321")).json()["id"]
    async with parts.db.tx() as tx:
        row = await proving.usable(tx, parts.knobs, person.principal, verification, Way.SMS_NEW_PHONE)
        await proving.claim_it(tx, parts.vault, parts.knobs, row, Way.SMS_NEW_PHONE, "13800009999")
    assert (await person.get("/api/patients")).json()["items"][0]["state"] == "pending"
    # The dead process may have sent its request, or not.
    await desk.clock.forward(seconds=40)
    async with parts.db.tx() as tx:
        stuck = await proofs.stuck(tx, flows.STUCK_SECONDS)
    rounds = (flows.settle_again(parts.db, desk.files, parts.vault, parts.knobs, found) for found in stuck * 2)
    await asyncio.gather(*rounds)
    assert (await person.get("/api/patients")).json()["items"][0]["state"] == "active"
    assert desk.files.created == 1
