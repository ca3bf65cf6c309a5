"""Orders as their patients see them."""

from collections.abc import Mapping
from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.patients import service as patients
from jiuyi.domains.payments import settings
from jiuyi.domains.payments.repository import records
from jiuyi.domains.payments.service.orders import access_order
from jiuyi.domains.payments.types import (
    CHANNEL_NAMES,
    Cause,
    Order,
    OrderState,
    OrderView,
    PayerOfView,
    PaymentRecord,
    Refund,
    RefundState,
    RefundView,
    SubjectView,
)
from jiuyi.kit import pages
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.pages import Page

_SHOWN = {RefundState.DONE: "done", RefundState.FAILED: "failed"}


async def order_view(tx: Tx, vault: Vault, knobs: Knobs, order_id: UUID, by: Principal, *, language: str) -> OrderView:
    """One order of the asking account. Raises `NotFound`."""
    order = await access_order(tx, order_id, by)
    names = await patients.masked_names(tx, vault, [order.patient_id])
    refunds = await records.refunds_of(tx, [order.id])
    paid, refunded = _shown_sums(order)
    return OrderView(
        id=order.id,
        no=order.no,
        kind=order.kind,
        title=order.title_zh,
        title_en=order.title_en,
        total_fen=order.total_fen,
        insurance_fen=order.insurance_fen,
        own_fen=order.own_fen,
        paid_fen=paid,
        refunded_fen=refunded,
        state=order.shown,
        expires_at=order.expires_at,
        subject=SubjectView(kind=order.subject_kind, id=order.subject_id),
        patient=PayerOfView(id=order.patient_id, name=names.get(order.patient_id, "")),
        paid_at=order.paid_at,
        channel_name=_channel_name(order.channel, language),
        refunds=[_refund_view(each, knobs, language) for each in refunds],
    )


async def payment_records(
    tx: Tx, vault: Vault, by: Principal, *, patient_id: UUID | None, cursor: str | None, limit: int
) -> Page[PaymentRecord]:
    """What this account paid here, newest first."""
    before = pages.decode_place(cursor) if cursor else None
    rows = await records.paid_orders(tx, by.accounts, patient_id, before, limit + 1)
    names = await patients.masked_names(tx, vault, [order.patient_id for order in rows])
    items = [_record(order, names) for order in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    return Page(items, pages.encode(last.at.isoformat(), str(last.order_id)) if last else None)


def _shown_sums(order: Order) -> tuple[int, int]:
    """Paid and refunded, as this order's patient understands them: a second payment of it is told among refunds."""
    if order.state is OrderState.PAID:
        return order.paid_fen, order.refunded_fen
    return order.received_fen, order.returned_fen


def _record(order: Order, names: Mapping[UUID, str]) -> PaymentRecord:
    paid, refunded = _shown_sums(order)
    return PaymentRecord(
        order_id=order.id,
        no=order.no,
        title=order.title_zh,
        title_en=order.title_en,
        patient=PayerOfView(id=order.patient_id, name=names.get(order.patient_id, "")),
        amount_fen=paid,
        refunded_fen=refunded,
        method=order.method or "",
        state=order.shown,
        at=order.paid_at or order.created_at,
    )


def _refund_view(refund: Refund, knobs: Knobs, language: str) -> RefundView:
    return RefundView(
        no=refund.no,
        amount_fen=refund.amount_fen,
        state=_SHOWN.get(refund.state, "pending"),
        reason=_reason(refund, knobs, language),
        requested_at=refund.requested_at,
        completed_at=refund.done_at,
    )


def _reason(refund: Refund, knobs: Knobs, language: str) -> str:
    """Why it goes back: as it was promised, or the hospital's own words for what nobody asked for."""
    if refund.cause is Cause.ASKED:
        return refund.reason
    return str(getattr(knobs.get(settings.REFUND_TEXTS), f"{refund.cause.value}_{language}"))


def _channel_name(channel: str | None, language: str) -> str | None:
    if channel is None:
        return None
    zh, en = CHANNEL_NAMES.get(channel, (channel, channel))
    return en if language == "en" else zh
