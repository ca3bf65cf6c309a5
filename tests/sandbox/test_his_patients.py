"""Contract §2.3 and §2.5: files, cards, counter codes; MDT applications."""

from __future__ import annotations

import base64
import hashlib

from jiuyi_sandbox.hospital.samples import NEWCOMER, SAMPLES
from tests.sandbox.conftest import Desk, Timetable, lock
from tests.sandbox.vendor import Caller, request_no
from tests.support.sandbox import Sandbox


async def test_every_sample_file_is_found_by_document_and_by_card(his: Caller) -> None:
    for sample in SAMPLES:
        by_card = await his.ok("patients.find", card_no=sample.card_no, name=sample.name)
        assert by_card["patient"]["patient_id"] == sample.patient_id
        if sample.document_number:
            found = await his.ok(
                "patients.find",
                document_type=sample.document_type,
                document_number=sample.document_number,
                name=f"  {sample.name.upper()} ",
            )
            assert found == by_card


async def test_a_wrong_name_looks_like_no_file(his: Caller) -> None:
    mother = SAMPLES[0]
    document = {"document_type": mother.document_type, "document_number": mother.document_number}
    wrong_name = await his.answer("patients.find", name="陈美", **document)
    no_file = await his.answer("patients.find", name="陈美华", **(document | {"document_number": "440100200001010018"}))
    assert wrong_name == no_file
    assert wrong_name["code"] == "patient_not_found"


async def test_a_file_is_opened_once(his: Caller) -> None:
    particulars = {k: v for k, v in NEWCOMER.items() if k != "phone_key"} | {"guardian": None}
    number = request_no("C")
    first = await his.ok("patients.create", request_no=number, **particulars)
    assert first == await his.ok("patients.create", request_no=number, **particulars)
    assert await his.code("patients.create", request_no=request_no("C"), **particulars) == "patient_exists"
    assert await his.ok("patients.get", patient_id=first["patient"]["patient_id"]) == first


async def test_a_child_without_papers_needs_a_guardian(his: Caller) -> None:
    child = {
        "document_type": "none_child",
        "document_number": None,
        "name": "周小宝",
        "sex": "male",
        "birth_date": "2026-10-01",
        "phone": "13800007448",
    }
    guardian = {
        "name": NEWCOMER["name"],
        "document_type": "mainland_id",
        "document_number": NEWCOMER["document_number"],
        "phone": "13800007448",
        "relation": "母亲",
    }
    assert await his.code("patients.create", request_no=request_no("C"), guardian=None, **child) == "invalid_request"
    opened = await his.ok("patients.create", request_no=request_no("C"), guardian=guardian, **child)
    assert opened["patient"]["guardian"] == guardian
    wrong = child | {"document_type": "mainland_id", "document_number": "440100202610010011"}
    assert (
        await his.code("patients.create", request_no=request_no("C"), guardian=guardian, **wrong) == "invalid_request"
    )


async def test_cards_and_phones(his: Caller) -> None:
    father = SAMPLES[1]
    bound = await his.ok(
        "patients.bind_card", request_no=request_no("B"), patient_id=father.patient_id, card_no=father.card_no
    )
    assert bound["patient"]["name"] == "陈志华"
    code = await his.code(
        "patients.bind_card", request_no=request_no("B"), patient_id=father.patient_id, card_no="4400000000000"
    )
    assert code == "card_mismatch"
    updated = await his.ok(
        "patients.update_phone", request_no=request_no("U"), patient_id=father.patient_id, phone="13800002047"
    )
    assert updated["patient"]["phone"] == "13800002047"


async def test_a_counter_code_works_once_within_thirty_minutes(sandbox: Sandbox, his: Caller, desk: Desk) -> None:
    async def check(code: str) -> str:
        return await his.code(
            "patients.check_counter_code", request_no=request_no("K"), patient_id="P0000002", code=code
        )

    printed = (await desk.act("patients/counter_code", patient_id="P0000002"))["code"]
    assert await check(f"{(int(printed) + 1) % 10**6:06d}") == "counter_code_wrong"
    assert await check(printed) == "ok"
    assert await check(printed) == "counter_code_expired"
    late = (await desk.act("patients/counter_code", patient_id="P0000002"))["code"]
    await sandbox.move_clock(31 * 60, only_sandbox=True)
    assert await check(late) == "counter_code_expired"


async def test_an_application_is_reviewed_and_opens_its_teams_clinics(
    his: Caller, desk: Desk, timetable: Timetable
) -> None:
    clinic, slot = timetable.slot(quota=1, kind="mdt")
    content = b"%PDF-1.7 a summary"
    document = {"id": "D1", "title": "病情摘要", "content_type": "application/pdf", "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest()}  # fmt: skip
    application = {"application_no": "MA1", "team_code": clinic["mdt_team_code"], "patient_id": "P0000012",
                   "summary": "右肺上叶结节", "documents": [document]}  # fmt: skip
    await his.ok("mdt.submit", request_no=request_no("M"), **application)
    encoded = base64.b64encode(content).decode()
    await his.ok("mdt.document", application_no="MA1", id="D1", content_base64=encoded)
    wrong = base64.b64encode(content + b"!").decode()
    assert await his.code("mdt.document", application_no="MA1", id="D1", content_base64=wrong) == "invalid_request"
    assert (await lock(his, slot, "P0000012", mdt_application_no="MA1"))["code"] == "application_state"
    await desk.act("mdt/review", application_no="MA1", decision="accepted")
    assert (await lock(his, slot, "P0000002", mdt_application_no="MA1"))["code"] == "application_unknown"
    assert (await lock(his, slot, "P0000012", mdt_application_no="MA1"))["code"] == "ok"
    assert await his.code("mdt.submit", request_no=request_no("M"), **application) == "application_state"


async def test_more_may_be_wanted_and_an_application_withdrawn(his: Caller, desk: Desk) -> None:
    application = {
        "application_no": "MA2",
        "team_code": "M01",
        "patient_id": "P0000012",
        "summary": "肺结节",
        "documents": [],
    }
    await his.ok("mdt.submit", request_no=request_no("M"), **application)
    await desk.act("mdt/review", application_no="MA2", decision="more_wanted", note="请补充 CT 报告")
    await his.ok("mdt.submit", request_no=request_no("M"), **application)
    assert (await his.ok("mdt.withdraw", request_no=request_no("W"), application_no="MA2"))["state"] == "withdrawn"
    assert await his.code("mdt.withdraw", request_no=request_no("W"), application_no="MA9") == "application_unknown"
