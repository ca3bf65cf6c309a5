"""Binding a file and opening one, over HTTP."""

import re

import pytest

from jiuyi.domains.patients import flows, settings
from jiuyi.domains.patients.repository import proofs
from jiuyi.kit.db import Db
from tests.domains.patients.conftest import Desk
from tests.domains.patients.hospital_files import file

pytestmark = pytest.mark.feature("F01")
NEW = {"document_number": "K7654321", "name": "Daniel Okafor", "phone": "13800004118", "sex": "male"}


async def settle(desk: Desk) -> None:
    """The worker's round."""
    parts = desk.product.parts
    await desk.clock.forward(seconds=40)
    async with parts.db.tx() as tx:
        waiting = await proofs.stuck(tx, flows.STUCK_SECONDS)
    for verification_id in waiting * 2:
        await flows.settle_again(parts.db, desk.files, parts.vault, parts.knobs, verification_id)


async def test_an_existing_file_is_bound_by_a_code_to_the_phone_on_file(desk: Desk) -> None:
    person = await desk.sign_in()
    verified = (await desk.verify(person)).json()
    assert verified["outcome"] == "file_found"
    assert (verified["name"], verified["document_number"]) == ("陈*华", "E*****678")
    assert verified["ways"] == [{"way": "sms_on_file", "phone": "138****2046"}, {"way": "counter_code"}]
    patient = await desk.bound(person)
    assert desk.sms.sent[0][0] == "13800002046"
    assert patient["state"] == "active"
    assert patient["has_file"] is True
    assert patient["is_default"] is True
    assert (patient["phone"], patient["card_no"]) == ("138****2046", "*********0015")
    listed = (await person.get("/api/patients")).json()["items"]
    assert [row["id"] for row in listed] == [patient["id"]]
    assert listed[0]["reports_open_at"] is not None
    await desk.clock.forward(hours=73)
    assert (await person.get(f"/api/patients/{patient['id']}")).json()["reports_open_at"] is None


async def test_a_new_file_is_opened_with_a_code_to_the_given_phone(desk: Desk) -> None:
    person = await desk.sign_in()
    patient = await desk.bound(person, **NEW)
    assert desk.files.created == 1
    assert desk.sms.sent[0][0] == "13800004118"
    assert (patient["name"], patient["document_type"]) == ("D***** O*****", "passport")
    assert patient["reports_open_at"] is None


async def test_a_counter_code_binds_without_cooling_and_works_once(desk: Desk) -> None:
    desk.files.counter_codes["P0000001", "123456"] = False
    person = await desk.sign_in()
    verification = (await desk.verify(person)).json()["id"]
    wrong = await desk.prove(person, verification, "counter_code", "654321")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "patients.counter_code_wrong")
    done = await desk.prove(person, verification, "counter_code", "１２３ ４５６")
    assert done.status_code == 201, done.text
    assert done.json()["reports_open_at"] is None
    again = await desk.prove(person, verification, "counter_code", "123456")
    assert again.json()["code"] == "patients.verification_ended"


async def test_a_counter_code_whose_answer_was_lost_can_be_given_again(desk: Desk) -> None:
    desk.files.counter_codes["P0000001", "123456"] = False
    desk.files.cut_after["check_counter_code"] = 1
    person = await desk.sign_in()
    verification = (await desk.verify(person)).json()["id"]
    lost = await desk.prove(person, verification, "counter_code", "123456")
    assert lost.status_code == 503
    assert (await desk.prove(person, verification, "counter_code", "123456")).status_code == 201


async def test_a_card_number_is_checked_after_control_was_proved(desk: Desk) -> None:
    person = await desk.sign_in()
    wrong = await desk.bind(person, card_no="4400099999999")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "patients.card_mismatch")
    assert (await person.get("/api/patients")).json()["items"] == []
    assert (await desk.bind(person, card_no="4400 0123 40015")).status_code == 201


async def test_a_card_alone_finds_its_file(desk: Desk) -> None:
    person = await desk.sign_in()
    patient = await desk.bound(person, document_number=None, card_no="4400012340015")
    assert patient["card_no"] == "*********0015"
    other = await desk.verify(await desk.sign_in(), document_number=None, card_no="4400012349999")
    assert other.json()["code"] == "patients.details_not_accepted"


