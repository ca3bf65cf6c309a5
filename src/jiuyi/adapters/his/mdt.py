"""MDT applications (contracts/his.md §2.5)."""

import base64

import msgspec

from jiuyi.domains.booking.ports import MdtDocumentNote
from jiuyi.wire.hospital import Door


class HisMdtDesk:
    """`booking.ports.MdtDesk` over the hospital's door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def submit(
        self,
        *,
        request_no: str,
        application_no: str,
        team_code: str,
        his_patient_id: str,
        summary: str,
        documents: list[MdtDocumentNote],
    ) -> None:
        """Hand in an application."""
        request = {
            "request_no": request_no,
            "application_no": application_no,
            "team_code": team_code,
            "patient_id": his_patient_id,
            "summary": summary,
            "documents": [msgspec.structs.asdict(document) for document in documents],
        }
        await self._door.call("mdt.submit", request)

    async def document(self, *, application_no: str, document_id: str, body: bytes) -> None:
        """Send a document's bytes."""
        content = base64.b64encode(body).decode()
        request = {"application_no": application_no, "id": document_id, "content_base64": content}
        await self._door.call("mdt.document", request, timeout=20.0)

    async def withdraw(self, *, request_no: str, application_no: str) -> None:
        """Take an application back."""
        await self._door.call("mdt.withdraw", {"request_no": request_no, "application_no": application_no})
