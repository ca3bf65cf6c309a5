"""Routes of the desk: reading an insurance card or e-voucher, the split, agreeing to it, how it stands, giving up."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.di import Provide
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
_READS_A_MINUTE = 20
_ASKS_A_MINUTE = 60


class Counter:
    """The machine that asks, and what its routes share."""

    def __init__(
        self,
        db: Db,
        vault: Vault,
        clock: Clock,
        knobs: Knobs,
        shield: Shield,
        desk_insurance: DeskInsurance,
        at_desk: AtDesk,
        request: Asking,
    ) -> None:
        self.db, self.shield, self.insurance, self.at = db, shield, desk_insurance, at_desk
        self._vault, self._clock, self._knobs, self._language = vault, clock, knobs, language(request)

    async def view(self, tx: Tx, row: Settlement) -> DeskSettlementView:
        """A settlement in the words of whoever stands here."""
        return await desk.desk_view(tx, self._vault, self._clock, self._knobs, row, language=self._language)

    async def shown(self, row: Settlement) -> DeskSettlementView:
        """The same, where no transaction is open."""
        async with self.db.tx() as tx:
            return await self.view(tx, row)


_TAKING = DEVICE(Role.CASHIER, Role.SELF_SERVICE, Role.HAND_HELD) | {
    "dependencies": {"counter": Provide(Counter, sync_to_thread=False)}
}


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
async def read_card(counter: Counter, order_id: UUID, data: ReadIn, idempotency_key: Key) -> DeskSettlementView:
    """Identify who is insured and have the order's bill split. The same key is the same settlement."""
    staff.attended(counter.at)
    counter.shield.hit("desk_insurance", counter.at.device_code, times=_READS_A_MINUTE, seconds=60)
    row = await counter.insurance.read(
        order_id=order_id, at=counter.at, read=_read(data), use_account=data.use_account, key=idempotency_key
    )
    return await counter.shown(row)


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
async def read_current(tx: Tx, counter: Counter, order_id: UUID) -> DeskSettlementView | None:
    """The newest settlement that a desk began of an order, or null: what was in hand when the power went."""
    staff.attended(counter.at)
    row = await desk.last_at_desk(tx, order_id, counter.at)
    return None if row is None else await counter.view(tx, row)


@get("/api/desk/settlements", **_TAKING)
async def list_settlements(tx: Tx, counter: Counter) -> Items[DeskSettlementView]:
    """What was read in this shift, newest first."""
    return Items([await counter.view(tx, row) for row in await desk.of_shift(tx, counter.at)])


@get("/api/desk/settlements/{settlement_id:uuid}", **_TAKING)
async def read_settlement(tx: Tx, counter: Counter, settlement_id: UUID) -> DeskSettlementView:
    """How it stands, as far as is known here."""
    staff.attended(counter.at)
    return await counter.view(tx, await desk.access_at_desk(tx, settlement_id, counter.at))


@post("/api/desk/settlements/{settlement_id:uuid}/account", **_TAKING, status_code=200)
async def use_account(counter: Counter, settlement_id: UUID, data: AccountIn) -> DeskSettlementView:
    """Split again, with or without the personal account."""
    staff.attended(counter.at)
    return await counter.shown(await counter.insurance.use_account(settlement_id, counter.at, use=data.use))


@post("/api/desk/settlements/{settlement_id:uuid}/confirm", **_TAKING, status_code=200)
async def confirm(counter: Counter, settlement_id: UUID) -> DeskSettlementView:
    """The patient agrees to the split: the insurance settles. Sent again, it is the same settlement."""
    staff.attended(counter.at)
    return await counter.shown(await counter.insurance.confirm(settlement_id, counter.at))


@post("/api/desk/settlements/{settlement_id:uuid}/check", **_TAKING, status_code=200)
async def check(counter: Counter, settlement_id: UUID) -> DeskSettlementView:
    """How it stands, after the insurance was asked."""
    staff.attended(counter.at)
    counter.shield.hit("desk_insurance_check", counter.at.device_code, times=_ASKS_A_MINUTE, seconds=60)
    return await counter.shown(await counter.insurance.check(settlement_id, counter.at))


@post("/api/desk/settlements/{settlement_id:uuid}/stop", **_TAKING, status_code=200)
async def stop(counter: Counter, settlement_id: UUID) -> DeskSettlementView:
    """Cancel it: nothing is agreed to, or what the insurance settled goes back."""
    staff.attended(counter.at)
    return await counter.shown(await counter.insurance.stop(settlement_id, counter.at))


ROUTES = [read_card, read_current, list_settlements, read_settlement, use_account, confirm, check, stop]
