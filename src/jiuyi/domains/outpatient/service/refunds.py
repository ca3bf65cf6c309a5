"""Refunds of lines: promised by the HIS first, then the money."""

from uuid import UUID

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.outpatient import repository, settings
from jiuyi.domains.outpatient.errors import NotRefundable, RefundClosed, RefundUnderWay, WholeOnly
from jiuyi.domains.outpatient.service.checkouts import SUBJECT, checkout
from jiuyi.domains.outpatient.types import (
    REFUND_GRAPH,
    CheckoutRow,
    DeskCheckout,
    LineKey,
    LineState,
    RefundAsk,
    RefundRow,
)
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import EntryState, WithdrawalState
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Absent, Tx
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import Axis
from jiuyi.kit.problems import NotFound

REFUND = Axis("outpatient", "refund", "state", REFUND_GRAPH)
SETTLE_REFUND = "outpatient.settle_refund"
REASON = "outpatient.refund.reason"
_MOST_AT_DESK = 30


async def may_refund(tx: Tx, knobs: Knobs, row: CheckoutRow, *, at_desk: bool = False) -> bool:
    """Whether lines may be asked back online, or at a desk, where the online limits do not hold.

    What an insurance settled goes back whole (`begin_refund`).
    """
    if row.state is not EntryState.CONFIRMED or row.confirmed_at is None:
        return False
    young = (row.now - row.confirmed_at).days < knobs.get(settings.REFUND_DAYS)
    if not at_desk and not (young and knobs.get(settings.REFUND_ONLINE)):
        return False
    return (await payments.order(tx, row.order_id)).left_fen > 0


async def kept_lines(tx: Tx, checkout_id: UUID) -> list[LineKey]:
    """Every line that was not asked back yet."""
    lines = await repository.lines(tx, checkout_id)
    return [LineKey(line.bill_no, line.line_no) for line in lines if line.refund_id is None]


def wanted_lines(states: list[LineState], keys: list[LineKey]) -> int:
    """The sum (fen) of the chosen lines. Raises `NotRefundable` unless the HIS lets go of every one of them."""
    free = {(state.bill_no, state.line_no): state.amount_fen for state in states if state.refundable}
    wanted = {(key.bill_no, key.line_no) for key in keys}
    if not wanted or not wanted <= free.keys():
        raise NotRefundable
    return sum(free[key] for key in wanted)


async def refund_asked_before(tx: Tx, checkout_id: UUID, key: str) -> RefundRow | None:
    """The refund that a desk asked for under this key; until the transaction ends nobody asks for another."""
    await repository.locked(tx, checkout_id)
    return await repository.refund_by_key(tx, checkout_id, key)


def reason_of(vault: Vault, row: RefundRow) -> str:
    """Why it is given back, in whose words ever: for the HIS and the patient."""
    return vault.open(row.reason_sealed, REASON) if row.reason_sealed else row.reason


async def begin_refund(
    tx: Tx,
    vault: Vault,
    knobs: Knobs,
    *,
    checkout_id: UUID,
    who: Actor,
    keys: list[LineKey],
    amount_fen: int,
    reason: str,
    key: str | None = None,
) -> RefundRow:
    """Claim the lines for one refund. `key`: asked at a desk, after `refund_asked_before` found none.

    Raises `RefundClosed`, `WholeOnly`, `RefundUnderWay`, `NotRefundable`.
    """
    row = await repository.locked(tx, checkout_id)
    if not await may_refund(tx, knobs, row, at_desk=key is not None):
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
        "reason": vault.seal(reason, REASON),
        "key": key,
    }
    if not await repository.insert_refund(tx, new):
        raise RefundUnderWay
    for line in dict.fromkeys(keys):
        if not await repository.mark_line(tx, made, checkout_id, line.bill_no, line.line_no):
            raise NotRefundable
    await repository.first_step(tx, made, target=WithdrawalState.ASKING.value, who=who.word, why="asked")
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


async def refund_at_desk(tx: Tx, refund_id: UUID) -> RefundRow:
    """The door from an id in a request of a desk to a refund. Raises `NotFound`."""
    found = await repository.refund(tx, refund_id)
    if found is None:
        raise NotFound
    return found


async def refund_asking(tx: Tx, vault: Vault, row: RefundRow) -> RefundAsk:
    """What the HIS is asked to take back."""
    found = await checkout(tx, row.owner_id)
    lines = [
        LineKey(line.bill_no, line.line_no)
        for line in await repository.lines(tx, row.owner_id)
        if line.refund_id == row.id
    ]
    return RefundAsk(row.no, found.receipt_no or "", lines, row.amount_fen, reason_of(vault, row))


async def desk_checkouts(tx: Tx, patient_id: UUID, at: AtDesk, *, language: str) -> list[DeskCheckout]:
    """A patient's payments of which something is left to give back; who looked is noted."""
    await audit.note(
        tx, actor=staff.actor_of(at), action="outpatient.paid_seen", subject_kind="patient", subject=patient_id
    )
    rows, english = await repository.entered(tx, patient_id, _MOST_AT_DESK), language == "en"
    found = []
    for row in rows:
        order = await payments.order(tx, row.order_id)
        if order.left_fen > 0:
            found.append(
                DeskCheckout(
                    id=row.id,
                    order_id=row.order_id,
                    order_no=order.no,
                    department=row.department_en if english else row.department,
                    doctor=row.doctor_en if english else row.doctor,
                    visit_date=row.visit_date,
                    total_fen=row.total_fen,
                    left_fen=order.left_fen,
                    insurance_fen=order.insurance_fen,
                    paid_at=order.paid_at,
                )
            )
    return found
