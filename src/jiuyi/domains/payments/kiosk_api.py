"""Routes of the desk: what a patient owes, taking it from a code, how it stands, giving up, the shift's list."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.di import Provide
from litestar.params import HeaderParameter, Parameter
from litestar.response import Stream

from jiuyi.domains.payments import flows
from jiuyi.domains.payments.ports import Channels
from jiuyi.domains.payments.service import collecting, counter_refunds, day_of_desks, showing
from jiuyi.domains.payments.types import (
    Attempt,
    CardResult,
    CodeKind,
    CollectionView,
    DayOfDesks,
    DeskDay,
    DeskRefundView,
    DeskWords,
    OwedView,
)
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk, Role
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import DEVICE, language
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.pages import Items

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=8, max_length=100)]


class Till:
    """The machine that takes money, and what its routes share."""

    def __init__(
        self, db: Db, channels: Channels, knobs: Knobs, at_desk: AtDesk, request: Request[Any, Any, Any]
    ) -> None:
        self.db, self.channels, self.knobs, self.at = db, channels, knobs, at_desk
        self._language = language(request)

    async def collect(
        self, order_id: UUID, key: str, code: str, kind: CodeKind | None = None, payer: str | None = None
    ) -> CollectionView:
        """Take an order's money from a code, a face, or by a code of ours."""
        staff.attended(self.at)
        found = await flows.collect(
            self.db,
            self.channels,
            self.knobs,
            order_id=order_id,
            at=self.at,
            key=key,
            code=code,
            kind=kind,
            payer=payer,
        )
        return await self.shown(found)

    async def shown(self, found: Attempt) -> CollectionView:
        """A collection in the words of whoever stands here."""
        async with self.db.tx() as tx:
            return await showing.collection_view(tx, found, language=self._language)


_TAKING = DEVICE(Role.CASHIER, Role.SELF_SERVICE, Role.HAND_HELD)
_TILL = _TAKING | {"dependencies": {"till": Provide(Till, sync_to_thread=False)}}


class CodeIn(msgspec.Struct, forbid_unknown_fields=True):
    """The digits that were scanned. There is no amount: it is the order's."""

    code: Annotated[str, msgspec.Meta(min_length=8, max_length=64)]


class FaceIn(msgspec.Struct, forbid_unknown_fields=True):
    """What a face terminal gave: its code, and the payer where it names one."""

    kind: Literal["wechat_face", "alipay_face"]
    code: Annotated[str, msgspec.Meta(min_length=8, max_length=256)]
    payer: Annotated[str, msgspec.Meta(max_length=128)] | None = None


class RefundIn(msgspec.Struct, forbid_unknown_fields=True):
    """How much goes back (fen), and why: the payer reads the reason."""

    amount_fen: Annotated[int, msgspec.Meta(gt=0, le=1_000_000_000)]
    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=26, pattern=r"\S\s*\S")]


@get("/api/desk/words", **_TAKING)
async def words(knobs: Knobs, channels: Channels, request: Request[Any, Any, Any]) -> DeskWords:
    """The kinds of codes taken here, how they are told apart, and every result with its texts."""
    return showing.desk_words(knobs, channels, language=language(request))


@get("/api/desk/patients/{patient_id:uuid}/orders", **_TAKING)
async def list_owed(tx: Tx, at_desk: AtDesk, patient_id: UUID) -> Items[OwedView]:
    """What this patient can pay now."""
    staff.attended(at_desk)
    return Items([showing.owed_view(order) for order in await collecting.owed(tx, patient_id, at_desk)])


@post("/api/desk/orders/{order_id:uuid}/payments", **_TILL, status_code=200)
async def take(till: Till, order_id: UUID, data: CodeIn, idempotency_key: Key) -> CollectionView:
    """Take an order's money from a scanned payment code. The same key is the same collection: nothing is sent twice."""
    return await till.collect(order_id, idempotency_key, data.code.strip())


@post("/api/desk/orders/{order_id:uuid}/faces", **_TILL, status_code=200)
async def take_by_face(till: Till, order_id: UUID, data: FaceIn, idempotency_key: Key) -> CollectionView:
    """Take an order's money from what a face terminal gave."""
    return await till.collect(order_id, idempotency_key, data.code, CodeKind(data.kind), data.payer)


