"""An appointment as its owner sees it."""

from uuid import UUID

import msgspec

from jiuyi.domains.booking import settings
from jiuyi.domains.booking.repository import appointments, clinics, places
from jiuyi.domains.booking.rules import deadlines, display, standing, wording
from jiuyi.domains.booking.rules.deadlines import Cancelling
from jiuyi.domains.booking.rules.standing import PayState, Standing
from jiuyi.domains.booking.service.people import People
from jiuyi.domains.booking.service.views import Presenter
from jiuyi.domains.booking.types import (
    AppointmentRow,
    AppointmentState,
    AppointmentView,
    ClinicRow,
    DeskAppointment,
    OfferView,
    PatientBrief,
    Placement,
    RefundView,
    SlotRow,
    StepRow,
    TimelineEntry,
)
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import Order, Refund, RefundState, Shown
from jiuyi.kit.clock import local
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.money import grouped

_CANCELLABLE = frozenset({AppointmentState.HELD, AppointmentState.BOOKED, AppointmentState.CHECKED_IN})
REASON = "booking.appointment.reason"
_EXPECTED = ("一般几分钟内到账，最晚 3 个工作日", "Usually within minutes, at most 3 working days")
_SHOWN = {
    Shown.UNPAID: PayState.UNPAID,
    Shown.PAYING: PayState.PAYING,
    Shown.CLOSING: PayState.UNPAID,
    Shown.CLOSED: PayState.NONE,
    Shown.PAID: PayState.PAID,
    Shown.REFUNDING: PayState.REFUNDING,
    Shown.PARTLY_REFUNDED: PayState.REFUNDED,
    Shown.REFUNDED: PayState.REFUNDED,
}


class _Around(msgspec.Struct):
    """What is read once for a page of appointments."""

    people: dict[UUID, PatientBrief]
    clinics: dict[UUID, ClinicRow]
    slots: dict[UUID, SlotRow]
    orders: dict[UUID, Order]


class Shop:
    """What showing needs besides a transaction."""

    def __init__(self, directory: Directory, knobs: Knobs, vault: Vault) -> None:
        self.directory = directory
        self.knobs = knobs
        self.vault = vault
        self.people = People(vault)


def pay_state(order: Order | None) -> PayState:
    """The order's state as an appointment shows it."""
    if order is None:
        return PayState.NONE
    return PayState.REFUND_FAILED if order.refund_failed else _SHOWN[order.shown]


async def views(tx: Tx, shop: Shop, rows: list[AppointmentRow], language: str) -> list[AppointmentView]:
    """A page of appointments, without their stories (timeline, refund, offers)."""
    around = await _around(tx, shop, rows, Presenter(shop.directory, shop.knobs, language))
    return [_view(shop, row, around, language) for row in rows]


async def view(tx: Tx, shop: Shop, row: AppointmentRow, language: str) -> AppointmentView:
    """One appointment with its story."""
    shown = (await views(tx, shop, [row], language))[0]
    shown.timeline = [
        entry for step in await appointments.steps(tx, row.id) if (entry := _entry(step, language)) is not None
    ]
    if row.order_id is not None:
        refunds = await payments.refunds_of(tx, row.order_id)
        shown.refund = _refund(refunds[-1], language) if refunds else None
    if row.state is AppointmentState.STOPPED and await appointments.rebooked_as(tx, row.id) is None:
        shown.offers = await _offers(tx, shop, row, language)
    return shown


async def desk_views(tx: Tx, shop: Shop, rows: list[AppointmentRow], language: str) -> list[DeskAppointment]:
    """Appointments for whoever stands at a desk."""
    shown = await views(tx, shop, rows, language)
    return [_desk_view(shop, row, one, language) for row, one in zip(rows, shown, strict=True)]


def _desk_view(shop: Shop, row: AppointmentRow, shown: AppointmentView, language: str) -> DeskAppointment:
    english, tree = language == "en", shop.directory.tree
    department = tree.department_by_code(row.department_code)
    doctor = tree.doctor_by_code(row.doctor_code) if row.doctor_code else None
    stands = row.leaving is None and row.state in _CANCELLABLE
    return DeskAppointment(
        id=row.id,
        number=shown.number,
        department=(department.name_en if english else department.name) if department else row.department_code,
        doctor=(doctor.name_en if english else doctor.name) if doctor else "",
        starts_at=local(row.starts_at),
        fee_fen=shown.fee_fen,
        paid_fen=shown.paid_fen,
        refunded_fen=shown.refunded_fen,
        order_id=row.order_id,
        state=shown.state,
        state_title=shown.state_title,
        state_detail=shown.state_detail,
        can_cancel=stands,
        refused=row.refusal if stands and row.placement is Placement.CONFIRMED else None,
        settled=row.leaving is None,
    )


async def _around(tx: Tx, shop: Shop, rows: list[AppointmentRow], show: Presenter) -> _Around:
    orders = [row.order_id for row in rows if row.order_id is not None]
    return _Around(
        people=await shop.people.briefs(tx, [row.patient_id for row in rows]),
        clinics=await clinics.by_ids(tx, list({row.schedule_id for row in rows}), lead=show.lead()),
        slots=await clinics.slots_by_ids(tx, list({row.slot_id for row in rows}), lead=show.lead()),
        orders=await payments.orders(tx, orders),
    )


