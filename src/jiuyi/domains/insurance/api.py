"""Routes: what an order may be settled with, and one settlement from consent to cashier."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, get, post, put
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


@get("/api/orders/{order_id:uuid}/settlement", **PATIENT)
async def read_current(
    tx: Tx, vault: Vault, knobs: Knobs, principal: Principal, request: Asking, order_id: UUID
) -> SettlementView | None:
    """The newest settlement of an order, or null."""
    row = await service.current(tx, order_id, principal)
    return None if row is None else await service.settlement_view(tx, vault, knobs, row, language=language(request))


@post("/api/orders/{order_id:uuid}/settlements", **PATIENT, status_code=200)
async def begin(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    presettling: Presettling,
    principal: Principal,
    request: Asking,
    web: WebAddress,
    order_id: UUID,
    data: BeginIn,
    idempotency_key: Key,
) -> SettlementView:
    """Choose a class; `authorise_url` is where the patient consents."""
    row, url = await presettling.begin(
        order_id=order_id,
        by=principal,
        which=data.insurance_class,
        use_account=data.use_account,
        key=idempotency_key,
        origin=web.origin(request),
    )
    return await _shown(db, vault, knobs, row, request, url)


@get("/api/settlements/{settlement_id:uuid}", **PATIENT)
async def read_settlement(
    tx: Tx, vault: Vault, knobs: Knobs, principal: Principal, request: Asking, settlement_id: UUID
) -> SettlementView:
    """One settlement of this account."""
    row = await service.access_settlement(tx, settlement_id, principal)
    return await service.settlement_view(tx, vault, knobs, row, language=language(request))


@post("/api/settlements/{settlement_id:uuid}/consent", **PATIENT, status_code=200)
async def consent(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    presettling: Presettling,
    principal: Principal,
    request: Asking,
    web: WebAddress,
    settlement_id: UUID,
    data: ConsentIn,
) -> SettlementView:
    """The patient consented: identify, tell the bill, and answer with the split, or with why there is none."""
    row = await presettling.authorised(settlement_id, principal, data.code, origin=web.origin(request))
    return await _shown(db, vault, knobs, row, request)


@post("/api/settlements/{settlement_id:uuid}/account", **PATIENT, status_code=200)
async def use_account(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    presettling: Presettling,
    principal: Principal,
    request: Asking,
    settlement_id: UUID,
    data: AccountIn,
) -> SettlementView:
    """Split again, with or without the personal account."""
    row = await presettling.use_account(settlement_id, principal, use=data.use)
    return await _shown(db, vault, knobs, row, request)


@post("/api/settlements/{settlement_id:uuid}/settle", **PATIENT, status_code=200)
async def settle(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    settling: Settling,
    principal: Principal,
    request: Asking,
    web: WebAddress,
    settlement_id: UUID,
) -> CashierView:
    """Agree to the split; `invoke` opens the cashier for both parts. The same tap again opens the same payment."""
    row, invoke = await settling.settle(settlement_id, principal, origin=web.origin(request))
    return CashierView(await _shown(db, vault, knobs, row, request), invoke)


@post("/api/settlements/{settlement_id:uuid}/check", **PATIENT, status_code=200)
async def check(
    db: Db,
    channels: Channels,
    vault: Vault,
    knobs: Knobs,
    outcome: Outcome,
    principal: Principal,
    request: Asking,
    settlement_id: UUID,
    data: CheckIn,
) -> SettlementView:
    """The settlement, after the insurance and the channel were asked about it."""
    async with db.tx() as tx:
        row = await service.access_settlement(tx, settlement_id, principal)
    await payments_flows.check(db, channels, knobs, order_id=row.order_id, by=principal, said=data.said)
    return await _shown(db, vault, knobs, await outcome.look(row.id), request)


@post("/api/settlements/{settlement_id:uuid}/cancel", **PATIENT, status_code=200)
async def call_off(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    settling: Settling,
    principal: Principal,
    request: Asking,
    settlement_id: UUID,
) -> SettlementView:
    """Take back an agreement that was not paid: both parts are withdrawn. What was paid after all stands."""
    row = await settling.call_off(settlement_id, principal)
    return await _shown(db, vault, knobs, row, request)


@post("/api/settlements/{settlement_id:uuid}/pay-oneself", **PATIENT, status_code=200)
async def pay_oneself(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    settling: Settling,
    principal: Principal,
    request: Asking,
    settlement_id: UUID,
    data: OneselfIn,  # noqa: ARG001 - its being there is the consent
) -> SettlementView:
    """The patient's explicit choice: no insurance, everything is paid by themselves."""
    row = await settling.pay_oneself(settlement_id, principal)
    return await _shown(db, vault, knobs, row, request)


async def _shown(
    db: Db, vault: Vault, knobs: Knobs, row: Settlement, request: Asking, url: str | None = None
) -> SettlementView:
    async with db.tx() as tx:
        return await service.settlement_view(tx, vault, knobs, row, language=language(request), authorise_url=url)


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
