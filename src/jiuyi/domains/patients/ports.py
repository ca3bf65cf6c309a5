"""What patients needs from the hospital."""

from typing import Protocol

from jiuyi.domains.patients.types import Claim, DocumentType, HospitalFile


class PatientFiles(Protocol):
    """The hospital's patient files. Every method raises the outcomes of a call (`kit.outcomes`).

    A change carries `request_no`: the same number with the same content may be sent again and gives the same answer.
    """

    async def find(self, document_type: DocumentType, document_number: str, name: str) -> HospitalFile | None:
        """The file of this document; None when there is none or the name differs (never told apart)."""
        ...

    async def find_by_card(self, card_no: str, name: str) -> HospitalFile | None:
        """The file of this card; None when there is none or the name differs."""
        ...

    async def get(self, patient_id: str) -> HospitalFile:
        """The file. Raises `Refused` (`patient_not_found`)."""
        ...

    async def create(self, request_no: str, claim: Claim) -> HospitalFile:
        """Open a file. Raises `Refused` (`patient_exists`: the document is on file; `invalid_request`)."""
        ...

    async def bind_card(self, request_no: str, patient_id: str, card_no: str) -> HospitalFile:
        """Check that the card belongs to the file. Raises `Refused` (`card_mismatch`)."""
        ...

    async def check_counter_code(self, request_no: str, patient_id: str, code: str) -> None:
        """Use up a code printed at the desk. Raises `Refused` (`counter_code_wrong`, `counter_code_expired`)."""
        ...
