"""What booking needs from outside."""

from datetime import date, datetime
from typing import Protocol

import msgspec

from jiuyi.domains.booking.types import ClinicKind, FeeItem, OpenState, Session
from jiuyi.domains.payments.types import Proof

REVIEW_NOTE = "booking.mdt_application.reviewer_note"
"""What a team's note is sealed as, already by whoever takes the HIS's event in."""


class MirroredSlot(msgspec.Struct, frozen=True):
    """A slot as the HIS lists it; `start`, `end` are `HH:MM` of hospital time."""

    code: str
    start: str
    end: str
    online_quota: int
    reserved: int = 0
    reserved_until: datetime | None = None


class MirroredSchedule(msgspec.Struct, frozen=True):
    """A schedule as the HIS lists it (contracts/his.md §2.2)."""

    code: str
    date: date
    session: Session
    clinic_kind: ClinicKind
    department_code: str
    doctor_code: str | None
    mdt_team_code: str | None
    campus_code: str
    place: str
    place_en: str
    room: str
    fee_fen: int
    fee_items: list[FeeItem]
    state: OpenState
    stop_reason: str
    releases_at: datetime | None
    note: str
    updated_at: datetime
    slots: list[MirroredSlot]
    note_en: str = ""


class SchedulePage(msgspec.Struct, frozen=True):
    """One page of schedules; `as_of` is the HIS's own time, given back as `changed_since`."""

    items: list[MirroredSchedule]
    next_cursor: str | None
    as_of: str


class Registration(msgspec.Struct, frozen=True):
    """A registration in the HIS. `state`: locked, confirmed, released, cancelled, done, no_show, stopped."""

    lock_request_no: str
    state: str
    slot_code: str
    fee_fen: int
    registration_no: str | None = None
    sequence_no: int | None = None
    fee_items: list[FeeItem] = []
    place: str = ""
    place_en: str = ""
    room: str = ""
    lock_expires_at: datetime | None = None


class MdtDocumentNote(msgspec.Struct, frozen=True):
    """A document announced with an application."""

    id: str
    title: str
    content_type: str
    size: int
    sha256: str


class Schedules(Protocol):
    """The hospital's schedules."""

    async def page(self, first: date, last: date, changed_since: str | None, cursor: str | None) -> SchedulePage:
        """One page of schedules between two dates. Raises `NotDone`."""
        ...


class Registrations(Protocol):
    """Places in the HIS. Every call raises `Refused`, `Unreachable` or `Unanswered` (kit.outcomes)."""

    async def lock(
        self,
        *,
        request_no: str,
        slot_code: str,
        his_patient_id: str,
        channel: str,
        hold_seconds: int,
        mdt_application_no: str | None,
    ) -> Registration:
        """Lock a place; the answer's fee is what the patient pays."""
        ...

    async def confirm(self, *, request_no: str, lock_no: str, payment: Proof | None) -> Registration:
        """Confirm a locked place (`payment` None when the fee is 0)."""
        ...

    async def cancel(self, *, request_no: str, lock_no: str, reason: str, note: str) -> Registration:
        """Release a lock or cancel a confirmed place."""
        ...

    async def find(self, lock_no: str) -> Registration | None:
        """What became of a lock; None = it never arrived, nothing is held."""
        ...


class MdtDesk(Protocol):
    """Where MDT applications are reviewed."""

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
        """Hand in an application (again with more, after a supplement)."""
        ...

    async def document(self, *, application_no: str, document_id: str, body: bytes) -> None:
        """Send a document's bytes."""
        ...

    async def withdraw(self, *, request_no: str, application_no: str) -> None:
        """Take an application back."""
        ...
