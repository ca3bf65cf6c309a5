"""Routes of the desk: taking a deposit for a patient who is in hospital, and giving money of one back."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import HeaderParameter

from jiuyi.domains.inpatient import flows, service
from jiuyi.domains.inpatient.ports import Wards
from jiuyi.domains.inpatient.types import DeskDeposit, DeskRefundable, DeskStay
from jiuyi.domains.patients import service as patients
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import WithdrawnView
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk, Role
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import DEVICE, Given, language
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.pages import Items

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=8, max_length=100)]
_Fen = Annotated[int, msgspec.Meta(gt=0, le=10**9)]
_TAKING = DEVICE(Role.CASHIER, Role.SELF_SERVICE, Role.HAND_HELD)
_BACK = DEVICE(Role.CASHIER)


class DepositIn(msgspec.Struct, forbid_unknown_fields=True):
    """For which stay, and how much: the payer's own choice, within the hospital's limits."""

    inpatient_no: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    amount_fen: _Fen


class DepositOrder(msgspec.Struct):
    """The order to be paid."""

    deposit_id: UUID
    order_id: UUID


class BackIn(msgspec.Struct, forbid_unknown_fields=True):
    """How much goes back (fen), and why: the reason goes to the hospital's books."""

    amount_fen: _Fen
    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=100, pattern=r"\S\s*\S")]


@get("/api/desk/patients/{patient_id:uuid}/stays", **_TAKING)
async def list_stays(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    wards: Given[Wards],
    at_desk: AtDesk,
    request: Request[Any, Any, Any],
    patient_id: UUID,
) -> Items[DeskStay]:
    """The patient's stays for which a deposit may be taken, from the HIS at this moment."""
    staff.attended(at_desk)
    found = await flows.desk_stays(
        db, vault, knobs, wards, patient_id=patient_id, at=at_desk, language=language(request)
    )
    return Items(found)


@post("/api/desk/patients/{patient_id:uuid}/deposits", **_TAKING, status_code=200)
async def open_deposit(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    wards: Given[Wards],
    at_desk: AtDesk,
    patient_id: UUID,
    data: DepositIn,
    idempotency_key: Key,
) -> DepositOrder:
    """Open the order of a deposit; it is then taken like any other. The same key is the same order."""
    staff.attended(at_desk)
    async with db.tx() as tx:
        by = await patients.holder_of(tx, patient_id, at_desk)
    made = await flows.pay_at_desk(
        db,
        vault,
        knobs,
        wards,
        patient_id=patient_id,
        inpatient_no=data.inpatient_no,
        at=at_desk,
        by=by,
        amount_fen=data.amount_fen,
        key=f"desk:{at_desk.device_code}:{idempotency_key}",
    )
    async with db.tx() as tx:
        return DepositOrder(made, (await service.deposit(tx, made)).order_id)


@get("/api/desk/patients/{patient_id:uuid}/deposits", **_BACK)
async def list_deposits(
    tx: Tx, vault: Vault, at_desk: AtDesk, request: Request[Any, Any, Any], patient_id: UUID
) -> Items[DeskDeposit]:
    """The patient's deposits of which something is left to give back, newest first."""
    staff.attended(at_desk)
    return Items(await service.desk_deposits(tx, vault, patient_id, at_desk, language=language(request)))


@get("/api/desk/deposits/{deposit_id:uuid}/refundable", **_BACK)
async def read_refundable(
    db: Db, wards: Given[Wards], at_desk: AtDesk, request: Request[Any, Any, Any], deposit_id: UUID
) -> DeskRefundable:
    """How much of a deposit may go back, from the HIS at this moment."""
    staff.attended(at_desk)
    return await flows.refundable(db, wards, deposit_id=deposit_id, at=at_desk, language=language(request))


@post("/api/desk/deposits/{deposit_id:uuid}/refunds", **_BACK, status_code=200)
async def give_back(
    db: Db,
    vault: Vault,
    wards: Given[Wards],
    at_desk: AtDesk,
    request: Request[Any, Any, Any],
    deposit_id: UUID,
    data: BackIn,
    idempotency_key: Key,
) -> WithdrawnView:
    """Give money of a deposit back to whoever paid it. The same key is the same refund."""
    staff.attended(at_desk)
    made = await flows.refund_at_desk(
        db,
        vault,
        wards,
        deposit_id=deposit_id,
        at=at_desk,
        amount_fen=data.amount_fen,
        reason=data.reason.strip(),
        key=idempotency_key,
    )
    async with db.tx() as tx:
        return await payments.withdrawn_view(tx, await service.refund_row(tx, made), language=language(request))


@get("/api/desk/deposit-refunds/{refund_id:uuid}", **_BACK)
async def read_refund(tx: Tx, at_desk: AtDesk, request: Request[Any, Any, Any], refund_id: UUID) -> WithdrawnView:
    """What became of a refund of a deposit."""
    staff.attended(at_desk)
    return await payments.withdrawn_view(tx, await service.refund_at_desk(tx, refund_id), language=language(request))


ROUTES = [list_stays, open_deposit, list_deposits, read_refundable, give_back, read_refund]