@post("/api/desk/orders/{order_id:uuid}/cards", **_TILL, status_code=200)
async def book_card(till: Till, order_id: UUID, data: CardResult, idempotency_key: Key) -> CollectionView:
    """Book what the card terminal beside this machine has taken."""
    staff.attended(till.at)
    found = await flows.collect_card(
        till.db, till.channels, till.knobs, order_id=order_id, at=till.at, key=idempotency_key, result=data
    )
    return await till.shown(found)


@post("/api/desk/orders/{order_id:uuid}/shown-codes", **_TILL, status_code=200)
async def show_code(till: Till, order_id: UUID, idempotency_key: Key) -> CollectionView:
    """A UnionPay code for the patient to scan."""
    return await till.collect(order_id, idempotency_key, "", CodeKind.UNIONPAY_SHOWN)


@get("/api/desk/payments/{payment_id:uuid}", **_TAKING)
async def read_collection(tx: Tx, at_desk: AtDesk, request: Request[Any, Any, Any], payment_id: UUID) -> CollectionView:
    """How a collection of this device stands, as far as is known here."""
    found = await collecting.access_collection(tx, payment_id, at_desk)
    return await showing.collection_view(tx, found, language=language(request))


@post("/api/desk/payments/{payment_id:uuid}/check", **_TILL, status_code=200)
async def check(till: Till, payment_id: UUID) -> CollectionView:
    """How it stands, after the channel was asked."""
    found = await flows.check_collection(till.db, till.channels, till.knobs, attempt_id=payment_id, at=till.at)
    return await till.shown(found)


@post("/api/desk/payments/{payment_id:uuid}/stop", **_TAKING, status_code=200)
async def stop(tx: Tx, at_desk: AtDesk, request: Request[Any, Any, Any], payment_id: UUID) -> CollectionView:
    """Give up: it is reversed as soon as the channel allows, unless it turns out to be paid."""
    found = await collecting.stop(tx, payment_id, at_desk)
    return await showing.collection_view(tx, found, language=language(request))


@post("/api/desk/orders/{order_id:uuid}/refunds", **DEVICE(Role.CASHIER), status_code=200)
async def give_back(tx: Tx, at_desk: AtDesk, order_id: UUID, data: RefundIn, idempotency_key: Key) -> DeskRefundView:
    """Give money of a paid order back to whoever paid it. The same key is the same refund."""
    staff.attended(at_desk)
    return await counter_refunds.refund_at_desk(
        tx, order_id, at_desk, amount_fen=data.amount_fen, reason=data.reason.strip(), key=idempotency_key
    )


@get("/api/desk/days/{day:date}/payments", **DEVICE(Role.FINANCE_READ))
async def list_day(
    tx: Tx,
    vault: Vault,
    at_desk: AtDesk,
    request: Request[Any, Any, Any],
    day: date,
    cursor: Annotated[str, Parameter(max_length=400)] | None = None,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 50,
) -> DayOfDesks:
    """What every desk took on a day, newest first."""
    return await day_of_desks.day_of_desks(
        tx, vault, at_desk, day=day, cursor=cursor, limit=limit, language=language(request)
    )


@get("/api/desk/days/{day:date}/payments.csv", **DEVICE(Role.FINANCE_READ))
async def download_day(db: Db, at_desk: AtDesk, request: Request[Any, Any, Any], day: date) -> Stream:
    """The same as a sheet, without names."""
    async with db.tx() as tx:
        await day_of_desks.note_look(tx, at_desk, day, "payments.desks_taken_away")
    return Stream(
        flows.day_sheet(db, day=day, language=language(request)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="desks-{day.isoformat()}.csv"'},
    )


@get("/api/desk/payments", **_TAKING)
async def list_collections(tx: Tx, vault: Vault, at_desk: AtDesk, request: Request[Any, Any, Any]) -> DeskDay:
    """What this shift has taken, newest first."""
    return await showing.desk_day(tx, vault, at_desk, language=language(request))


ROUTES = [
    words,
    list_owed,
    take,
    take_by_face,
    book_card,
    show_code,
    read_collection,
    check,
    stop,
    give_back,
    list_collections,
    list_day,
    download_day,
]
