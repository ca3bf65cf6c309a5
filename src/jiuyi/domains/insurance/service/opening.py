"""Beginning a settlement, and the one door to it."""

from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.insurance import repository
from jiuyi.domains.insurance.errors import SettledAtDesk
from jiuyi.domains.insurance.service import axis
from jiuyi.domains.insurance.service.policy import must_be_open
from jiuyi.domains.insurance.types import DESK, ENDED, InsuranceClass, Settlement, SettlementState, VisitKind
from jiuyi.domains.patients import service as patients
from jiuyi.domains.patients.types import Relation
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.errors import InsuranceInHand, OrderEnded, OrderPaidAlready, OrderUnderReview
from jiuyi.domains.payments.types import Order, OrderState
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import NotFound

UNDECIDED = frozenset({SettlementState.AUTHORISING, SettlementState.PRESETTLING, SettlementState.PRESETTLED})


async def access_settlement(tx: Tx, settlement_id: UUID, by: Principal, *, lock: bool = False) -> Settlement:
    """The one door from an id in a request to a settlement: its own account only. Raises `NotFound`."""
    found = await (repository.lock if lock else repository.settlement)(tx, settlement_id)
    if found is None or not by.owns(found.account_id):
        raise NotFound
    return found


async def access_own(tx: Tx, settlement_id: UUID, by: Principal, *, lock: bool = False) -> Settlement:
    """The same door, to act: what a desk has in hand is left to it. Raises `NotFound`, `SettledAtDesk`."""
    found = await access_settlement(tx, settlement_id, by, lock=lock)
    if found.channel == DESK and found.state not in ENDED:
        raise SettledAtDesk
    return found


async def current(tx: Tx, order_id: UUID, by: Principal) -> Settlement | None:
    """The newest settlement of an order of this account, whatever became of it. Raises `NotFound`."""
    await payments.access_order(tx, order_id, by)
    return await repository.last_of(tx, order_id)


async def choose_way(tx: Tx, knobs: Knobs, patient_id: UUID, by: Principal, which: InsuranceClass | None) -> None:
    """Remember with what this patient's registrations are paid; None is the patient's own money.

    Raises `NotFound` and `ClassOff`.
    """
    patient = await patients.access_patient(tx, patient_id, by)
    if which is not None:
        must_be_open(knobs, which, by.channel.value, own_person=patient.relation is Relation.SELF)
    await repository.choose(tx, by.account_id, patient_id, which and which.value)


async def open_settlement(
    tx: Tx, *, knobs: Knobs, order_id: UUID, by: Principal, which: InsuranceClass, use_account: bool, key: str
) -> tuple[Settlement, Settlement | None]:
    """A settlement to be authorised, or the one that this `key` began; and the earlier one that must end first.

    Raises `NotFound`, `ClassOff`, `OrderPaidAlready`, `OrderEnded`, `OrderUnderReview`, `InsuranceInHand`,
    `SettledAtDesk`.
    """
    order = await payments.access_order(tx, order_id, by, lock=True)
    existing = await repository.by_key(tx, order_id, key)
    if existing is not None:
        return existing, None
    must_be_payable(order)
    patient = await patients.access_patient(tx, order.patient_id, by)
    cell = must_be_open(knobs, which, by.channel.value, own_person=patient.relation is Relation.SELF)
    earlier = await repository.live_of(tx, order_id)
    if earlier is not None:
        if earlier.channel == DESK and not earlier.over:
            raise SettledAtDesk
        if earlier.state not in UNDECIDED:
            raise InsuranceInHand
        return earlier, earlier
    made = new_id()
    row = {
        "id": made,
        "no": number_from("I", made),
        "order_id": order_id,
        "account_id": by.account_id,
        "patient_id": order.patient_id,
        "idem_key": key,
        "channel": by.channel.value,
        "insurance_class": which.value,
        "payer": cell.payer,
        "visit_kind": VisitKind.OUTPATIENT.value,
        "use_account": use_account,
        "total_fen": order.total_fen,
    }
    await repository.insert(tx, row)
    await audit.note(
        tx,
        actor=Actor.account(by.account_id),
        action="insurance.begun",
        subject_kind="order",
        subject=order_id,
        detail={"settlement": str(made), "class": which.value, "payer": cell.payer},
    )
    return await axis.read(tx, made), None


def must_be_payable(order: Order) -> None:
    """Raises what keeps an order from being settled now."""
    if order.state is OrderState.PAID:
        raise OrderPaidAlready
    if order.state is not OrderState.OPEN or order.overdue:
        raise OrderEnded
    if order.frozen:
        raise OrderUnderReview
