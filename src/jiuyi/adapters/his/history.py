"""All of a patient's registrations in the hospital (`registrations.list`, docs/contracts/his.md §2.4)."""

from datetime import date
from typing import Any

import msgspec

from jiuyi.domains.home.types import Registration
from jiuyi.kit.outcomes import Garbled
from jiuyi.wire.hospital import Door

_PAGES = 10
"""At most a thousand rows: a record page is read by a person."""


class HisHistory:
    """Satisfies `home.ports.RegistrationHistory`."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def registrations(self, his_patient_id: str, since: date, until: date) -> list[Registration]:
        """Newest first. Raises the outcomes of a call; `Garbled` when the shape is not the contract's."""
        rows: list[Registration] = []
        cursor: str | None = None
        for _ in range(_PAGES):
            data = await self._door.call(
                "registrations.list",
                {
                    "patient_id": his_patient_id,
                    "from": since.isoformat(),
                    "to": until.isoformat(),
                    "cursor": cursor,
                    "limit": 100,
                },
            )
            rows += self._rows(data)
            cursor = data.get("next_cursor")
            if not cursor:
                break
        return sorted(rows, key=lambda row: (row.date, row.start or ""), reverse=True)

    @staticmethod
    def _rows(data: dict[str, Any]) -> list[Registration]:
        try:
            return msgspec.convert(data.get("items"), list[Registration])
        except msgspec.ValidationError as error:
            raise Garbled("his", "registrations.list", str(error)) from error