async def test_a_child_without_document_needs_an_adult_guardian_and_consent(desk: Desk) -> None:
    person = await desk.sign_in()
    parent = await desk.bound(person)
    child = {
        "document_type": "none_child",
        "document_number": None,
        "name": "林子谦",
        "relation": "child",
        "birth_date": "2026-03-02",
        "sex": "male",
    }
    refused = await desk.verify(person, **child)
    assert {fault["field"] for fault in refused.json()["fields"]} == {"guardian", "consents"}
    consents = ["patient_agreement@1", "minor_guardian@1"]
    stranger = await desk.sign_in()
    stolen = await desk.verify(stranger, **child, guardian={"patient_id": parent["id"]}, consents=consents)
    assert [fault["field"] for fault in stolen.json()["fields"]] == ["guardian"]
    made = await desk.bound(person, **child, guardian={"patient_id": parent["id"]}, consents=consents)
    assert (made["guardian_name"], made["is_minor"], made["document_number"]) == ("陈*华", True, "")
    own = await desk.verify(person, **child, guardian={"patient_id": made["id"]}, consents=consents)
    assert [fault["field"] for fault in own.json()["fields"]] == ["guardian"]
    again = await desk.verify(person, **child, guardian={"patient_id": parent["id"]}, consents=consents)
    assert again.json()["code"] == "patients.already_bound"
    async with desk.product.parts.db.tx() as tx:
        given = await tx.values("SELECT document FROM patients.consent WHERE patient_id = %s", (made["id"],))
    assert sorted(given) == consents[::-1]


async def test_faults_name_every_field_in_the_language_asked_for(desk: Desk) -> None:
    person = await desk.sign_in()
    body = {
        "document_type": "mainland_id",
        "document_number": "110105194912310021",
        "name": "陈美华🌸",
        "relation": "self",
        "phone": "12345",
        "consents": [],
    }
    zh = await person.post("/api/patients/verifications", body)
    en = await person.post("/api/patients/verifications", body, **{"accept-language": "en"})
    assert zh.status_code == 400
    assert {f["field"] for f in zh.json()["fields"]} == {"document_number", "name", "phone", "consents"}
    assert all(f["message"].isascii() for f in en.json()["fields"])


async def test_unknown_and_misnamed_documents_get_the_same_answer(desk: Desk) -> None:
    unknown = (await desk.verify(await desk.sign_in(), document_number="X9999999")).json()
    misnamed = (await desk.verify(await desk.sign_in(), name="王小明")).json()
    for answer in (unknown, misnamed):
        assert answer["outcome"] == "new_file"
        assert answer["ways"] == [{"way": "sms_new_phone", "phone": "138****9999"}]
        assert set(answer) == set(unknown)
    tried = await desk.bind(await desk.sign_in(), name="王小明")
    assert (tried.status_code, tried.json()["code"]) == (422, "patients.details_not_accepted")
    assert desk.files.created == 0


async def test_an_unanswered_opening_never_makes_two_files(desk: Desk) -> None:
    desk.files.cut_after["create"] = 1
    person = await desk.sign_in()
    patient = await desk.bound(person, **NEW)
    assert (patient["state"], desk.files.created) == ("active", 1)


async def test_a_silent_hospital_leaves_the_patient_pending_until_it_answers(desk: Desk) -> None:
    person = await desk.sign_in()
    verification = (await desk.verify(person, **NEW)).json()["id"]
    sent = await desk.code(person, verification, "sms_new_phone")
    desk.files.down = True
    code = desk.sms.last_code("13800004118")
    pending = await desk.prove(person, verification, "sms_new_phone", code, sent.json()["code_id"])
    assert (pending.status_code, pending.json()["state"], pending.json()["has_file"]) == (201, "pending", False)
    listed = (await person.get("/api/patients")).json()["items"]
    assert [(row["id"], row["state"]) for row in listed] == [(pending.json()["id"], "pending")]
    assert (await person.get(f"/api/patients/{pending.json()['id']}/card")).status_code == 404
    await settle(desk)
    desk.files.down = False
    await settle(desk)
    await settle(desk)
    listed = (await person.get("/api/patients")).json()["items"]
    assert [(row["id"], row["state"]) for row in listed] == [(pending.json()["id"], "active")]
    assert desk.files.created == 1


