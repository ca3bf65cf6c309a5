"""Routes: the confirm page, asking for a place, a patient's appointments."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter, QueryParameter

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.booking.flows.holding import Desk
from jiuyi.domains.booking.rules import calendars
from jiuyi.domains.booking.service import appointments as service
from jiuyi.domains.booking.service import previewing, showing
from jiuyi.domains.booking.types import AppointmentView, CancelBody, HoldBody, PreviewBody, PreviewView, RebookBody
from jiuyi.kit.db import Tx
from jiuyi.kit.http import PATIENT, Ready, language, principal_of, request_id
from jiuyi.kit.limits import Shield
from jiuyi.kit.pages import Page
from jiuyi.kit.problems import FieldFault, InvalidRequest, SignInRequired

_BODY = msgspec.json.Decoder(HoldBody)
_ANSWER = msgspec.json.Encoder()
_KEY = FieldFault("Idempotency-Key", "缺少或无效", "Missing or not a UUID")


@post("/api/booking/preview", **PATIENT, status_code=200)
async def preview(
    request: Request[Any, Any, Any], tx: Tx, desk: Desk, shield: Shield, principal: Principal, data: PreviewBody
) -> PreviewView:
    """The confirm page, with the ticket for submitting it (or the rules that forbid it)."""
    shield.hit("booking.preview", str(principal.account_id), times=30, seconds=60)
    return await previewing.preview(tx, desk.shop, desk.secret, data, principal, language(request))


@post("/api/appointments", **PATIENT, responses={201: ResponseSpec(AppointmentView, description="The place is held")})
async def hold(request: Request[Any, Any, Any], desk: Desk) -> Ready:
    """Ask for a place (body: HoldBody, header Idempotency-Key: UUID). 201 new; 200 the same key asked again.

    In the rush `app.hot_door` answers this path before the framework does, with the same `hold_place`.
    """
    principal = principal_of(request)
    if not isinstance(principal, Principal):
        raise SignInRequired
    key = request.headers.get("idempotency-key", "")
    return await hold_place(desk, principal, key, await request.body(), language(request))


async def hold_place(desk: Desk, principal: Principal, key: str, body: bytes, spoken: str) -> Ready:
    """Hold a place for who is signed in: `key` and `body` as they came, the answer as bytes.

    Raises `InvalidRequest` and what `Desk.hold` raises.
    """
    try:
        wanted = UUID(key)
        decoded = _BODY.decode(body)
    except msgspec.MsgspecError as error:
        raise InvalidRequest([FieldFault("body", str(error), str(error))]) from error
    except ValueError as error:
        raise InvalidRequest([_KEY]) from error
    view, new = await desk.hold(decoded, wanted, principal, request_id(), spoken)
    return Ready(201 if new else 200, _ANSWER.encode(view))


@get("/api/appointments", **PATIENT)
async def list_appointments(
    request: Request[Any, Any, Any],
    tx: Tx,
    desk: Desk,
    principal: Principal,
    patient_id: UUID | None = None,
    # A parameter called `scope` would be given the ASGI scope.
    span: Annotated[Literal["upcoming", "past", "all"], QueryParameter(name="scope")] = "all",
    cursor: Annotated[str, Parameter(max_length=400)] | None = None,
    limit: Annotated[int, Parameter(ge=1, le=100)] = service.DEFAULT_PAGE,
) -> Page[AppointmentView]:
    """Appointments of the account's patients: upcoming (soonest first), past or all (latest first)."""
    rows, following = await service.page(tx, principal, patient_id=patient_id, scope=span, cursor=cursor, limit=limit)
    return Page(await showing.views(tx, desk.shop, rows, language(request)), following)


@get("/api/appointments/{appointment_id:uuid}", **PATIENT)
async def read_appointment(
    request: Request[Any, Any, Any], tx: Tx, desk: Desk, principal: Principal, appointment_id: UUID
) -> AppointmentView:
    """One appointment with its story."""
    row = await service.access_appointment(tx, appointment_id, principal)
    return await showing.view(tx, desk.shop, row, language(request))


@post("/api/appointments/{appointment_id:uuid}/cancel", **PATIENT, status_code=200)
async def cancel(
    request: Request[Any, Any, Any],
    tx: Tx,
    desk: Desk,
    principal: Principal,
    appointment_id: UUID,
    data: CancelBody,
) -> AppointmentView:
    """Cancel an appointment or release a held place; the hospital is told at once, the refund follows by itself."""
    row = await service.cancel(tx, desk.shop, appointment_id, principal, why=data.reason or "patient")
    return await showing.view(tx, desk.shop, row, language(request))


@post("/api/appointments/{appointment_id:uuid}/rebook", **PATIENT, status_code=201)
async def rebook(
    request: Request[Any, Any, Any],
    tx: Tx,
    desk: Desk,
    principal: Principal,
    appointment_id: UUID,
    data: RebookBody,
) -> AppointmentView:
    """Take a place that was kept after the hospital stopped a clinic."""
    row = await service.rebook(tx, desk.shop, appointment_id, data.slot_id, principal)
    return await showing.view(tx, desk.shop, row, language(request))


@get("/api/appointments/{appointment_id:uuid}/calendar.ics", **PATIENT)
async def calendar(
    request: Request[Any, Any, Any], tx: Tx, desk: Desk, principal: Principal, appointment_id: UUID
) -> Response[str]:
    """The appointment for a phone's calendar (RFC 5545)."""
    row = await service.access_appointment(tx, appointment_id, principal)
    view = await showing.view(tx, desk.shop, row, language(request))
    text = calendars.event(row, view, language(request))
    return Response(
        text,
        media_type="text/calendar",
        headers={"content-disposition": 'attachment; filename="appointment.ics"', "cache-control": "no-store"},
    )


ROUTES = [preview, hold, list_appointments, read_appointment, cancel, rebook, calendar]
