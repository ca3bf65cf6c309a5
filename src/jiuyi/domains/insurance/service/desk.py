"""Settlements that a desk begins: its door, opening one, giving up, and how whoever stands there reads it."""

from typing import Any
from uuid import UUID

from jiuyi.domains.audit import service as audit
from jiuyi.domains.insurance import repository, rules, settings
from jiuyi.domains.insurance.errors import SettlementEnded
from jiuyi.domains.insurance.service import axis, sealing, steps
from jiuyi.domains.insurance.service.opening import UNDECIDED, must_be_payable
from jiuyi.domains.insurance.service.policy import must_be_open
from jiuyi.domains.insurance.service.views import happened
from jiuyi.domains.insurance.types import (
    CLASS_NAMES,
    DESK,
    DESK_WORDS,
    MEDIUM_NAMES,
    MOVING,
    STANDINGS,
    STOPPABLE,
    Capability,
    DeskSettlementView,
    DeskStanding,
    InsuranceClass,
    Medium,
    Reading,
    Settlement,
    SettlementState,
    VisitKind,
    WhyView,
)
from jiuyi.domains.patients import service as patients
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.errors import BeingCollected, InsuranceInHand
from jiuyi.domains.payments.types import Order, OrderState
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import ATTENDED, AtDesk
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Absent, Tx
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import NotFound

_MOST = 50
_S = SettlementState


async def access_at_desk(tx: Tx, settlement_id: UUID, at: AtDesk) -> Settlement:
    """The one door from an id in a desk's request to a settlement. Raises `NotFound`.

    Where a person stands, any desk may go on with what another began: a window may be dark. A machine sees its own.
    """
    read = await repository.reading(tx, settlement_id)
    if read is None or (read.device_id != at.device_id and at.role not in ATTENDED):
        raise NotFound
    return await axis.read(tx, settlement_id)


async def order_at_desk(tx: Tx, order_id: UUID) -> Order:
    """The order whose money a desk is to take. Raises `NotFound`."""
    try:
        return await payments.order(tx, order_id)
    except Absent as error:
        raise NotFound from error


async def begun_before(tx: Tx, order_id: UUID, at: AtDesk, key: str) -> Settlement | None:
    """The settlement that this key of this device began."""
    return await repository.by_key(tx, order_id, _key(at, key))


async def may_begin(tx: Tx, order: Order) -> Settlement | None:
    """Raises what keeps an order from being settled; returns an earlier settlement that has to end first.

    Raises `OrderPaidAlready`, `OrderEnded`, `OrderUnderReview`, `InsuranceInHand`, `BeingCollected`.
    """
    must_be_payable(order)
    earlier = await repository.live_of(tx, order.id)
    if earlier is not None and earlier.state not in UNDECIDED:
        raise InsuranceInHand
    live = await payments.live_attempt(tx, order.id)
    if live is not None and live.account_channel == DESK:
        raise BeingCollected
    return earlier


async def open_at_desk(
    tx: Tx,
    *,
    order_id: UUID,
    at: AtDesk,
    medium: Medium,
    which: InsuranceClass,
    payer: str,
    use_account: bool,
    key: str,
) -> tuple[Settlement, Settlement | None]:
    """A settlement for what was read, or the one that this key began; and the earlier one that must end first.

    Raises what `may_begin` raises.
    """
    order = await payments.lock_order(tx, order_id)
    existing = await begun_before(tx, order_id, at, key)
    if existing is not None:
        return existing, None
    earlier = await may_begin(tx, order)
    if earlier is not None:
        return earlier, earlier
    made = new_id()
    row = {
        "id": made,
        "no": number_from("I", made),
        "order_id": order_id,
        "account_id": order.account_id,
        "patient_id": order.patient_id,
        "idem_key": _key(at, key),
        "channel": DESK,
        "insurance_class": which.value,
        "payer": payer,
        "visit_kind": VisitKind.OUTPATIENT.value,
        "use_account": use_account,
        "total_fen": order.total_fen,
    }
    await repository.insert(tx, row)
    read = {
        "settlement_id": made,
        "device_id": at.device_id,
        "device_code": at.device_code,
        "shift_id": at.shift_id,
        "operator": at.operator,
        "medium": medium.value,
    }
    await repository.insert_reading(tx, read)
    facts = {"settlement": str(made), "class": which.value, "payer": payer, "medium": medium.value}
    await noted(tx, at, "insurance.begun", order_id, facts)
    return await axis.read(tx, made), None


def cell_of(knobs: Knobs, which: InsuranceClass) -> Capability:
    """The desk's cell of a class. Raises `ClassOff`."""
    return must_be_open(knobs, which, DESK, own_person=True)


async def noted(tx: Tx, at: AtDesk, action: str, order_id: UUID, facts: dict[str, Any]) -> None:
    """What a desk did, in its own name."""
    await audit.note(tx, actor=staff.actor_of(at), action=action, subject_kind="order", subject=order_id, detail=facts)