def _view(shop: Shop, row: AppointmentRow, around: _Around, language: str) -> AppointmentView:
    get, show = shop.knobs.get, Presenter(shop.directory, shop.knobs, language)
    clinic_row = around.clinics[row.schedule_id]
    clinic, order = show.clinic(clinic_row), around.orders.get(row.order_id) if row.order_id else None
    pay = pay_state(order)
    word = standing.standing(row.state, row.placement, row.leaving, pay)
    cancel_rules = show.cancel_rules()
    cancelling = deadlines.may_cancel(row.state, row.leaving, row.clinic_kind, row.starts_at, row.now, cancel_rules)
    blocked = wording.cancel_blocked(cancelling.value)
    opens, closes = deadlines.check_in_window(
        row.starts_at, get(settings.CHECK_IN_BEFORE), get(settings.CHECK_IN_AFTER)
    )
    firm = word in {Standing.BOOKED, Standing.CHECKED_IN, Standing.CALLED, Standing.PASSED}
    deadline = deadlines.cancel_deadline(row.clinic_kind, row.starts_at, cancel_rules)
    fee = row.fee_fen if row.fee_fen is not None else clinic_row.fee_fen
    place, room = row.place or clinic.place, row.room or clinic.room
    place_en = row.place_en or clinic.place_en
    facts = wording.Facts(
        until=display.hour_minute(row.held_until),
        start=display.day_and_time(row.starts_at, language),
        place=f"{place_en if language == 'en' else place} {room}".strip(),
        check_in=display.hour_minute(opens),
        amount=grouped(fee),
        reason=_why(row, clinic_row, word, language),
    )
    return AppointmentView(
        id=row.id,
        number=row.registration_no or row.lock_no or "",
        state=word.value,
        state_title=wording.title(word, language),
        state_detail=wording.detail(word, facts, language),
        patient=around.people[row.patient_id],
        clinic=clinic,
        slot=show.slot(around.slots[row.slot_id], clinic.state),
        visit_kind=row.visit_kind,
        reason=shop.vault.open(row.reason_sealed, REASON) if row.reason_sealed else None,
        sequence_no=row.sequence_no if firm or word is Standing.DONE else None,
        place=place,
        place_en=place_en,
        room=room,
        fee_fen=fee,
        order_id=row.order_id,
        pay_state=pay.value,
        paid_fen=order.paid_fen if order else 0,
        insurance_fen=order.insurance_fen if order else 0,
        refunded_fen=order.refunded_fen if order else 0,
        held_until=local(row.held_until) if word in {Standing.PLACING, Standing.AWAITING_PAYMENT} else None,
        check_in_from=local(opens) if firm else None,
        check_in_to=local(closes) if firm else None,
        cancel_deadline=local(deadline),
        can_cancel=cancelling in {Cancelling.YES, Cancelling.LATE},
        cancel_blocked_reason=blocked[language == "en"] if blocked else None,
        created_at=local(row.created_at),
        timeline=[],
        refund=None,
        offers=[],
        mdt_application_id=row.mdt_application_id,
    )


def _why(row: AppointmentRow, clinic: ClinicRow, word: Standing, language: str) -> str:
    if word in {Standing.STOPPED, Standing.STOPPED_REFUNDED}:
        said = clinic.stop_reason_en if language == "en" and clinic.stop_reason_en else clinic.stop_reason
        return wording.reason("clinic_stopped", said or None, language)
    said_by_his = row.refusal if language != "en" or (row.refusal or "").isascii() else None
    return wording.reason(row.leaving_why, said_by_his, language)


def _entry(step: StepRow, language: str) -> TimelineEntry | None:
    found = wording.step(step.axis, step.target, language)
    if found is None:
        return None
    by = {"account": "patient", "hospital": "hospital"}.get(step.who.partition(":")[0], "system")
    return TimelineEntry(local(step.at), found[0], found[1], by)


def _refund(refund: Refund, language: str) -> RefundView:
    expected = _EXPECTED[language == "en"]
    if refund.state is RefundState.FAILED:
        expected = (
            "Our finance office will contact you; the money is safe"
            if language == "en"
            else "财务人员会联系您，钱不会丢失"
        )
    return RefundView(
        no=refund.no,
        amount_fen=refund.amount_fen,
        route="付款账户",
        route_en="the account you paid from",
        requested_at=local(refund.requested_at),
        completed_at=local(refund.done_at) if refund.done_at else None,
        expected=expected,
    )


async def _offers(tx: Tx, shop: Shop, row: AppointmentRow, language: str) -> list[OfferView]:
    show = Presenter(shop.directory, shop.knobs, language)
    kept = await places.offers(tx, row.id)
    slots = await clinics.slots_by_ids(tx, [offer.slot_id for offer in kept], lead=show.lead())
    rows = await clinics.by_ids(tx, [slot.schedule_id for slot in slots.values()], lead=show.lead())
    found = []
    for offer in kept:
        slot = slots.get(offer.slot_id)
        if slot is None or slot.ended:
            continue
        clinic = rows[slot.schedule_id]
        # One place is kept for this patient, whatever everybody else sees.
        slot.remaining = max(slot.remaining, 1)
        clinic.remaining = max(clinic.remaining, 1)
        found.append(OfferView(show.slot(slot, show.state(clinic)), show.clinic(clinic)))
    return found