async def test_a_child_s_opening_that_was_cut_is_repeated_under_its_number(desk: Desk) -> None:
    person = await desk.sign_in()
    parent = await desk.bound(person)
    desk.files.cut_after["create"] = 1
    pending = await desk.bound(
        person,
        document_type="none_child",
        document_number=None,
        name="林子谦",
        relation="child",
        birth_date="2026-03-02",
        sex="male",
        guardian={"patient_id": parent["id"]},
        consents=["patient_agreement@1", "minor_guardian@1"],
    )
    assert pending["state"] == "pending"
    await settle(desk)
    assert (await person.get(f"/api/patients/{pending['id']}")).json()["state"] == "active"
    assert desk.files.created == 1


async def test_five_wrong_codes_close_that_way_for_the_day_and_leave_the_other_open(desk: Desk) -> None:
    desk.files.counter_codes["P0000001", "123456"] = False
    person = await desk.sign_in()
    verification = (await desk.verify(person)).json()["id"]
    sent = await desk.code(person, verification)
    right = desk.sms.last_code("13800002046")
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        answer = await desk.prove(person, verification, "sms_on_file", wrong, sent.json()["code_id"])
        assert answer.status_code == 422
    closed = await desk.prove(person, verification, "sms_on_file", right, sent.json()["code_id"])
    assert (closed.status_code, closed.json()["code"]) == (429, "patients.way_closed")
    assert (await desk.code(person, verification)).json()["code"] == "patients.way_closed"
    other = (await desk.verify(await desk.sign_in())).json()
    assert [way["way"] for way in other["ways"]] == ["counter_code"]
    assert (await desk.prove(person, verification, "counter_code", "123456")).status_code == 201
    await desk.clock.forward(days=1, seconds=1)
    later = (await desk.verify(await desk.sign_in())).json()
    assert [way["way"] for way in later["ways"]] == ["sms_on_file", "counter_code"]


async def test_a_code_proves_only_the_verification_it_was_sent_for(desk: Desk) -> None:
    desk.files.add(file(patient_id="P0000002", document_number="E87654321", card_no="2", phone="13800003074"))
    mine, theirs = await desk.sign_in(), await desk.sign_in()
    verification = (await desk.verify(mine)).json()["id"]
    sent = (await desk.code(mine, verification)).json()
    code = desk.sms.last_code("13800002046")
    other = (await desk.verify(mine, document_number="E87654321")).json()["id"]
    for person, target in ((mine, other), (theirs, verification)):
        answer = await desk.prove(person, target, "sms_on_file", code, sent["code_id"])
        assert answer.status_code in {404, 422}, answer.text
    assert (await mine.get("/api/patients")).json()["items"] == []


async def test_a_verification_ends_when_its_time_is_over(desk: Desk) -> None:
    parts = desk.product.parts
    async with parts.db.tx() as tx:
        await parts.knobs.set(tx, settings.VERIFICATION_MINUTES, 5, who="test", why="test")
    await parts.knobs.load(parts.db)
    person = await desk.sign_in()
    verification = (await desk.verify(person)).json()["id"]
    await desk.clock.forward(minutes=6)
    assert (await desk.code(person, verification)).json()["code"] == "patients.verification_ended"


async def test_look_ups_are_counted_for_each_account(desk: Desk) -> None:
    person = await desk.sign_in()
    for number in range(12):
        assert (await desk.verify(person, document_number=f"Z{number:07}")).status_code == 201
    refused = await desk.verify(person)
    assert (refused.status_code, refused.json()["code"]) == (429, "patients.lookups_used_up")
    assert (await desk.verify(await desk.sign_in())).status_code == 201


