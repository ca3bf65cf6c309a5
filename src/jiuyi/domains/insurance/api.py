"""Routes: what an order may be settled with, and one settlement from consent to cashier."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, get, post, put
from litestar.di import Provide
from litestar.params import HeaderParameter

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.insurance import service
from jiuyi.domains.insurance.flows import Outcome, Presettling, Settling
from jiuyi.domains.insurance.types import (
    CashierView,
    ClassesView,
    InsuranceClass,
    Settlement,
    SettlementView,
    WayView,
)
from jiuyi.domains.payments import flows as payments_flows
from jiuyi.domains.payments.ports import Channels
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import PATIENT, WebAddress, language
from jiuyi.kit.knobs import Knobs

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=8, max_length=100)]
Asking = Request[Any, Any, Any]


class Payer:
    """The account that asks, and what the routes of its settlements share."""

    def __init__(
        self,
        db: Db,
        vault: Vault,
        knobs: Knobs,
        presettling: Presettling,
        settling: Settling,
        web: WebAddress,
        principal: Principal,
        request: Asking,
    ) -> None:
        self.db, self.presettling, self.settling, self.by = db, presettling, settling, principal
        self.origin = web.origin(request)
        self._vault, self._knobs, self._language = vault, knobs, language(request)

    async def view(self, tx: Tx, row: Settlement, url: str | None = None) -> SettlementView:
        """A settlement as the patient reads it; `url` is where they consent."""
        return await service.settlement_view(
            tx, self._vault, self._knobs, row, language=self._language, authorise_url=url
        )

    async def shown(self, row: Settlement, url: str | None = None) -> SettlementView:
        """The same, where no transaction is open."""
        async with self.db.tx() as tx:
            return await self.view(tx, row, url)


_PAYER = PATIENT | {"dependencies": {"payer": Provide(Payer, sync_to_thread=False)}}


class BeginIn(msgspec.Struct, forbid_unknown_fields=True):
    """Which class. There is no amount: the insurance says it."""

    insurance_class: InsuranceClass
    use_account: bool = True


class WayIn(msgspec.Struct, forbid_unknown_fields=True):
    """Which class; none for the patient's own money."""

    insurance_class: InsuranceClass | None


class ConsentIn(msgspec.Struct, forbid_unknown_fields=True):
    """The code with which the channel sent the patient back; empty where the channel gives none."""

    code: Annotated[str, msgspec.Meta(max_length=400)] = ""


