"""Deposits at a desk: whose stay, what was paid, what goes back. Every look and every act is noted under its name."""

from uuid import UUID

from jiuyi.domains.audit import service as audit
from jiuyi.domains.inpatient import repository, rules, settings
from jiuyi.domains.inpatient.errors import RefundClosed, RefundUnderWay
from jiuyi.domains.inpatient.service.deposits import SUBJECT, deposit, facts_of
from jiuyi.domains.inpatient.types import (
    REFUND_GRAPH,
    DepositBack,
    DepositRow,
    DeskDeposit,
    DeskStay,
    RefundRow,
    Stay,
)
from jiuyi.domains.patients import service as patients
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import EntryState
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Absent, Tx
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import Axis
from jiuyi.kit.problems import NotFound

REFUND = Axis("inpatient", "refund", "state", REFUND_GRAPH)
SETTLE_REFUND = "inpatient.settle_refund"
REASON = "inpatient.refund.reason"
_MOST = 30


async def patient_at_desk(tx: Tx, vault: Vault, patient_id: UUID, at: AtDesk) -> str:
    """The HIS's number of a patient whose stays are looked at. Raises `NotFound`."""
    await audit.note(
        tx, actor=staff.actor_of(at), action="inpatient.stays_seen", subject_kind="patient", subject=patient_id
    )
    found = (await patients.on_file(tx, vault, [patient_id])).get(patient_id)
    if found is None:
        raise NotFound
    return found.his_patient_id


def desk_stay(knobs: Knobs, stay: Stay, *, language: str) -> DeskStay:
    """A stay for the cashier."""
    english = language == "en"
    return DeskStay(
        inpatient_no=stay.inpatient_no,
        department=(stay.department_name_en or stay.department_name) if english else stay.department_name,
        ward=(stay.ward_en or stay.ward) if english else stay.ward,
        bed=stay.bed,
        admitted_on=stay.admitted_on,
        deposit_open=stay.deposit_open,
        deposit_note=(stay.deposit_note_en or stay.deposit_note) if english else stay.deposit_note,
        balance_fen=stay.balance_fen,
        min_fen=knobs.get(settings.MIN_FEN),
        max_fen=knobs.get(settings.MAX_FEN),
    )


async def desk_deposits(tx: Tx, vault: Vault, patient_id: UUID, at: AtDesk, *, language: str) -> list[DeskDeposit]:
    """A patient's deposits of which something is left to give back, newest first."""
    await audit.note(
        tx, actor=staff.actor_of(at), action="inpatient.paid_seen", subject_kind="patient", subject=patient_id
    )
    found = []
    for row in await repository.entered(tx, patient_id, _MOST):
        order, facts = await payments.order(tx, row.order_id), facts_of(vault, row)
        if order.left_fen > 0:
            found.append(
                DeskDeposit(
                    id=row.id,
                    order_id=row.order_id,
                    order_no=order.no,
                    inpatient_no=rules.masked_number(facts.inpatient_no),
                    ward=facts.ward_en if language == "en" else facts.ward,
                    bed=facts.bed,
                    amount_fen=row.amount_fen,
                    left_fen=order.left_fen,
                    paid_at=order.paid_at,
                )
            )
    return found


async def deposit_at_desk(tx: Tx, deposit_id: UUID, at: AtDesk) -> tuple[DepositRow, int]:
    """The door from an id in a request of a desk to a deposit, and what may be asked back of it (fen; 0 = nothing)."""
    found = await repository.deposit(tx, deposit_id)
    if found is None:
        raise NotFound
    await audit.note(
        tx, actor=staff.actor_of(at), action="inpatient.deposit_seen", subject_kind=SUBJECT, subject=deposit_id
    )
    order = await payments.order(tx, found.order_id)
    return found, order.left_fen if found.state is EntryState.CONFIRMED else 0


async def refund_asked_before(tx: Tx, deposit_id: UUID, key: str) -> UUID | None:
    """The refund that a desk asked for under this key; until the transaction ends nobody asks for another."""
    await repository.locked(tx, deposit_id)
    found = await repository.refund_by_key(tx, deposit_id, key)
    return found.id if found else None


async def begin_refund(
    tx: Tx, vault: Vault, *, deposit_id: UUID, at: AtDesk, amount_fen: int, reason: str, key: str
) -> UUID:
    """Claim the refund of a deposit, after `refund_asked_before` found none.

    Raises `RefundClosed`, `RefundUnderWay`.
    """
    row = await repository.locked(tx, deposit_id)
    order = await payments.order(tx, row.order_id)
    if row.state is not EntryState.CONFIRMED or amount_fen > order.left_fen:
        raise RefundClosed
    made, who = new_id(), staff.actor_of(at)
    new = {
        "id": made,
        "no": number_from("E", made),
        "deposit": deposit_id,
        "key": key,
        "amount_fen": amount_fen,
        "reason": vault.seal(reason, REASON),
    }
    if not await repository.insert_refund(tx, new, who.word):
        raise RefundUnderWay
    detail = {"refund": str(made), "amount_fen": amount_fen}
    await audit.note(
        tx, actor=who, action="inpatient.refund_asked", subject_kind=SUBJECT, subject=deposit_id, detail=detail
    )
    return made


async def refund_row(tx: Tx, refund_id: UUID) -> RefundRow:
    """One refund, for work that knows its id. Raises `Absent`."""
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


async def refund_asking(tx: Tx, vault: Vault, row: RefundRow) -> DepositBack:
    """What the HIS is asked to give back."""
    owner = await deposit(tx, row.owner_id)
    reason = vault.open(row.reason_sealed, REASON) if row.reason_sealed else row.reason
    return DepositBack(row.no, owner.receipt_no or "", row.amount_fen, reason)


async def given_back(tx: Tx, vault: Vault, deposit_id: UUID) -> list[DepositBack]:
    """Every part of a deposit that the HIS was asked to give back and did."""
    return [await refund_asking(tx, vault, row) for row in await repository.given_back(tx, deposit_id)]