async def give_up(tx: Tx, settlement_id: UUID, at: AtDesk) -> Settlement:
    """The operator cancels: nothing agreed is withdrawn; what the insurance settled goes back, if no own part came.

    Raises `InsuranceInHand` while the insurance's result is not known, `BeingCollected` while a desk takes the own
    part, `SettlementEnded` when there is nothing to cancel.
    """
    row = await access_at_desk(tx, settlement_id, at)
    order = await payments.lock_order(tx, row.order_id)
    row = await axis.locked(tx, settlement_id)
    if row.state in {_S.DROPPING, _S.DROPPED, _S.REVERSING, _S.REVERSED, _S.STUCK, _S.REFUSED}:
        return row
    if row.state is _S.SETTLING:
        raise InsuranceInHand
    if row.state is _S.DONE or order.state is OrderState.PAID:
        raise SettlementEnded
    await noted(tx, at, "insurance.given_up", order.id, {"settlement": str(row.id), "state": row.state.value})
    if row.state is _S.SETTLED:
        if await payments.live_attempt(tx, order.id) is not None:
            raise BeingCollected
        return await steps.own_failed(tx, row.id, why="the desk gave up")
    return await steps.begin_drop(tx, row.id, why="the desk gave up", who=staff.actor_of(at).word)


async def of_shift(tx: Tx, at: AtDesk) -> list[Settlement]:
    """What was read in this shift (or, where nobody stands, at this machine in a day), newest first."""
    return await repository.read_at(tx, at.device_id, at.shift_id, _MOST)


async def last_at_desk(tx: Tx, order_id: UUID, at: AtDesk) -> Settlement | None:
    """The newest settlement of an order, if a desk began it and this one may see it."""
    found = await repository.last_of(tx, order_id)
    if found is None or found.channel != DESK:
        return None
    try:
        return await access_at_desk(tx, found.id, at)
    except NotFound:
        return None


async def desk_view(
    tx: Tx, vault: Vault, clock: Clock, knobs: Knobs, row: Settlement, *, language: str
) -> DeskSettlementView:
    """A settlement as its desk reads it (the caller went through its door). Raises `Absent` for a phone's."""
    read = await repository.reading(tx, row.id)
    if read is None:
        raise Absent(f"reading of settlement {row.id}")
    order = await payments.order(tx, row.order_id)
    insured = sealing.insured_of(vault, row)
    stands = STANDINGS[row.state]
    words = DESK_WORDS[stands]
    collecting = stands is DeskStanding.TO_COLLECT and await payments.live_attempt(tx, order.id) is not None
    return DeskSettlementView(
        id=row.id,
        order_id=order.id,
        order_no=order.no,
        order_kind=order.kind,
        subject_id=order.subject_id,
        order_title=order.title_zh,
        order_title_en=order.title_en,
        patient=await patients.shown_at_desk(tx, vault, clock, row.patient_id),
        **_read_by(read, language),
        insurance_class=row.insurance_class,
        class_name=_in(language, *CLASS_NAMES[row.insurance_class]),
        standing=stands,
        tone=words.tone,
        title=_in(language, words.zh, words.en),
        advice=_in(language, words.do_zh, words.do_en),
        reason=_reason(row, knobs, language) if stands is DeskStanding.REFUSED else "",
        settled=stands not in MOVING,
        may_confirm=stands is DeskStanding.TO_CONFIRM and not row.over,
        may_stop=stands in STOPPABLE and not collecting,
        may_refund=stands is DeskStanding.DONE and order.left_fen > 0,
        total_fen=row.total_fen,
        pooled_fen=row.pooled_fen,
        personal_account_fen=row.personal_account_fen,
        other_fen=row.other_fen,
        own_fen=row.own_fen,
        use_account=row.use_account,
        account_balance_fen=insured.account_fen if insured else None,
        why=[WhyView(one.name, one.fen, _in(language, one.zh, one.en)) for one in row.why_not],
        begun_at=row.created_at,
        valid_until=row.valid_until,
    )


def _read_by(read: Reading, language: str) -> dict[str, Any]:
    return {
        "device": read.device_code,
        "operator": read.operator,
        "medium": read.medium,
        "medium_name": _in(language, *MEDIUM_NAMES[read.medium]),
    }


def _reason(row: Settlement, knobs: Knobs, language: str) -> str:
    cell = rules.cell(knobs.get(settings.CAPABILITIES), row.insurance_class, DESK)
    instead = _in(language, cell.instead_zh, cell.instead_en) if cell else ""
    return _in(language, "。", ". ").join(one for one in (_in(language, *happened(row)), instead) if one)


def _in(language: str, zh: str, en: str) -> str:
    return en if language == "en" else zh


def _key(at: AtDesk, key: str) -> str:
    return f"desk:{at.device_code}:{key}"
