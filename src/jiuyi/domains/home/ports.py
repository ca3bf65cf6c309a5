"""What home needs from outside."""

from datetime import date
from typing import Protocol

from jiuyi.domains.home.types import Registration


class RegistrationHistory(Protocol):
    """All of a patient's registrations in the hospital, wherever they were made."""

    async def registrations(self, his_patient_id: str, since: date, until: date) -> list[Registration]:
        """Newest first. Raises `Refused`, `Unreachable`, `Unanswered` or `Garbled`."""
        ...
