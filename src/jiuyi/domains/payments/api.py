"""Routes: an order, paying it, asking how it stands, and the account's payment records."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import HeaderParameter, Parameter

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.payments import flows, service
from jiuyi.domains.payments.ports import Channels
from jiuyi.domains.payments.types import OrderView, PaymentRecord, PaymentView
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import PATIENT, language
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.pages import Page

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=8, max_length=100)]


class PayIn(msgspec.Struct, forbid_unknown_fields=True):
    """How to pay. There is no amount: it is the order's."""

    method: Annotated[str, msgspec.Meta(max_length=40)]


class CheckIn(msgspec.Struct, forbid_unknown_fields=True):
    """What the phone says about the cashier it opened: a hint, never a proof."""

    said: Literal["ok", "cancelled", "failed"] | None = None


@get("/api/orders/{order_id:uuid}", **PATIENT)
async def read_order(
    tx: Tx, vault: Vault, knobs: Knobs, principal: Principal, request: Request[Any, Any, Any], order_id: UUID
) -> OrderView:
    """One order of this account."""
    return await service.order_view(tx, vault, knobs, order_id, principal, language=language(request))


@post("/api/orders/{order_id:uuid}/payments", **PATIENT, status_code=200)
async def pay(
    db: Db,
    channels: Channels,
    knobs: Knobs,
    vault: Vault,
    principal: Principal,
    order_id: UUID,
    data: PayIn,
    idempotency_key: Key,
) -> PaymentView:
    """Prepare a payment; `invoke` opens the cashier. It is null when the order turns out to be paid, or was closed."""
    return await flows.pay(
        db, channels, knobs, vault, order_id=order_id, by=principal, method=data.method, key=idempotency_key
    )


@post("/api/orders/{order_id:uuid}/check", **PATIENT, status_code=200)
async def check(
    db: Db,
    channels: Channels,
    knobs: Knobs,
    vault: Vault,
    principal: Principal,
    request: Request[Any, Any, Any],
    order_id: UUID,
    data: CheckIn,
) -> OrderView:
    """The order, after the channel was asked about it."""
    await flows.check(db, channels, knobs, order_id=order_id, by=principal, said=data.said)
    async with db.tx() as tx:
        return await service.order_view(tx, vault, knobs, order_id, principal, language=language(request))


@get("/api/payments", **PATIENT)
async def list_payments(
    tx: Tx,
    vault: Vault,
    principal: Principal,
    patient_id: UUID | None = None,
    cursor: Annotated[str, Parameter(max_length=400)] | None = None,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 20,
) -> Page[PaymentRecord]:
    """What this account paid here, newest first."""
    return await service.payment_records(tx, vault, principal, patient_id=patient_id, cursor=cursor, limit=limit)


ROUTES = [read_order, pay, check, list_payments]
