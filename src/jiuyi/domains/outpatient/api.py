"""Routes: what is to be paid, choosing and paying it, lines that go back, what was paid."""

import asyncio
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import HeaderParameter, Parameter, QueryParameter

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.outpatient import flows, service, settings
from jiuyi.domains.outpatient.ports import Fees
from jiuyi.domains.outpatient.types import (
    CheckoutBrief,
    CheckoutView,
    FeesView,
    LineKey,
    RefundableView,
    VisitView,
)
from jiuyi.domains.payments.ports import Channels
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import PATIENT, Given, language
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.limits import Shield
from jiuyi.kit.pages import MOST, Page

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=8, max_length=100)]
_No = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class CheckoutIn(msgspec.Struct, forbid_unknown_fields=True):
    """Bills of one visit. There is no amount: it is the hospital's."""

    patient_id: UUID
    visit_no: _No
    bill_nos: Annotated[list[_No], msgspec.Meta(min_length=1, max_length=50)]


class RefundIn(msgspec.Struct, forbid_unknown_fields=True):
    """Lines that are to go back, and why in the patient's own words."""

    lines: Annotated[list[LineKey], msgspec.Meta(min_length=1, max_length=200)]
    reason: Annotated[str, msgspec.Meta(max_length=60)] = ""


def _look(shield: Shield, knobs: Knobs, principal: Principal) -> None:
    """Every look asks the HIS: pulling a page again and again must not reach it."""
    shield.hit("outpatient", str(principal.account_id), times=knobs.get(settings.LOOKS_PER_MINUTE), seconds=60)


@get("/api/fees", **PATIENT)
async def list_fees(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    fees: Given[Fees],
    directory: Directory,
    clock: Clock,
    shield: Shield,
    principal: Principal,
    request: Request[Any, Any, Any],
    patient_id: UUID,
) -> FeesView:
    """What a patient has to pay, by visit, from the HIS at this moment."""
    _look(shield, knobs, principal)
    return await flows.unpaid(
        db, vault, fees, directory, clock, patient_id=patient_id, by=principal, language=language(request)
    )


@get("/api/fees/visits/{visit_no:str}", **PATIENT)
async def read_visit(
    db: Db,
    knobs: Knobs,
    fees: Given[Fees],
    directory: Directory,
    shield: Shield,
    principal: Principal,
    request: Request[Any, Any, Any],
    visit_no: Annotated[str, Parameter(max_length=40)],
    patient_id: UUID,
) -> VisitView:
    """One visit with every line, by kind of fee."""
    _look(shield, knobs, principal)
    return await flows.visit(
        db, fees, directory, patient_id=patient_id, visit_no=visit_no, by=principal, language=language(request)
    )


@post("/api/fees/checkouts", **PATIENT, status_code=201)
async def check_out(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    fees: Given[Fees],
    channels: Channels,
    directory: Directory,
    shield: Shield,
    principal: Principal,
    request: Request[Any, Any, Any],
    data: CheckoutIn,
    idempotency_key: Key,
) -> CheckoutView:
    """Choose bills to pay; the answer's `order_id` is paid like any order. The same key is the same checkout."""
    _look(shield, knobs, principal)
    made = await flows.check_out(
        db,
        vault,
        knobs,
        fees,
        channels,
        patient_id=data.patient_id,
        visit_no=data.visit_no,
        bill_nos=data.bill_nos,
        by=principal,
        key=idempotency_key,
    )
    async with db.tx() as tx:
        return await service.checkout_view(tx, vault, knobs, directory, made, principal, language(request))


@get("/api/fees/checkouts", **PATIENT)
async def list_checkouts(
    tx: Tx,
    vault: Vault,
    principal: Principal,
    request: Request[Any, Any, Any],
    patient_id: UUID | None = None,
    since: Annotated[date | None, QueryParameter(name="from")] = None,
    until: Annotated[date | None, QueryParameter(name="to")] = None,
    back: bool = False,
    cursor: Annotated[str, Parameter(max_length=400)] | None = None,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 20,
) -> Page[CheckoutBrief]:
    """What this account paid or is paying, newest first; `back`: only those of which something goes back."""
    return await service.checkout_page(
        tx,
        vault,
        principal,
        patient_id=patient_id,
        since=since,
        until=until,
        back=back,
        cursor=cursor,
        limit=limit,
        language=language(request),
    )


@get("/api/fees/statement.pdf", **PATIENT)
async def statement(
    db: Db,
    vault: Vault,
    shield: Shield,
    principal: Principal,
    request: Request[Any, Any, Any],
    patient_id: UUID | None = None,
    since: Annotated[date | None, QueryParameter(name="from")] = None,
    until: Annotated[date | None, QueryParameter(name="to")] = None,
) -> Response[bytes]:
    """The same list on paper: the newest hundred payments of the period."""
    shield.hit("outpatient.statement", str(principal.account_id), times=6, seconds=60)
    async with db.tx() as tx:
        page = await service.checkout_page(
            tx,
            vault,
            principal,
            patient_id=patient_id,
            since=since,
            until=until,
            back=False,
            cursor=None,
            limit=MOST,
            language=language(request),
        )
    made = await asyncio.to_thread(service.statement, page.items, since, until, language(request))
    headers = {"content-disposition": 'attachment; filename="fees.pdf"', "cache-control": "no-store"}
    return Response(made, media_type="application/pdf", headers=headers)


@get("/api/fees/checkouts/{checkout_id:uuid}", **PATIENT)
async def read_checkout(
    tx: Tx,
    vault: Vault,
    knobs: Knobs,
    directory: Directory,
    principal: Principal,
    request: Request[Any, Any, Any],
    checkout_id: UUID,
) -> CheckoutView:
    """One checkout with its guide sheet, lines and refunds."""
    return await service.checkout_view(tx, vault, knobs, directory, checkout_id, principal, language(request))


@get("/api/fees/checkouts/{checkout_id:uuid}/refundable", **PATIENT)
async def read_refundable(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    fees: Given[Fees],
    clock: Clock,
    shield: Shield,
    principal: Principal,
    request: Request[Any, Any, Any],
    checkout_id: UUID,
) -> RefundableView:
    """Which lines may go back at this moment."""
    _look(shield, knobs, principal)
    return await flows.refundable(
        db, vault, knobs, fees, clock, checkout_id=checkout_id, by=principal, language=language(request)
    )


@post("/api/fees/checkouts/{checkout_id:uuid}/refunds", **PATIENT, status_code=200)
async def refund(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    fees: Given[Fees],
    directory: Directory,
    shield: Shield,
    principal: Principal,
    request: Request[Any, Any, Any],
    checkout_id: UUID,
    data: RefundIn,
) -> CheckoutView:
    """Take lines back; the checkout as it stands then."""
    _look(shield, knobs, principal)
    await flows.refund(
        db, vault, knobs, fees, checkout_id=checkout_id, by=principal, keys=data.lines, reason=data.reason.strip()
    )
    async with db.tx() as tx:
        return await service.checkout_view(tx, vault, knobs, directory, checkout_id, principal, language(request))


ROUTES = [list_fees, read_visit, check_out, list_checkouts, statement, read_checkout, read_refundable, refund]
