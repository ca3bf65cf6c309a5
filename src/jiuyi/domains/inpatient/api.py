"""Routes: whose deposit may be paid, paying it, what was paid."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import HeaderParameter, Parameter

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.inpatient import flows, rules, service
from jiuyi.domains.inpatient.errors import StayUnknown
from jiuyi.domains.inpatient.ports import Wards
from jiuyi.domains.inpatient.types import DepositView, StayView
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import PATIENT, Given, WebAddress, language
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.limits import Shield
from jiuyi.kit.pages import Items, Page

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=8, max_length=100)]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
_Scanned = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
_FINDS_OF_AN_ADDRESS = 120
"""An hour. A ward's families share one address; accounts are free, so their own limit is not enough."""


class FindIn(msgspec.Struct, forbid_unknown_fields=True):
    """Inpatient number and full name, or the code at the bed."""

    inpatient_no: _Text | None = None
    name: _Text | None = None
    bed_code: _Scanned | None = None


class DepositIn(msgspec.Struct, forbid_unknown_fields=True):
    """`key` says whose stay; the amount is the payer's own choice, within the hospital's limits."""

    key: Annotated[str, msgspec.Meta(min_length=20, max_length=2000)]
    amount_fen: Annotated[int, msgspec.Meta(gt=0, le=10**9)]


@get("/api/stays", **PATIENT)
async def list_stays(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    wards: Given[Wards],
    shield: Shield,
    principal: Principal,
    request: Request[Any, Any, Any],
) -> Items[StayView]:
    """The account's own patients who are in hospital."""
    shield.hit("inpatient", str(principal.account_id), times=20, seconds=60)
    return Items(await flows.own_stays(db, vault, knobs, wards, by=principal, language=language(request)))


@post("/api/stays/find", **PATIENT, status_code=200)
async def find_stay(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    wards: Given[Wards],
    shield: Shield,
    web: WebAddress,
    principal: Principal,
    request: Request[Any, Any, Any],
    data: FindIn,
) -> StayView:
    """Somebody's stay, for paying only: masked name, ward and bed. A code that could be guessed is never asked for."""
    shield.hit("inpatient.find", web.client_ip(request), times=_FINDS_OF_AN_ADDRESS, seconds=3600)
    question = rules.question(data.inpatient_no, data.name, data.bed_code)
    if question is None:
        raise StayUnknown
    return await flows.find_stay(db, vault, knobs, wards, by=principal, question=question, language=language(request))


@post("/api/deposits", **PATIENT, status_code=201)
async def pay_deposit(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    wards: Given[Wards],
    shield: Shield,
    principal: Principal,
    request: Request[Any, Any, Any],
    data: DepositIn,
    idempotency_key: Key,
) -> DepositView:
    """Open a deposit; the answer's `order_id` is paid like any order. The same key is the same deposit."""
    shield.hit("inpatient", str(principal.account_id), times=20, seconds=60)
    made = await flows.pay_deposit(
        db,
        vault,
        knobs,
        wards,
        by=principal,
        stay_key=data.key,
        amount_fen=data.amount_fen,
        key=idempotency_key,
    )
    async with db.tx() as tx:
        row = await service.access_deposit(tx, made, principal)
        return await service.deposit_view(tx, vault, row, language(request))


@get("/api/deposits", **PATIENT)
async def list_deposits(
    tx: Tx,
    vault: Vault,
    principal: Principal,
    request: Request[Any, Any, Any],
    cursor: Annotated[str, Parameter(max_length=400)] | None = None,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 20,
) -> Page[DepositView]:
    """What this account paid as deposits, newest first."""
    return await service.deposits_page(tx, vault, principal, cursor, limit, language(request))


@get("/api/deposits/{deposit_id:uuid}", **PATIENT)
async def read_deposit(
    tx: Tx, vault: Vault, principal: Principal, request: Request[Any, Any, Any], deposit_id: UUID
) -> DepositView:
    """One deposit of this account."""
    row = await service.access_deposit(tx, deposit_id, principal)
    return await service.deposit_view(tx, vault, row, language(request))


ROUTES = [list_stays, find_stay, pay_deposit, list_deposits, read_deposit]
