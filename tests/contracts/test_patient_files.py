"""What every `PatientFiles` must do: the adapter on the sandbox's HIS, and the fake that other tests use."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date

import msgspec
import pytest
import pytest_asyncio

from jiuyi.adapters.his.patients import HisPatientFiles
from jiuyi.domains.patients.ports import PatientFiles
from jiuyi.domains.patients.types import Claim, DocumentType, Guardian, HospitalFile, Relation, Sex
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.outcomes import Garbled, Refused, Unanswered, Unreachable
from tests.domains.patients.hospital_files import FakeFiles, file
from tests.support.his import door_to
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("F01")
KNOWN = file(patient_id="P0000007", name="Daniel Okafor", document_number="B50123457", card_no="4400012340072")


@dataclass
class Hospital:
    """One implementation, and a way to print a counter code."""

    files: PatientFiles
    sandbox: Sandbox
    fake: FakeFiles | None

    async def counter_code(self, patient_id: str) -> str:
        if self.fake is not None:
            self.fake.counter_codes[patient_id, "123456"] = False
            return "123456"
        answer = await self.sandbox.http.post(
            "/_control/hospital/patients/counter_code", json={"patient_id": patient_id}
        )
        code: str = answer.raise_for_status().json()["code"]
        return code


@pytest_asyncio.fixture(params=["sandbox", "fake"])
async def hospital(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[Hospital]:
    if request.param == "fake":
        fake = FakeFiles()
        fake.add(KNOWN)
        yield Hospital(fake, sandbox, fake)
        return
    async with door_to(sandbox) as door:
        yield Hospital(HisPatientFiles(door), sandbox, None)


def number() -> str:
    return number_from("F", new_id())


CLAIM = Claim(
    DocumentType.PASSPORT, "K20261122", "Zara Khan", Relation.SELF, "13800009999", Sex.FEMALE, date(1990, 2, 28), None
)


async def known(hospital: Hospital) -> HospitalFile:
    found = await hospital.files.find(DocumentType.PASSPORT, "B50123457", "Daniel Okafor")
    assert found is not None
    return found


async def test_a_file_is_found_by_document_and_by_card(hospital: Hospital) -> None:
    found = await known(hospital)
    assert found.card_no == "4400012340072"
    assert await hospital.files.find_by_card(found.card_no, found.name) == found
    assert await hospital.files.get(found.patient_id) == found


async def test_an_unknown_document_and_another_name_look_the_same(hospital: Hospital) -> None:
    assert await hospital.files.find(DocumentType.PASSPORT, "B50123457", "Somebody Else") is None
    assert await hospital.files.find(DocumentType.PASSPORT, "Q00000001", "Daniel Okafor") is None
    assert await hospital.files.find(DocumentType.TAIWAN_PERMIT, "B50123457", "Daniel Okafor") is None
    assert await hospital.files.find_by_card("4400012340072", "Somebody Else") is None


async def test_a_file_is_opened_once(hospital: Hospital) -> None:
    request_no = number()
    made = await hospital.files.create(request_no, CLAIM)
    assert (made.name, made.document_number, made.phone) == ("Zara Khan", "K20261122", "13800009999")
    assert (await hospital.files.create(request_no, CLAIM)).patient_id == made.patient_id
    with pytest.raises(Refused) as refused:
        await hospital.files.create(number(), CLAIM)
    assert refused.value.code == "patient_exists"
    with pytest.raises(Refused) as conflict:
        await hospital.files.create(request_no, msgspec.structs.replace(CLAIM, name="Zara Kahn"))
    assert conflict.value.code == "request_no_conflict"


async def test_a_child_without_document_is_opened_once_under_one_number(hospital: Hospital) -> None:
    guardian = Guardian("Daniel Okafor", DocumentType.PASSPORT, "B50123457", "13800004118", "监护人")
    child = msgspec.structs.replace(
        CLAIM, document_type=DocumentType.NONE_CHILD, document_number=None, guardian=guardian, name="林子谦"
    )
    request_no = number()
    made = await hospital.files.create(request_no, child)
    assert made.document_number is None
    assert made.guardian is not None
    assert made.guardian.document_number == "B50123457"
    assert (await hospital.files.create(request_no, child)).patient_id == made.patient_id


async def test_a_card_belongs_to_one_file(hospital: Hospital) -> None:
    found = await known(hospital)
    assert (await hospital.files.bind_card(number(), found.patient_id, found.card_no)).patient_id == found.patient_id
    with pytest.raises(Refused) as refused:
        await hospital.files.bind_card(number(), found.patient_id, "4400099999999")
    assert refused.value.code == "card_mismatch"


async def test_a_counter_code_works_once_but_the_same_question_gets_the_same_answer(hospital: Hospital) -> None:
    found = await known(hospital)
    code, request_no = await hospital.counter_code(found.patient_id), number()
    with pytest.raises(Refused) as wrong:
        await hospital.files.check_counter_code(number(), found.patient_id, "000000" if code != "000000" else "000001")
    assert wrong.value.code == "counter_code_wrong"
    await hospital.files.check_counter_code(request_no, found.patient_id, code)
    await hospital.files.check_counter_code(request_no, found.patient_id, code)
    with pytest.raises(Refused) as used:
        await hospital.files.check_counter_code(number(), found.patient_id, code)
    assert used.value.code == "counter_code_expired"


async def test_an_unknown_file_cannot_be_read(hospital: Hospital) -> None:
    with pytest.raises(Refused) as refused:
        await hospital.files.get("P9999999")
    assert refused.value.code == "patient_not_found"


async def test_faults_of_the_line_are_told_apart(sandbox: Sandbox) -> None:
    async with door_to(sandbox) as door:
        files, request_no = HisPatientFiles(door), number()
        await sandbox.fault("his", "cut_after", "patients.create", times=1)
        with pytest.raises(Unanswered):
            await files.create(request_no, CLAIM)
        assert await files.find(DocumentType.PASSPORT, "K20261122", "Zara Khan") is not None
        assert (await files.create(request_no, CLAIM)).name == "Zara Khan"
        await sandbox.fault("his", "garbled", "patients.get", times=1)
        with pytest.raises(Garbled):
            await files.get("P0000007")
        busy = msgspec.structs.replace(CLAIM, document_number="K20261123", phone="13800000503")
        with pytest.raises(Unreachable):
            await files.create(number(), busy)
