"""Routes of the desk: what a patient has booked, and cancelling it whatever the deadlines say."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post

from jiuyi.domains.booking.flows.holding import Desk
from jiuyi.domains.booking.service import appointments as service
from jiuyi.domains.booking.service import showing
from jiuyi.domains.booking.types import DeskAppointment
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk, Role
from jiuyi.kit.db import Tx
from jiuyi.kit.http import DEVICE, language
from jiuyi.kit.pages import Items

_BACK = DEVICE(Role.CASHIER)


class ReasonIn(msgspec.Struct, forbid_unknown_fields=True):
    """Why it is cancelled: kept sealed, and told to the HIS; the patient reads that the desk cancelled."""

    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=40, pattern=r"\S\s*\S")]


@get("/api/desk/patients/{patient_id:uuid}/appointments", **_BACK)
async def list_booked(
    tx: Tx, desk: Desk, at_desk: AtDesk, request: Request[Any, Any, Any], patient_id: UUID
) -> Items[DeskAppointment]:
    """What the patient has before them, the soonest first."""
    staff.attended(at_desk)
    rows = await service.of_patient_at_desk(tx, patient_id, at_desk)
    return Items(await showing.desk_views(tx, desk.shop, rows, language(request)))


@post("/api/desk/appointments/{appointment_id:uuid}/cancellation", **_BACK, status_code=200)
async def cancel(
    tx: Tx, desk: Desk, at_desk: AtDesk, request: Request[Any, Any, Any], appointment_id: UUID, data: ReasonIn
) -> DeskAppointment:
    """Cancel it: the HIS lets go, the place comes back, what was paid goes back. Asked again, the same."""
    staff.attended(at_desk)
    row = await service.cancel_at_desk(tx, desk.shop.vault, appointment_id, at_desk, reason=data.reason.strip())
    return (await showing.desk_views(tx, desk.shop, [row], language(request)))[0]


@get("/api/desk/appointments/{appointment_id:uuid}", **_BACK)
async def read_appointment(
    tx: Tx, desk: Desk, at_desk: AtDesk, request: Request[Any, Any, Any], appointment_id: UUID
) -> DeskAppointment:
    """How it stands: ask every second while `settled` is false."""
    staff.attended(at_desk)
    row = await service.appointment_at_desk(tx, appointment_id)
    return (await showing.desk_views(tx, desk.shop, [row], language(request)))[0]


ROUTES = [list_booked, cancel, read_appointment]
