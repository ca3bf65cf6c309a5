"""The confirm page: everything before the choice is made, and the ticket that makes it."""

from datetime import timedelta

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.booking import errors, settings
from jiuyi.domains.booking.repository import admission, appointments, clinics, mdt
from jiuyi.domains.booking.rules import deadlines, fitness, texts, tickets
from jiuyi.domains.booking.rules.limits import refusal
from jiuyi.domains.booking.rules.tickets import Bound, Ticket
from jiuyi.domains.booking.service.clinics import numbers
from jiuyi.domains.booking.service.limits import limits
from jiuyi.domains.booking.service.showing import Shop
from jiuyi.domains.booking.service.views import Presenter
from jiuyi.domains.booking.types import (
    AppointmentRow,
    ClinicKind,
    ClinicRow,
    FeeView,
    Insurance,
    MdtState,
    PatientBrief,
    PreviewBody,
    PreviewView,
    TextBlock,
)
from jiuyi.domains.catalog.types import DepartmentState
from jiuyi.domains.patients import service as patients
from jiuyi.domains.patients.types import BoundPatient
from jiuyi.kit.clock import local
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id
from jiuyi.kit.problems import NotFound, Problem


async def preview(tx: Tx, shop: Shop, secret: bytes, body: PreviewBody, by: Principal, language: str) -> PreviewView:
    """What the confirm page shows; `ticket` is None when a rule forbids the booking already.

    Raises `SlotUnknown` and `NotFound`.
    """
    show = Presenter(shop.directory, shop.knobs, language)
    patient = await patients.access_patient(tx, body.patient_id, by)
    slot = (await clinics.slots_by_ids(tx, [body.slot_id], lead=show.lead())).get(body.slot_id)
    if slot is None:
        raise errors.SlotUnknown
    row = (await clinics.by_ids(tx, [slot.schedule_id], lead=show.lead()))[slot.schedule_id]
    at = limits(shop.knobs)
    judged = await admission.foresee(tx, by.accounts, patient.id, slot.id, at)
    blocks = _unfit(shop, row, patient) + await _application(tx, row, body, by)
    if judged.verdict != "ok":
        blocks.append(refusal(judged, at))
    brief = (await shop.people.briefs(tx, [patient.id]))[patient.id]
    seconds = shop.knobs.get(settings.TICKET_SECONDS)
    ends = shop.directory.clock.now() + timedelta(seconds=seconds)
    ticket = None
    if not blocks:
        bound = Bound(by.account_id, by.session_id, patient.id, slot.id, body.mdt_application_id)
        ticket = tickets.issue(secret, bound, Ticket(new_id(), int(ends.timestamp()), brief.name, brief.card_no or ""))
    other = None if blocks else await appointments.meanwhile(tx, patient.id, slot.starts_at, slot.ends_at)
    deadline = deadlines.cancel_deadline(row.clinic_kind, slot.starts_at, show.cancel_rules())
    clinic = show.clinic(row)
    return PreviewView(
        ticket=ticket,
        ticket_expires_at=local(ends) if ticket else None,
        clinic=clinic,
        slot=show.slot(slot, clinic.state),
        patient=PatientBrief(brief.id, brief.name, brief.card_no),
        fee_fen=row.fee_fen,
        fee_items=[FeeView(item.name, item.name_en, item.fen) for item in row.fee_items],
        insurance=Insurance(
            "self_pay" if row.clinic_kind in texts.UNINSURED else "choice",
            texts.insurance_note(row.clinic_kind, language),
        ),
        cancel_deadline=local(deadline),
        agreements=[texts.agreement(row.clinic_kind, numbers(shop.knobs), language)],
        warnings=_warnings(shop, judged.cancels, other, language),
        blocks=[TextBlock(found.code, found.title(language), found.detail(language)) for found in blocks],
    )


def _unfit(shop: Shop, row: ClinicRow, patient: BoundPatient) -> list[Problem]:
    department = shop.directory.tree.department_by_code(row.department_code)
    if department is None:
        return []
    found: list[Problem] = []
    if department.state is not DepartmentState.OPEN:
        found.append(errors.DepartmentClosed())
    return found + fitness.unfit(
        sex=patient.sex.value,
        born=patient.birth_date,
        on=row.date,
        wanted_sex=department.sex,
        age_min=department.age_min_years,
        age_max=department.age_max_years,
    )


async def _application(tx: Tx, row: ClinicRow, body: PreviewBody, by: Principal) -> list[Problem]:
    """An MDT clinic wants an accepted application of this patient to this team; no other clinic takes one.

    Raises `NotFound` for an application where none belongs: it would count as booked, whoever's it is.
    """
    if row.clinic_kind is not ClinicKind.MDT:
        if body.mdt_application_id is not None:
            raise NotFound
        return []
    found = await mdt.application(tx, body.mdt_application_id) if body.mdt_application_id else None
    fits = (
        found is not None
        and by.owns(found.account_id)
        and found.patient_id == body.patient_id
        and found.team_code == row.mdt_team_code
        and found.state is MdtState.ACCEPTED
        and not found.lapsed
    )
    return [] if fits else [errors.MdtRequired()]


def _warnings(shop: Shop, cancels: int, other: AppointmentRow | None, language: str) -> list[TextBlock]:
    return [*_overlap(shop, other, language), *_many_cancels(shop, cancels, language)]


def _overlap(shop: Shop, other: AppointmentRow | None, language: str) -> list[TextBlock]:
    if other is None:
        return []
    department = shop.directory.tree.department_by_code(other.department_code)
    start, end = (local(at).strftime("%H:%M") for at in (other.starts_at, other.ends_at))
    if language == "en":
        where = f" in {department.name_en}" if department else ""
        title = f"This patient already has a visit at {start}–{end}{where}"
        return [TextBlock("booking.overlap", title, "The times overlap. You can book it, or choose another.")]
    title = f"这位就诊人 {start}–{end} 已约了{department.name if department else '别的门诊'}"
    return [TextBlock("booking.overlap", title, "两次就诊时间重叠。仍可预约，建议换个时段。")]


def _many_cancels(shop: Shop, cancels: int, language: str) -> list[TextBlock]:
    warn, pause = shop.knobs.get(settings.CANCELS_WARN), shop.knobs.get(settings.CANCELS_PAUSE)
    if cancels < warn:
        return []
    if language == "en":
        title = f"{cancels} cancellations in 30 days"
        return [TextBlock("booking.many_cancels", title, f"After {pause}, online booking is paused for a while.")]
    title = f"30 天内已取消 {cancels} 次"
    return [TextBlock("booking.many_cancels", title, f"达到 {pause} 次将暂停网上预约，急诊和现场挂号不受影响。")]
