"""Routes of the desk: reading an insurance card or e-voucher, the split, agreeing to it, how it stands, giving up."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import HeaderParameter

from jiuyi.domains.insurance.flows import DeskInsurance
from jiuyi.domains.insurance.flows.desk import Read
from jiuyi.domains.insurance.service import desk
from jiuyi.domains.insurance.types import DeskSettlementView, Medium, Settlement
from jiuyi.domains.patients.types import DocumentType
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk, Role
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import DEVICE, language
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.limits import Shield
from jiuyi.kit.pages import Items
from jiuyi.kit.problems import FieldFault, InvalidRequest

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=8, max_length=100)]
Asking = Request[Any, Any, Any]
_TAKING = DEVICE(Role.CASHIER, Role.SELF_SERVICE, Role.HAND_HELD)
_READS_A_MINUTE = 20
_ASKS_A_MINUTE = 60


class ReadIn(msgspec.Struct, forbid_unknown_fields=True):
    """What the reader gave: the `token` of a voucher's code, or a card's `number`. There is no amount."""

    medium: Medium
    token: Annotated[str, msgspec.Meta(max_length=64)] = ""
    document_type: DocumentType = DocumentType.MAINLAND_ID
    number: Annotated[str, msgspec.Meta(max_length=40)] = ""
    name: Annotated[str, msgspec.Meta(max_length=80)] = ""
    use_account: bool = True


class AccountIn(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the personal account pays."""

    use: bool


@post("/api/desk/orders/{order_id:uuid}/settlements", **_TAKING, status_code=200)
async def read_card(
    db: Db,
    vault: Vault,
    clock: Clock,
    knobs: Knobs,
    shield: Shield,
    desk_insurance: DeskInsurance,
    at_desk: AtDesk,
    request: Asking,
    order_id: UUID,
    data: ReadIn,
    idempotency_key: Key,
) -> DeskSettlementView:
    """Identify who is insured and have the order's bill split. The same key is the same settlement."""
    staff.attended(at_desk)
    shield.hit("desk_insurance", at_desk.device_code, times=_READS_A_MINUTE, seconds=60)
    row = await desk_insurance.read(
        order_id=order_id, at=at_desk, read=_read(data), use_account=data.use_account, key=idempotency_key
    )
    return await _shown(db, vault, clock, knobs, row, request)


def _read(data: ReadIn) -> Read:
    token, number = data.token.strip(), data.number.strip()
    voucher = data.medium is Medium.E_VOUCHER
    if voucher and not token:
        raise InvalidRequest([FieldFault("token", "请扫医保就医凭证", "Scan the e-voucher")])
    if not voucher and not number:
        raise InvalidRequest([FieldFault("number", "请读卡", "Read the card")])
    if voucher:
        return Read(data.medium, token=token)
    return Read(data.medium, document_type=data.document_type, number=number, name=data.name.strip())


@get("/api/desk/orders/{order_id:uuid}/settlement", **_TAKING)
async def read_current(
    tx: Tx, vault: Vault, clock: Clock, knobs: Knobs, at_desk: AtDesk, request: Asking, order_id: UUID
) -> DeskSettlementView | None:
    """The newest settlement that a desk began of an order, or null: what was in hand when the power went."""
    staff.attended(at_desk)
    row = await desk.last_at_desk(tx, order_id, at_desk)
    return None if row is None else await desk.desk_view(tx, vault, clock, knobs, row, language=language(request))


@get("/api/desk/settlements", **_TAKING)
async def list_settlements(
    tx: Tx, vault: Vault, clock: Clock, knobs: Knobs, at_desk: AtDesk, request: Asking
) -> Items[DeskSettlementView]:
    """What was read in this shift, newest first."""
    rows = await desk.of_shift(tx, at_desk)
    spoken = language(request)
    return Items([await desk.desk_view(tx, vault, clock, knobs, row, language=spoken) for row in rows])


@get("/api/desk/settlements/{settlement_id:uuid}", **_TAKING)
async def read_settlement(
    tx: Tx, vault: Vault, clock: Clock, knobs: Knobs, at_desk: AtDesk, request: Asking, settlement_id: UUID
) -> DeskSettlementView:
    """How it stands, as far as is known here."""
    staff.attended(at_desk)
    row = await desk.access_at_desk(tx, settlement_id, at_desk)
    return await desk.desk_view(tx, vault, clock, knobs, row, language=language(request))


@post("/api/desk/settlements/{settlement_id:uuid}/account", **_TAKING, status_code=200)
async def use_account(
    db: Db,
    vault: Vault,
    clock: Clock,
    knobs: Knobs,
    desk_insurance: DeskInsurance,
    at_desk: AtDesk,
    request: Asking,
    settlement_id: UUID,
    data: AccountIn,
) -> DeskSettlementView:
    """Split again, with or without the personal account."""
    staff.attended(at_desk)
    row = await desk_insurance.use_account(settlement_id, at_desk, use=data.use)
    return await _shown(db, vault, clock, knobs, row, request)


@post("/api/desk/settlements/{settlement_id:uuid}/confirm", **_TAKING, status_code=200)
async def confirm(
    db: Db,
    vault: Vault,
    clock: Clock,
    knobs: Knobs,
    desk_insurance: DeskInsurance,
    at_desk: AtDesk,
    request: Asking,
    settlement_id: UUID,
) -> DeskSettlementView:
    """The patient agrees to the split: the insurance settles. Sent again, it is the same settlement."""
    staff.attended(at_desk)
    row = await desk_insurance.confirm(settlement_id, at_desk)
    return await _shown(db, vault, clock, knobs, row, request)


@post("/api/desk/settlements/{settlement_id:uuid}/check", **_TAKING, status_code=200)
async def check(
    db: Db,
    vault: Vault,
    clock: Clock,
    knobs: Knobs,
    shield: Shield,
    desk_insurance: DeskInsurance,
    at_desk: AtDesk,
    request: Asking,
    settlement_id: UUID,
) -> DeskSettlementView:
    """How it stands, after the insurance was asked."""
    staff.attended(at_desk)
    shield.hit("desk_insurance_check", at_desk.device_code, times=_ASKS_A_MINUTE, seconds=60)
    row = await desk_insurance.check(settlement_id, at_desk)
    return await _shown(db, vault, clock, knobs, row, request)


@post("/api/desk/settlements/{settlement_id:uuid}/stop", **_TAKING, status_code=200)
async def stop(
    db: Db,
    vault: Vault,
    clock: Clock,
    knobs: Knobs,
    desk_insurance: DeskInsurance,
    at_desk: AtDesk,
    request: Asking,
    settlement_id: UUID,
) -> DeskSettlementView:
    """Cancel it: nothing is agreed to, or what the insurance settled goes back."""
    staff.attended(at_desk)
    row = await desk_insurance.stop(settlement_id, at_desk)
    return await _shown(db, vault, clock, knobs, row, request)


async def _shown(
    db: Db, vault: Vault, clock: Clock, knobs: Knobs, row: Settlement, request: Asking
) -> DeskSettlementView:
    async with db.tx() as tx:
        return await desk.desk_view(tx, vault, clock, knobs, row, language=language(request))


ROUTES = [read_card, read_current, list_settlements, read_settlement, use_account, confirm, check, stop]
