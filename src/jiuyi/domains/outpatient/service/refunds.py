"""Refunds of lines: promised by the HIS first, then the money."""

from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.outpatient import repository, settings
from jiuyi.domains.outpatient.errors import NotRefundable, RefundClosed, RefundUnderWay, WholeOnly
from jiuyi.domains.outpatient.service.checkouts import HIS, SUBJECT
from jiuyi.domains.outpatient.types import (
    REFUND_GRAPH,
    CheckoutRow,
    FeeRefund,
    LineKey,
    LineState,
    RefundRow,
    RefundState,
)
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import EntryState
from jiuyi.kit.db import Absent, Tx
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import Axis, move

REFUND = Axis("outpatient", "refund", "state", REFUND_GRAPH)
SETTLE_REFUND = "outpatient.settle_refund"


async def may_refund(tx: Tx, knobs: Knobs, row: CheckoutRow) -> bool:
    """Whether lines may be asked back online. What an insurance settled goes back whole (`begin_refund`)."""
    if row.state is not EntryState.CONFIRMED or row.confirmed_at is None or not knobs.get(settings.REFUND_ONLINE):
        return False
    order = await payments.order(tx, row.order_id)
    young = (row.now - row.confirmed_at).days < knobs.get(settings.REFUND_DAYS)
    return young and order.left_fen > 0


def wanted_lines(states: list[LineState], keys: list[LineKey]) -> int:
    """The sum (fen) of the chosen lines. Raises `NotRefundable` unless the HIS lets go of every one of them."""
    free = {(state.bill_no, state.line_no): state.amount_fen for state in states if state.refundable}
    wanted = {(key.bill_no, key.line_no) for key in keys}
    if not wanted or not wanted <= free.keys():
        raise NotRefundable
    return sum(free[key] for key in wanted)


async def begin_refund(
    tx: Tx, knobs: Knobs, *, checkout_id: UUID, by: Principal, keys: list[LineKey], amount_fen: int, reason: str
) -> RefundRow:
    """Claim the lines for one refund. Raises `RefundClosed`, `WholeOnly`, `RefundUnderWay`, `NotRefundable`."""
    row = await repository.locked(tx, checkout_id)
    if not await may_refund(tx, knobs, row):
        raise RefundClosed
    order = await payments.order(tx, row.order_id)
    if order.insurance_fen > 0 and amount_fen != order.left_fen:
        raise WholeOnly
    made = new_id()
    new = {
        "id": made,
        "no": number_from("T", made),
        "checkout": checkout_id,
        "amount_fen": amount_fen,
        "reason": reason,
    }
    if not await repository.insert_refund(tx, new):
        raise RefundUnderWay
    for key in dict.fromkeys(keys):
        if not await repository.mark_line(tx, made, checkout_id, key.bill_no, key.line_no):
            raise NotRefundable
    who = Actor.account(by.account_id)
    await repository.first_step(tx, made, target=RefundState.ASKING.value, who=who.word, why="asked")
    detail = {"refund": str(made), "amount_fen": amount_fen}
    await audit.note(
        tx, actor=who, action="outpatient.refund_asked", subject_kind=SUBJECT, subject=checkout_id, detail=detail
    )
    return await refund_row(tx, made)


async def refund_row(tx: Tx, refund_id: UUID) -> RefundRow:
    """One refund. Raises `Absent`."""
    found = await repository.refund(tx, refund_id)
    if found is None:
        raise Absent(f"refund {refund_id}")
    return found


async def refund_done(tx: Tx, row: RefundRow, order_id: UUID, said: FeeRefund, *, why: str) -> None:
    """The HIS took the lines back: the money is promised in the same transaction."""
    now = await repository.now(tx)
    money = await payments.request_refund(tx, order_id, row.amount_fen, "门诊退费", "lines", key=str(row.id))
    await move(
        tx,
        REFUND,
        row.id,
        row.state,
        RefundState.DONE,
        who=HIS.word,
        why=why,
        his_refund_no=said.refund_no,
        done_at=now,
        money_id=money.id if money else None,
    )
    await audit.note(
        tx,
        actor=HIS,
        action="outpatient.refund_done",
        subject_kind=SUBJECT,
        subject=row.checkout_id,
        detail={"refund": str(row.id)},
    )


async def refund_refused(tx: Tx, row: RefundRow, code: str) -> None:
    """Nothing was taken back: the lines may be asked for again."""
    await move(tx, REFUND, row.id, row.state, RefundState.REFUSED, who=HIS.word, why=code, refusal=code)
    await repository.free_lines(tx, row.id)
