"""Routes of the desk: what a patient has to pay for visits, opening the order for it, taking paid lines back."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import HeaderParameter

from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.outpatient import flows, service
from jiuyi.domains.outpatient.ports import Fees
from jiuyi.domains.outpatient.types import DeskCheckout, FeesView, LineKey, RefundableView
from jiuyi.domains.patients import service as patients
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.ports import Channels
from jiuyi.domains.payments.types import WithdrawnView
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk, Role
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import DEVICE, Given, language
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.pages import Items

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=8, max_length=100)]
_No = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
_TAKING = DEVICE(Role.CASHIER, Role.SELF_SERVICE, Role.HAND_HELD)
_BACK = DEVICE(Role.CASHIER)


class ChosenIn(msgspec.Struct, forbid_unknown_fields=True):
    """Bills of one visit. There is no amount: it is the hospital's."""

    visit_no: _No
    bill_nos: Annotated[list[_No], msgspec.Meta(min_length=1, max_length=50)]


class LinesIn(msgspec.Struct, forbid_unknown_fields=True):
    """Chosen lines, or none for all that is left of the payment; the reason goes to the hospital's books."""

    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=100, pattern=r"\S\s*\S")]
    lines: Annotated[list[LineKey], msgspec.Meta(min_length=1, max_length=200)] | None = None


class ChosenView(msgspec.Struct):
    """The order to be paid."""

    checkout_id: UUID
    order_id: UUID


@get("/api/desk/patients/{patient_id:uuid}/fees", **_TAKING)
async def list_fees(
    db: Db,
    vault: Vault,
    fees: Given[Fees],
    directory: Directory,
    clock: Clock,
    at_desk: AtDesk,
    request: Request[Any, Any, Any],
    patient_id: UUID,
) -> FeesView:
    """What a patient has to pay, by visit, from the HIS at this moment."""
    staff.attended(at_desk)
    async with db.tx() as tx:
        by = await patients.holder_of(tx, patient_id, at_desk)
    return await flows.unpaid(
        db,
        vault,
        fees,
        directory,
        clock,
        patient_id=patient_id,
        by=by,
        language=language(request),
        actor=staff.actor_of(at_desk),
    )


@post("/api/desk/patients/{patient_id:uuid}/fees", **_TAKING, status_code=200)
async def choose(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    fees: Given[Fees],
    channels: Channels,
    at_desk: AtDesk,
    patient_id: UUID,
    data: ChosenIn,
    idempotency_key: Key,
) -> ChosenView:
    """Open the order for bills of a visit; it is then taken like any other. The same key is the same order."""
    staff.attended(at_desk)
    async with db.tx() as tx:
        by = await patients.holder_of(tx, patient_id, at_desk)
    made = await flows.check_out(
        db,
        vault,
        knobs,
        fees,
        channels,
        patient_id=patient_id,
        visit_no=data.visit_no,
        bill_nos=data.bill_nos,
        by=by,
        key=f"desk:{at_desk.device_code}:{idempotency_key}",
        actor=staff.actor_of(at_desk),
    )
    async with db.tx() as tx:
        return ChosenView(made, (await service.checkout(tx, made)).order_id)


@get("/api/desk/patients/{patient_id:uuid}/checkouts", **_BACK)
async def list_paid(tx: Tx, at_desk: AtDesk, request: Request[Any, Any, Any], patient_id: UUID) -> Items[DeskCheckout]:
    """A patient's paid fees of which something is left to give back, newest first."""
    staff.attended(at_desk)
    return Items(await service.desk_checkouts(tx, patient_id, at_desk, language=language(request)))


@get("/api/desk/checkouts/{checkout_id:uuid}/refundable", **_BACK)
async def list_refundable(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    fees: Given[Fees],
    clock: Clock,
    at_desk: AtDesk,
    request: Request[Any, Any, Any],
    checkout_id: UUID,
) -> RefundableView:
    """Which lines may go back, from the HIS at this moment."""
    staff.attended(at_desk)
    return await flows.refundable(
        db, vault, knobs, fees, clock, checkout_id=checkout_id, by=at_desk, language=language(request)
    )


@post("/api/desk/checkouts/{checkout_id:uuid}/refunds", **_BACK, status_code=200)
async def give_back(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    fees: Given[Fees],
    at_desk: AtDesk,
    request: Request[Any, Any, Any],
    checkout_id: UUID,
    data: LinesIn,
    idempotency_key: Key,
) -> WithdrawnView:
    """Take lines back, or all that is left, and return their money. The same key is the same refund."""
    staff.attended(at_desk)
    made = await flows.refund_at_desk(
        db,
        vault,
        knobs,
        fees,
        checkout_id=checkout_id,
        at=at_desk,
        keys=data.lines,
        reason=data.reason.strip(),
        key=idempotency_key,
    )
    async with db.tx() as tx:
        return await payments.withdrawn_view(tx, await service.refund_row(tx, made), language=language(request))


@get("/api/desk/fee-refunds/{refund_id:uuid}", **_BACK)
async def read_refund(tx: Tx, at_desk: AtDesk, request: Request[Any, Any, Any], refund_id: UUID) -> WithdrawnView:
    """What became of a refund of lines."""
    staff.attended(at_desk)
    return await payments.withdrawn_view(tx, await service.refund_at_desk(tx, refund_id), language=language(request))


ROUTES = [list_fees, choose, list_paid, list_refundable, give_back, read_refund]