async def test_dependants_are_limited_in_number_and_pace(desk: Desk) -> None:
    person = await desk.sign_in()
    for number in range(2):
        await desk.bound(person, document_number=f"Z{number:07}", relation="parent", phone=f"1380001000{number}")
    refused = await desk.verify(person, document_number="Z0000009", relation="parent")
    assert (refused.status_code, refused.json()["code"]) == (409, "patients.adds_used_up")
    assert re.search(r"\d{4}-\d\d-\d\d", refused.json()["detail"])
    await desk.bound(person)
    await desk.clock.forward(days=31)
    assert (await desk.verify(person, document_number="Z0000009", relation="parent")).status_code == 201


async def test_family_under_one_s_own_phone_is_bound_in_one_evening(desk: Desk) -> None:
    mother = await desk.sign_in()
    await desk.bound(mother)
    for number in range(4):
        relative = file(patient_id=f"P000002{number}", document_number=f"Z000002{number}", card_no=f"2{number}")
        desk.files.add(relative)
        await desk.bound(mother, document_number=relative.document_number, relation="parent")
    assert len((await mother.get("/api/patients")).json()["items"]) == 5


async def test_an_account_holds_only_so_many(desk: Desk) -> None:
    parts = desk.product.parts
    async with parts.db.tx() as tx:
        await parts.knobs.set(tx, settings.DEPENDANTS_MAX, 1, who="test", why="test")
    await parts.knobs.load(parts.db)
    person = await desk.sign_in()
    await desk.bound(person, relation="parent")
    full = await desk.verify(person, document_number="Z0000030", relation="parent")
    assert (full.status_code, full.json()["code"]) == (409, "patients.full")


async def test_a_stranger_s_file_is_no_family(desk: Desk) -> None:
    person = await desk.sign_in()
    await desk.bound(person, document_number="Y1234567", phone="13800007777")
    for number in range(3):
        stranger = file(patient_id=f"P000002{number}", document_number=f"Z000002{number}", card_no=f"2{number}")
        desk.files.add(stranger)
    for number in range(2):
        await desk.bound(person, document_number=f"Z000002{number}", relation="parent")
    answer = await desk.verify(person, document_number="Z0000022", relation="parent")
    assert answer.json()["code"] == "patients.adds_used_up"


async def test_one_person_is_self_of_one_account(desk: Desk) -> None:
    mine, theirs = await desk.sign_in(), await desk.sign_in()
    await desk.bound(mine)
    taken = await desk.verify(mine, document_number="Z0000001")
    assert taken.json()["code"] == "patients.self_taken"
    refused = await desk.bind(theirs)
    assert (refused.status_code, refused.json()["code"]) == (409, "patients.self_held_elsewhere")
    assert (await desk.bind(theirs, relation="spouse")).status_code == 201


async def test_a_phone_verifies_for_three_accounts(desk: Desk) -> None:
    for _ in range(3):
        assert (await desk.bind(await desk.sign_in(), relation="parent")).status_code == 201
    refused = await desk.bind(await desk.sign_in(), relation="parent")
    assert (refused.status_code, refused.json()["code"]) == (409, "patients.phone_used_up")


async def test_the_file_of_somebody_who_died_goes_to_the_desk(desk: Desk) -> None:
    desk.files.add(file(deceased=True))
    refused = await desk.bind(await desk.sign_in(), relation="parent")
    assert (refused.status_code, refused.json()["code"]) == (409, "patients.file_needs_window")


async def test_a_file_with_a_landline_offers_the_desk_only(desk: Desk) -> None:
    desk.files.add(file(phone="02088880000"))
    assert (await desk.verify(await desk.sign_in())).json()["ways"] == [{"way": "counter_code"}]


async def test_nothing_that_identifies_somebody_lies_in_the_database_in_clear(desk: Desk, db: Db) -> None:
    await desk.bound(await desk.sign_in(), **NEW)
    await desk.bound(await desk.sign_in())
    secrets = ("陈美华", "Okafor", "E12345678", "K7654321", "13800002046", "13800004118", "4400012340015")
    async with db.tx() as tx:
        tables = await tx.values(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname IN ('patients', 'audit', 'codes', 'accounts', 'notifications', 'kit', 'public')"
        )
        for table in tables:
            for row in await tx.values(f"SELECT t::text FROM {table} t"):
                for secret in secrets:
                    assert secret not in row, (table, secret)
                    assert secret.encode().hex() not in row, (table, secret)
