"""Routes of the desk: what a patient has to pay for visits, and opening the order for it."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import HeaderParameter

from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.outpatient import flows, service
from jiuyi.domains.outpatient.ports import Fees
from jiuyi.domains.outpatient.types import FeesView
from jiuyi.domains.patients import service as patients
from jiuyi.domains.payments.ports import Channels
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk, Role
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.http import DEVICE, Given, language
from jiuyi.kit.knobs import Knobs

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=8, max_length=100)]
_No = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
_TAKING = DEVICE(Role.CASHIER, Role.SELF_SERVICE, Role.HAND_HELD)


class ChosenIn(msgspec.Struct, forbid_unknown_fields=True):
    """Bills of one visit. There is no amount: it is the hospital's."""

    visit_no: _No
    bill_nos: Annotated[list[_No], msgspec.Meta(min_length=1, max_length=50)]


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


ROUTES = [list_fees, choose]
