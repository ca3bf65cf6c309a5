"""The hospital's patient files in memory, and a phone that keeps what it is sent."""

from dataclasses import dataclass, field
from datetime import date

import msgspec

from jiuyi.domains.patients.types import Claim, DocumentType, HospitalFile, Sex
from jiuyi.kit.outcomes import Refused, Unanswered, Unreachable

ADULT_ID = "440100198803120432"


def file(**changes: object) -> HospitalFile:
    base = HospitalFile(
        patient_id="P0000001",
        card_no="4400012340015",
        name="陈美华",
        sex=Sex.FEMALE,
        birth_date=date(1988, 3, 12),
        document_type=DocumentType.PASSPORT,
        document_number="E12345678",
        phone="13800002046",
        guardian=None,
        deceased=False,
    )
    return msgspec.structs.replace(base, **changes)


@dataclass
class FakeFiles:
    """The port `PatientFiles`. `cut_after[op]` = do it, then give no answer; `down` = unreachable."""

    files: dict[str, HospitalFile] = field(default_factory=dict)
    counter_codes: dict[tuple[str, str], bool] = field(default_factory=dict)
    cut_after: dict[str, int] = field(default_factory=dict)
    down: bool = False
    created: int = 0
    asked: list[str] = field(default_factory=list)
    _answers: dict[str, tuple[object, object]] = field(default_factory=dict)

    def add(self, *files: HospitalFile) -> None:
        self.files.update({row.patient_id: row for row in files})

    async def find(self, document_type: DocumentType, document_number: str, name: str) -> HospitalFile | None:
        self._begin("find")
        return next(
            (
                row
                for row in self.files.values()
                if (row.document_type, row.document_number) == (document_type, document_number)
                and row.name.casefold() == name.casefold()
            ),
            None,
        )

    async def find_by_card(self, card_no: str, name: str) -> HospitalFile | None:
        self._begin("find_by_card")
        return next((row for row in self.files.values() if (row.card_no, row.name) == (card_no, name)), None)

    async def get(self, patient_id: str) -> HospitalFile:
        self._begin("get")
        if patient_id not in self.files:
            raise Refused("his", "patients.get", "patient_not_found")
        return self.files[patient_id]

    async def create(self, request_no: str, claim: Claim) -> HospitalFile:
        self._begin("create")
        before = self._before(request_no, claim)
        if isinstance(before, HospitalFile):
            return before
        kind, number = claim.document_type, claim.document_number
        if number and any((row.document_type, row.document_number) == (kind, number) for row in self.files.values()):
            raise Refused("his", "patients.create", "patient_exists")
        if claim.sex is None or claim.birth_date is None:
            raise Refused("his", "patients.create", "invalid_request")
        self.created += 1
        made = HospitalFile(
            patient_id=f"P9{self.created:06}",
            card_no=f"44009{self.created:08}",
            name=claim.name,
            sex=claim.sex,
            birth_date=claim.birth_date,
            document_type=kind,
            document_number=number,
            phone=claim.phone,
            guardian=claim.guardian,
            deceased=False,
        )
        self.add(made)
        self._answers[request_no] = (claim, made)
        self._end("create")
        return made

    async def bind_card(self, request_no: str, patient_id: str, card_no: str) -> HospitalFile:
        self._begin("bind_card")
        found = self.files[patient_id]
        if found.card_no != card_no:
            raise Refused("his", "patients.bind_card", "card_mismatch")
        self._answers[request_no] = ((patient_id, card_no), found)
        self._end("bind_card")
        return found

    async def check_counter_code(self, request_no: str, patient_id: str, code: str) -> None:
        self._begin("check_counter_code")
        if self._before(request_no, (patient_id, code)) is not None:
            return
        used = self.counter_codes.get((patient_id, code))
        if used is None:
            raise Refused("his", "patients.check_counter_code", "counter_code_wrong")
        if used:
            raise Refused("his", "patients.check_counter_code", "counter_code_expired")
        self.counter_codes[patient_id, code] = True
        self._answers[request_no] = ((patient_id, code), True)
        self._end("check_counter_code")

    def _before(self, request_no: str, content: object) -> object:
        known = self._answers.get(request_no)
        if known is None:
            return None
        if known[0] != content:
            raise Refused("his", "change", "request_no_conflict")
        return known[1]

    def _begin(self, operation: str) -> None:
        self.asked.append(operation)
        if self.down:
            raise Unreachable("his", operation)

    def _end(self, operation: str) -> None:
        if self.cut_after.get(operation, 0) > 0:
            self.cut_after[operation] -= 1
            raise Unanswered("his", operation)


@dataclass
class FakeSms:
    """The port `SmsSender`."""

    sent: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)

    async def send(self, phone: str, template: str, params: tuple[str, ...]) -> None:
        self.sent.append((phone, template, params))

    def last_code(self, phone: str) -> str:
        return next(params[0] for to, template, params in reversed(self.sent) if (to, template) == (phone, "code"))
