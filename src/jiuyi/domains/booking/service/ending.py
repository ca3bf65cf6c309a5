"""How appointments end: money back, the place on its way back, and the patient told, in one transaction."""

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.booking import settings
from jiuyi.domains.booking.events import AppointmentEnded, PlacesReturned
from jiuyi.domains.booking.repository import appointments as repository
from jiuyi.domains.booking.repository import mdt, places
from jiuyi.domains.booking.repository.places import Like
from jiuyi.domains.booking.service.axes import APPLICATION, PLACEMENT, STATE
from jiuyi.domains.booking.service.messages import Messages
from jiuyi.domains.booking.types import AppointmentRow, AppointmentState, MdtState, Placement
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.notifications.types import Kind
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import OrderState
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import move

SYSTEM = Actor.system("booking.drive")
_EMPTY = frozenset({Placement.NONE, Placement.GONE})
_TOLD = {
    AppointmentState.CANCELLED: Kind.CANCELLED,
    AppointmentState.EXPIRED: Kind.NOT_BOOKED,
    AppointmentState.REFUSED: Kind.NOT_BOOKED,
    AppointmentState.STOPPED: Kind.STOPPED,
}
_REASONS = {
    AppointmentState.CANCELLED: "取消预约退款",
    AppointmentState.EXPIRED: "未挂上号退款",
    AppointmentState.REFUSED: "未挂上号退款",
    AppointmentState.STOPPED: "停诊退款",
}


async def finish(tx: Tx, knobs: Knobs, directory: Directory, messages: Messages, row: AppointmentRow) -> None:
    """End an appointment that is leaving (or that the HIS has let go of)."""
    target, why = row.leaving or AppointmentState.REFUSED, row.leaving_why or "released"
    if target is AppointmentState.STOPPED and row.placement not in _EMPTY:
        # The hospital stopped the clinic: it holds nothing for anybody.
        await move(tx, PLACEMENT, row.id, row.placement, Placement.GONE, who="hospital:his", why=why)
        row.placement = Placement.GONE
    now = await repository.now(tx)
    await move(tx, STATE, row.id, row.state, target, who=SYSTEM.word, why=why, cancelled_at=now)
    if row.placement in _EMPTY:
        await give_back(tx, knobs, row)
    await _refund(tx, row, target, why)
    await audit.note(
        tx,
        actor=SYSTEM,
        action=f"booking.{target.value}",
        subject_kind="appointment",
        subject=row.id,
        detail={"why": why},
    )
    await _reopen_application(tx, row)
    if target is AppointmentState.STOPPED:
        await _offer(tx, knobs, directory, row)
    await messages.ended(tx, row, _TOLD[target], why)
    await tx.emit(AppointmentEnded(appointment_id=str(row.id), state=target.value))


async def give_back(tx: Tx, knobs: Knobs, row: AppointmentRow) -> None:
    """The HIS holds nothing for it: its place goes back on sale after a while (docs/rules.md, return numbers)."""
    low = knobs.get(settings.RETURN_MINUTES_LOW)
    slot = await places.give_back(tx, row.id, low, max(low, knobs.get(settings.RETURN_MINUTES_HIGH)))
    await repository.left(tx, row.id)
    if slot is not None:
        await tx.emit(PlacesReturned(slot_id=str(slot)))


async def _refund(tx: Tx, row: AppointmentRow, target: AppointmentState, why: str) -> None:
    if row.order_id is None:
        return
    order = await payments.order(tx, row.order_id)
    if order.state is OrderState.PAID and order.left_fen > 0:
        await payments.request_refund(tx, order.id, order.left_fen, _REASONS[target], why)


async def _reopen_application(tx: Tx, row: AppointmentRow) -> None:
    """An MDT application whose appointment fell through may choose another time."""
    if row.mdt_application_id is None:
        return
    application = await mdt.locked(tx, row.mdt_application_id)
    if application.state is MdtState.BOOKED:
        await move(
            tx,
            APPLICATION,
            application.id,
            MdtState.BOOKED,
            MdtState.ACCEPTED,
            who=SYSTEM.word,
            why="appointment ended",
        )


async def _offer(tx: Tx, knobs: Knobs, directory: Directory, row: AppointmentRow) -> None:
    """Keep two places for somebody whose clinic was stopped: the same doctor's next session, the same level soon."""
    tree = directory.tree
    doctor = tree.doctor_by_code(row.doctor_code) if row.doctor_code else None
    peers = None
    if doctor is not None:
        peers = [
            other.code
            for other in tree.active_doctors
            if other.department_code == row.department_code and other.title is doctor.title
        ]
    like = Like(
        schedule=row.schedule_id,
        department=row.department_code,
        doctor=row.doctor_code,
        kind=row.clinic_kind.value,
        at=row.starts_at,
        days=knobs.get(settings.WINDOW_DAYS),
        doctors=peers,
    )
    minutes = knobs.get(settings.OFFER_MINUTES)
    for slot in (await places.same_doctor(tx, like), await places.same_time(tx, like)):
        if slot is not None:
            await places.withhold(tx, slot, row.id, minutes)
