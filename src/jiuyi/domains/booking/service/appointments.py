"""A patient's appointments: the one door to them, lists, cancelling, taking an offer."""

from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.booking import settings
from jiuyi.domains.booking.errors import CannotCancel, OfferGone
from jiuyi.domains.booking.repository import appointments as repository
from jiuyi.domains.booking.repository import places
from jiuyi.domains.booking.repository.appointments import Cursor, NewAppointment
from jiuyi.domains.booking.rules import deadlines, wording
from jiuyi.domains.booking.rules.deadlines import Cancelling
from jiuyi.domains.booking.service.showing import Shop
from jiuyi.domains.booking.service.views import Presenter
from jiuyi.domains.booking.types import AppointmentRow, AppointmentState
from jiuyi.domains.patients import service as patients
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit import pages
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id
from jiuyi.kit.problems import NotFound

DRIVE = "booking.drive"
"""The job that drives one appointment (`flows.placement`)."""
DEFAULT_PAGE = 20
DESK = "desk"
"""Why somebody leaves who was cancelled by the hospital's own people."""
DESK_REASON = "booking.appointment.desk_reason"


async def access_appointment(tx: Tx, appointment_id: UUID, by: Principal, *, lock: bool = False) -> AppointmentRow:
    """The one door from an id in a request to an appointment: who is bound to its patient.

    Raises `NotFound` for everybody else, the same as for an id that does not exist.
    """
    row = await repository.appointment(tx, appointment_id)
    if row is None:
        raise NotFound
    await patients.access_patient(tx, row.patient_id, by)
    return await repository.locked(tx, appointment_id) if lock else row


async def page(
    tx: Tx, by: Principal, *, patient_id: UUID | None, scope: str, cursor: str | None, limit: int
) -> tuple[list[AppointmentRow], str | None]:
    """Appointments of the account's patients (or one of them), with the cursor of the next page. Raises `NotFound`."""
    if patient_id is not None:
        await patients.access_patient(tx, patient_id, by)
        whose = [patient_id]
    else:
        whose = [bound.id for bound in await patients.bound_patients(tx, by)]
    after = None if cursor is None else Cursor(*pages.decode_place(cursor))
    rows = await repository.page(tx, whose, scope, after, limit + 1)
    if len(rows) <= limit:
        return rows, None
    rows = rows[:limit]
    return rows, pages.encode(rows[-1].starts_at.isoformat(), str(rows[-1].id))


async def cancel(tx: Tx, shop: Shop, appointment_id: UUID, by: Principal, *, why: str) -> AppointmentRow:
    """Cancel an appointment, or release a held place; the HIS is told by the driver. Raises `CannotCancel`."""
    row = await access_appointment(tx, appointment_id, by, lock=True)
    if row.leaving is AppointmentState.CANCELLED or row.state is AppointmentState.CANCELLED:
        return row
    rules = Presenter(shop.directory, shop.knobs).cancel_rules()
    verdict = deadlines.may_cancel(row.state, row.leaving, row.clinic_kind, row.starts_at, row.now, rules)
    blocked = wording.cancel_blocked(verdict.value)
    if blocked is not None:
        raise CannotCancel(reason=blocked[0], reason_en=blocked[1])
    actor = Actor.account(by.account_id)
    late = verdict is Cancelling.LATE
    await repository.leave(tx, row.id, AppointmentState.CANCELLED.value, who=actor.word, why=why, late=late)
    await audit.note(
        tx,
        actor=actor,
        action="booking.cancel_asked",
        subject_kind="appointment",
        subject=row.id,
        detail={"late": late, "state": row.state.value},
    )
    await tx.defer(DRIVE, appointment_id=str(row.id))
    return await repository.locked(tx, row.id)


async def appointment_at_desk(tx: Tx, appointment_id: UUID, *, lock: bool = False) -> AppointmentRow:
    """The same door for a desk, which serves every patient. Raises `NotFound`."""
    row = await repository.appointment(tx, appointment_id)
    if row is None:
        raise NotFound
    return await repository.locked(tx, appointment_id) if lock else row


async def of_patient_at_desk(tx: Tx, patient_id: UUID, at: AtDesk) -> list[AppointmentRow]:
    """What a patient has before them, for a desk; who looked is noted."""
    await audit.note(
        tx, actor=staff.actor_of(at), action="booking.appointments_seen", subject_kind="patient", subject=patient_id
    )
    return await repository.page(tx, [patient_id], "upcoming", None, DEFAULT_PAGE)


async def cancel_at_desk(tx: Tx, vault: Vault, appointment_id: UUID, at: AtDesk, *, reason: str) -> AppointmentRow:
    """Cancel whatever the deadlines say; asked again, the same.

    `reason` is free text, in which people write diagnoses: it is sealed, and told to the HIS alone. The patient reads
    that the desk cancelled. The driver has the HIS let go, gives the place back and returns what was paid.
    Raises `NotFound`, and `CannotCancel` after the visit.
    """
    row = await appointment_at_desk(tx, appointment_id, lock=True)
    if AppointmentState.CANCELLED in {row.leaving, row.state}:
        return row
    actor = staff.actor_of(at)
    if not await repository.leave(
        tx,
        row.id,
        AppointmentState.CANCELLED.value,
        who=actor.word,
        why=DESK,
        desk_reason=vault.seal(reason, DESK_REASON),
    ):
        raise CannotCancel(
            reason="已就诊、已过号，或这个预约已经结束。挂号费请按医院收费规定办理。",
            reason_en="The visit has taken place or the appointment has ended.",
        )
    await audit.note(
        tx,
        actor=actor,
        action="booking.cancelled_at_desk",
        subject_kind="appointment",
        subject=row.id,
        detail={"state": row.state.value},
    )
    await tx.defer(DRIVE, appointment_id=str(row.id))
    return await repository.locked(tx, row.id)


async def rebook(tx: Tx, shop: Shop, appointment_id: UUID, slot_id: UUID, by: Principal) -> AppointmentRow:
    """Take a place kept for somebody whose clinic was stopped; asked again, the same appointment.

    Raises `OfferGone`.
    """
    row = await access_appointment(tx, appointment_id, by, lock=True)
    existing = await repository.rebooked_as(tx, row.id)
    if existing is not None:
        return await repository.locked(tx, existing)
    if row.state is not AppointmentState.STOPPED or not await places.take(tx, row.id, slot_id):
        raise OfferGone
    made = new_id()
    new = NewAppointment(
        id=made,
        account=by.account_id,
        key=made,
        channel=by.channel.value,
        patient=row.patient_id,
        slot=slot_id,
        application=row.mdt_application_id,
        rebooked=row.id,
        hold=shop.knobs.get(settings.HOLD_MINUTES),
    )
    actor = Actor.account(by.account_id)
    await repository.insert(tx, new, who=actor.word, why="offer taken")
    await audit.note(
        tx,
        actor=actor,
        action="booking.rebooked",
        subject_kind="appointment",
        subject=made,
        detail={"from": str(row.id)},
    )
    await tx.defer(DRIVE, appointment_id=str(made))
    return await repository.locked(tx, made)
