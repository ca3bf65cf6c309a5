"""What the HIS answered, taken into the appointment: each function is the second transaction of a call."""

from typing import Any

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.booking import settings
from jiuyi.domains.booking.events import AppointmentBooked
from jiuyi.domains.booking.ports import Registration
from jiuyi.domains.booking.repository import appointments as repository
from jiuyi.domains.booking.repository import mdt
from jiuyi.domains.booking.service.axes import APPLICATION, PLACEMENT, STATE
from jiuyi.domains.booking.service.messages import Messages
from jiuyi.domains.booking.types import AppointmentRow, AppointmentState, MdtState, Placement
from jiuyi.domains.payments import service as payments
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import move

HIS = Actor.hospital("his")
KIND = "registration"
SUBJECT = "appointment"


def facts(registration: Registration) -> dict[str, Any]:
    """The columns that a registration fills."""
    return {
        "registration_no": registration.registration_no,
        "sequence_no": registration.sequence_no,
        "place": registration.place or None,
        "place_en": registration.place_en or None,
        "room": registration.room or None,
    }


async def placed(tx: Tx, row: AppointmentRow, registration: Registration, messages: Messages, *, why: str) -> None:
    """The HIS holds the place: the fee it said is what the patient pays (docs/architecture.md)."""
    # The number is shown, and counts as a real cancellation, only once the hospital has confirmed.
    columns = facts(registration) | {"registration_no": None, "fee_fen": registration.fee_fen, "tries": 0}
    if registration.fee_fen > 0 and row.order_id is None and row.leaving is None:
        title_zh, title_en = messages.order_titles(row)
        order = await payments.open_order(
            tx,
            kind=KIND,
            subject_kind=SUBJECT,
            subject_id=row.id,
            account_id=row.account_id,
            patient_id=row.patient_id,
            total_fen=registration.fee_fen,
            title_zh=title_zh,
            title_en=title_en,
            expires_at=row.held_until,
        )
        columns["order_id"] = order.id
    await move(tx, PLACEMENT, row.id, row.placement, Placement.PLACED, who=HIS.word, why=why, **columns)


async def confirmed(tx: Tx, row: AppointmentRow, registration: Registration, messages: Messages, *, why: str) -> None:
    """The hospital has confirmed: the patient has an appointment."""
    columns = facts(registration) | {"tries": 0}
    await move(tx, PLACEMENT, row.id, row.placement, Placement.CONFIRMED, who=HIS.word, why=why, **columns)
    if row.state is not AppointmentState.HELD:
        return
    await move(tx, STATE, row.id, row.state, AppointmentState.BOOKED, who=HIS.word, why=why)
    if row.mdt_application_id is not None:
        application = await mdt.locked(tx, row.mdt_application_id)
        if application.state is MdtState.ACCEPTED:
            await move(tx, APPLICATION, application.id, application.state, MdtState.BOOKED, who=HIS.word, why=why)
    await audit.note(tx, actor=HIS, action="booking.booked", subject_kind=SUBJECT, subject=row.id)
    await messages.booked(tx, row, registration)
    await tx.emit(AppointmentBooked(appointment_id=str(row.id)))


async def gone(tx: Tx, row: AppointmentRow, *, who: str, why: str) -> None:
    """The HIS holds nothing (any more)."""
    await move(tx, PLACEMENT, row.id, row.placement, Placement.GONE, who=who, why=why, tries=0)


async def refused(tx: Tx, row: AppointmentRow, code: str, said: str) -> None:
    """The HIS said no for good: nothing is held there; it leaves as refused."""
    await gone(tx, row, who=HIS.word, why=code)
    await repository.leave(tx, row.id, AppointmentState.REFUSED.value, who=HIS.word, why=code, refusal=said or None)


async def out_of_patience(tx: Tx, knobs: Knobs, row: AppointmentRow, waited_seconds: float) -> bool:
    """Whether a HIS that does not answer has been waited for long enough; then it leaves as refused."""
    paying = row.placement is Placement.PLACED
    knob = settings.CONFIRM_PATIENCE_SECONDS if paying else settings.PLACE_PATIENCE_SECONDS
    if waited_seconds < knobs.get(knob):
        return False
    return await repository.leave(
        tx, row.id, AppointmentState.REFUSED.value, who="system:booking.drive", why="his_down"
    )