class AccountIn(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the personal account pays."""

    use: bool


class CheckIn(msgspec.Struct, forbid_unknown_fields=True):
    """What the phone says about the cashier it opened: a hint, never a proof."""

    said: Literal["ok", "cancelled", "failed"] | None = None


class OneselfIn(msgspec.Struct, forbid_unknown_fields=True):
    """The patient's own tick; nothing else counts as consent to pay everything."""

    agreed: Literal[True]


@get("/api/patients/{patient_id:uuid}/insurance", **PATIENT)
async def read_way(
    tx: Tx, vault: Vault, knobs: Knobs, principal: Principal, request: Asking, patient_id: UUID
) -> WayView:
    """With what a patient's registrations may be paid here, before there is an order, and what was chosen last."""
    return await service.way_view(tx, vault, knobs, patient_id, principal, language=language(request))


@put("/api/patients/{patient_id:uuid}/insurance", **PATIENT, status_code=204)
async def choose_way(tx: Tx, knobs: Knobs, principal: Principal, patient_id: UUID, data: WayIn) -> None:
    """Choose it. Nothing is asked of the insurance before the place is held."""
    await service.choose_way(tx, knobs, patient_id, principal, data.insurance_class)


@get("/api/orders/{order_id:uuid}/insurance", **PATIENT)
async def list_classes(
    tx: Tx, vault: Vault, knobs: Knobs, principal: Principal, request: Asking, order_id: UUID
) -> ClassesView:
    """The classes with which an order may be settled here, and why others may not."""
    return await service.classes_view(tx, vault, knobs, order_id, principal, language=language(request))


@get("/api/orders/{order_id:uuid}/settlement", **_PAYER)
async def read_current(tx: Tx, payer: Payer, order_id: UUID) -> SettlementView | None:
    """The newest settlement of an order, or null."""
    row = await service.current(tx, order_id, payer.by)
    return None if row is None else await payer.view(tx, row)


@post("/api/orders/{order_id:uuid}/settlements", **_PAYER, status_code=200)
async def begin(payer: Payer, order_id: UUID, data: BeginIn, idempotency_key: Key) -> SettlementView:
    """Choose a class; `authorise_url` is where the patient consents."""
    row, url = await payer.presettling.begin(
        order_id=order_id,
        by=payer.by,
        which=data.insurance_class,
        use_account=data.use_account,
        key=idempotency_key,
        origin=payer.origin,
    )
    return await payer.shown(row, url)


@get("/api/settlements/{settlement_id:uuid}", **_PAYER)
async def read_settlement(tx: Tx, payer: Payer, settlement_id: UUID) -> SettlementView:
    """One settlement of this account."""
    return await payer.view(tx, await service.access_settlement(tx, settlement_id, payer.by))


@post("/api/settlements/{settlement_id:uuid}/consent", **_PAYER, status_code=200)
async def consent(payer: Payer, settlement_id: UUID, data: ConsentIn) -> SettlementView:
    """The patient consented: identify, tell the bill, and answer with the split, or with why there is none."""
    row = await payer.presettling.authorised(settlement_id, payer.by, data.code, origin=payer.origin)
    return await payer.shown(row)


@post("/api/settlements/{settlement_id:uuid}/account", **_PAYER, status_code=200)
async def use_account(payer: Payer, settlement_id: UUID, data: AccountIn) -> SettlementView:
    """Split again, with or without the personal account."""
    return await payer.shown(await payer.presettling.use_account(settlement_id, payer.by, use=data.use))


@post("/api/settlements/{settlement_id:uuid}/settle", **_PAYER, status_code=200)
async def settle(payer: Payer, settlement_id: UUID) -> CashierView:
    """Agree to the split; `invoke` opens the cashier for both parts. The same tap again opens the same payment."""
    row, invoke = await payer.settling.settle(settlement_id, payer.by, origin=payer.origin)
    return CashierView(await payer.shown(row), invoke)


@post("/api/settlements/{settlement_id:uuid}/check", **_PAYER, status_code=200)
async def check(
    payer: Payer, channels: Channels, knobs: Knobs, outcome: Outcome, settlement_id: UUID, data: CheckIn
) -> SettlementView:
    """The settlement, after the insurance and the channel were asked about it."""
    async with payer.db.tx() as tx:
        row = await service.access_settlement(tx, settlement_id, payer.by)
    await payments_flows.check(payer.db, channels, knobs, order_id=row.order_id, by=payer.by, said=data.said)
    return await payer.shown(await outcome.look(row.id))


@post("/api/settlements/{settlement_id:uuid}/cancel", **_PAYER, status_code=200)
async def call_off(payer: Payer, settlement_id: UUID) -> SettlementView:
    """Take back an agreement that was not paid: both parts are withdrawn. What was paid after all stands."""
    return await payer.shown(await payer.settling.call_off(settlement_id, payer.by))


@post("/api/settlements/{settlement_id:uuid}/pay-oneself", **_PAYER, status_code=200)
async def pay_oneself(
    payer: Payer,
    settlement_id: UUID,
    data: OneselfIn,  # noqa: ARG001 - its being there is the consent
) -> SettlementView:
    """The patient's explicit choice: no insurance, everything is paid by themselves."""
    return await payer.shown(await payer.settling.pay_oneself(settlement_id, payer.by))


ROUTES = [
    read_way,
    choose_way,
    list_classes,
    read_current,
    begin,
    read_settlement,
    consent,
    use_account,
    settle,
    check,
    call_off,
    pay_oneself,
]
