"""`patients.*` of the HIS contract (§2.3), as the port `patients.ports.PatientFiles`."""

from typing import Any

import msgspec

from jiuyi.domains.patients.types import Claim, DocumentType, HospitalFile
from jiuyi.kit.outcomes import Garbled, Refused
from jiuyi.wire.hospital import Door

_NOT_FOUND = "patient_not_found"


class _Answer(msgspec.Struct):
    patient: HospitalFile


class HisPatientFiles:
    """Patient files behind the hospital's door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def find(self, document_type: DocumentType, document_number: str, name: str) -> HospitalFile | None:
        """`patients.find` by document."""
        return await self._find({"document_type": document_type, "document_number": document_number, "name": name})

    async def find_by_card(self, card_no: str, name: str) -> HospitalFile | None:
        """`patients.find` by card."""
        return await self._find({"card_no": card_no, "name": name})

    async def get(self, patient_id: str) -> HospitalFile:
        """`patients.get`."""
        return await self._file("patients.get", {"patient_id": patient_id})

    async def create(self, request_no: str, claim: Claim) -> HospitalFile:
        """`patients.create`."""
        guardian = claim.guardian
        request = {
            "request_no": request_no,
            "document_type": claim.document_type,
            "document_number": claim.document_number,
            "name": claim.name,
            "sex": claim.sex,
            "birth_date": claim.birth_date,
            "phone": claim.phone,
            "guardian": msgspec.to_builtins(guardian) if guardian else None,
        }
        return await self._file("patients.create", request)

    async def bind_card(self, request_no: str, patient_id: str, card_no: str) -> HospitalFile:
        """`patients.bind_card`."""
        request = {"request_no": request_no, "patient_id": patient_id, "card_no": card_no}
        return await self._file("patients.bind_card", request)

    async def check_counter_code(self, request_no: str, patient_id: str, code: str) -> None:
        """`patients.check_counter_code`."""
        request = {"request_no": request_no, "patient_id": patient_id, "code": code}
        await self._door.call("patients.check_counter_code", request)

    async def _find(self, request: dict[str, Any]) -> HospitalFile | None:
        try:
            return await self._file("patients.find", request)
        except Refused as error:
            if error.code == _NOT_FOUND:
                return None
            raise

    async def _file(self, operation: str, request: dict[str, Any]) -> HospitalFile:
        data = await self._door.call(operation, request)
        try:
            return msgspec.convert(data, _Answer).patient
        except msgspec.ValidationError as error:
            # The message names a path and a type, never a value.
            raise Garbled("his", operation, str(error)) from error
