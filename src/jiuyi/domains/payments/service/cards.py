"""Card terminals beside a desk: the card was charged there, and its result is booked here once.

Source: docs/contracts/desk.md §2.
There is no public interface to a terminal; its vendor's program hands the result to the machine at the desk.
"""

from datetime import timedelta
from uuid import UUID

import msgspec

from jiuyi.domains.audit import service as audit
from jiuyi.domains.payments import settings
from jiuyi.domains.payments.errors import BeingCollected, CardResultRefused, CardResultUsed
from jiuyi.domains.payments.repository import desk, records
from jiuyi.domains.payments.service.arrivals import arrived
from jiuyi.domains.payments.service.attempts import attempt, mint, must_be_free, must_be_payable
from jiuyi.domains.payments.types import (
    CNY,
    CODE_KINDS,
    DESK,
    Attempt,
    CardResult,
    CodeKind,
    Order,
    PayTerms,
    Trade,
    TradeState,
)
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit.clock import HOSPITAL_ZONE
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import NotFound, Problem

BANK_CARD = "bank_card"
_APPROVED = "00"
_MOST_DIGITS = 10
"""A masked card number shows six and four digits at most (the customary mask of receipts)."""
_OLDEST = timedelta(days=1)
_LIVES_SECONDS = 60.0


async def book_card(
    tx: Tx, *, knobs: Knobs, order_id: UUID, at: AtDesk, key: str, result: CardResult
) -> tuple[Attempt | None, Attempt]:
    """Book a terminal's result on an order: (None, the paid attempt), or (the live attempt to be ended first, it).

    Raises `NotFound`, `BeingCollected`, `CardResultUsed`, and `CardResultRefused` for what does not fit: the card may
    have been charged all the same, so its text says to void it at the terminal.
    """
    order = await records.lock_order(tx, order_id)
    if order is None:
        raise NotFound
    own_key = f"desk:{at.device_code}:{key}"
    number = transaction_of(result)
    existing = await records.attempt_by_key(tx, order_id, own_key)
    if existing is not None:
        await _must_be_of(tx, existing, number)
        return None, existing
    if await desk.transaction_known(tx, BANK_CARD, number):
        raise CardResultUsed
    await _must_fit(tx, knobs, order, result)
    live = await records.live_attempt(tx, order_id)
    if live is not None:
        if live.method in CODE_KINDS and not live.due:
            raise BeingCollected
        return live, live
    actor = staff.actor_of(at)
    terms = PayTerms(CodeKind.BANK_CARD.value, BANK_CARD, DESK, result.merchant_id, result.terminal_id)
    made = await mint(tx, order, knobs=knobs, terms=terms, actor=actor, key=own_key, lives_seconds=_LIVES_SECONDS)
    row = {
        "attempt_id": made.id,
        "device_id": at.device_id,
        "device_code": at.device_code,
        "shift_id": at.shift_id,
        "operator": at.operator,
        "kind": CodeKind.BANK_CARD.value,
        "code_masked": result.card_masked,
        "record": msgspec.json.encode(result).decode(),
    }
    await desk.insert(tx, row)
    detail = {"attempt": str(made.id), "transaction": number, "amount_fen": result.amount_fen}
    await audit.note(
        tx, actor=actor, action="payments.card_booked", subject_kind="order", subject=order.id, detail=detail
    )
    await arrived(tx, made.id, _trade(made, result), who=f"terminal:{result.terminal_id}", knobs=knobs)
    return None, await attempt(tx, made.id)


def transaction_of(result: CardResult) -> str:
    """What names a slip for ever: merchant, terminal, batch, trace number and the hospital's day.

    Raises `CardResultRefused` for a time that no calendar has here.
    """
    try:
        day = result.paid_at.astimezone(HOSPITAL_ZONE)
    except OverflowError as error:
        raise CardResultRefused(what="paid_at") from error
    return "-".join((result.merchant_id, result.terminal_id, result.batch_no, result.trace_no, f"{day:%Y%m%d}"))


async def _must_be_of(tx: Tx, existing: Attempt, number: str) -> None:
    """Raises `CardResultRefused` if the key's earlier attempt stands for a code or for another slip."""
    taken = await desk.collection(tx, existing.id)
    booked = taken.record if taken is not None and taken.kind is CodeKind.BANK_CARD else None
    if booked is None or transaction_of(msgspec.convert(booked, CardResult)) != number:
        raise CardResultRefused(what="idempotency_key")


async def _must_fit(tx: Tx, knobs: Knobs, order: Order, result: CardResult) -> None:
    """Raises `CardResultRefused` with what does not fit."""
    now = await records.now(tx)
    age = now - result.paid_at if result.paid_at.tzinfo is not None else None
    wrong = {
        "resp_code": result.resp_code != _APPROVED,
        "merchant_id": result.merchant_id not in knobs.get(settings.CARD_MERCHANTS),
        "amount_fen": result.amount_fen != order.own_fen,
        "paid_at": age is None or not -timedelta(minutes=5) <= age <= _OLDEST,
        "card_masked": sum(each.isdigit() for each in result.card_masked) > _MOST_DIGITS,
        "number": not all((result.terminal_id, result.batch_no, result.trace_no, result.reference_no)),
    }
    for what, is_wrong in wrong.items():
        if is_wrong:
            raise CardResultRefused(what=what)
    try:
        await must_be_payable(tx, order, knobs)
        await must_be_free(tx, order, beside_insurance=False)
    except Problem as problem:
        raise CardResultRefused(what=problem.code) from problem


def _trade(made: Attempt, result: CardResult) -> Trade:
    return Trade(
        out_trade_no=made.out_trade_no,
        state=TradeState.PAID,
        merchant_id=result.merchant_id,
        app_id=result.terminal_id,
        transaction_id=transaction_of(result),
        total_fen=result.amount_fen,
        currency=CNY,
        paid_at=result.paid_at,
    )
