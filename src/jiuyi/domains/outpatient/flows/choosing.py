"""Looking at what is to be paid, and choosing bills: amounts come from the HIS at this moment."""

from uuid import UUID

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.outpatient import rules, service
from jiuyi.domains.outpatient.errors import FeesChanged, FeesLocked
from jiuyi.domains.outpatient.flows.driving import driver
from jiuyi.domains.outpatient.ports import Fees
from jiuyi.domains.outpatient.types import FeeBill, FeesView, FeeVisit, VisitView
from jiuyi.domains.patients import service as patients
from jiuyi.domains.patients.types import BoundPatient
from jiuyi.domains.payments import flows as payment_flows
from jiuyi.domains.payments.ports import Channels
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone
from jiuyi.kit.problems import NotFound, OutsideDown

MOST_TRIES = 4


async def unpaid(
    db: Db,
    vault: Vault,
    fees: Fees,
    directory: Directory,
    clock: Clock,
    *,
    patient_id: UUID,
    by: Principal,
    language: str,
    actor: Actor | None = None,
) -> FeesView:
    """What a patient has to pay. `stale` when the HIS does not answer: then nothing is shown as a fact.

    `actor` is who looks, where that is not the account itself.
    Raises `NotFound` for a patient who is not this account's.
    """
    async with db.tx() as tx:
        patient = await patients.access_patient(tx, patient_id, by)
        if actor is None:
            await patients.note_access(tx, patient, "fees")
        else:
            await audit.note(tx, actor=actor, action="outpatient.fees_seen", subject_kind="patient", subject=patient.id)
    try:
        told = await fees.unpaid(patient.his_patient_id)
    except NotDone:
        async with db.tx() as tx:
            now = local(clock.now())
            return await service.fees_view(tx, vault, directory, by, patient, None, now, language)
    async with db.tx() as tx:
        await service.remember(tx, patient.id, told.visits)
        return await service.fees_view(tx, vault, directory, by, patient, told.visits, told.as_of, language)


async def visit(
    db: Db, fees: Fees, directory: Directory, *, patient_id: UUID, visit_no: str, by: Principal, language: str
) -> VisitView:
    """One visit with every line. Raises `NotFound`, `OutsideDown`."""
    async with db.tx() as tx:
        patient = await patients.access_patient(tx, patient_id, by)
    return service.visit_view(directory, await _detail(fees, patient, visit_no), None, language)


async def _detail(fees: Fees, patient: BoundPatient, visit_no: str) -> FeeVisit:
    try:
        found = await fees.detail(visit_no)
    except NotDone as error:
        raise OutsideDown from error
    if found is None or found.patient_id != patient.his_patient_id:
        raise NotFound
    return found


async def check_out(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    fees: Fees,
    channels: Channels,
    *,
    patient_id: UUID,
    visit_no: str,
    bill_nos: list[str],
    by: Principal,
    key: str,
    actor: Actor | None = None,
) -> UUID:
    """Choose bills of one visit to pay; two taps give one checkout, and another choice ends the earlier one first.

    Raises `NotFound`, `OutsideDown`, `FeesChanged`, `FeesLocked`, `BeingPaid`.
    """
    async with db.tx() as tx:
        patient = await patients.access_patient(tx, patient_id, by)
    told = await _detail(fees, patient, visit_no)
    bills = _payable(told, bill_nos)
    for _ in range(MOST_TRIES):
        try:
            async with db.tx() as tx:
                placed, checkout_id = await service.place(
                    tx, vault=vault, knobs=knobs, by=by, patient=patient, visit=told, bills=bills, key=key, actor=actor
                )
        except service.Raced:
            continue
        if placed is not service.Placed.END_FIRST:
            return checkout_id
        ended = await _end(db, vault, knobs, fees, channels, checkout_id)
        if ended == "paid":
            return checkout_id
    raise FeesChanged


def _payable(told: FeeVisit, bill_nos: list[str]) -> list[FeeBill]:
    bills = rules.chosen(told, bill_nos)
    if bills is None:
        raise FeesChanged
    for bill in bills:
        if bill.state == "locked" and bill.lock is not None:
            raise FeesLocked(text=bill.lock.text, text_en=bill.lock.text_en or bill.lock.text)
        if not rules.payable(bill):
            raise FeesChanged
    return bills


async def _end(db: Db, vault: Vault, knobs: Knobs, fees: Fees, channels: Channels, checkout_id: UUID) -> str:
    """End this account's earlier checkout; "paid" when it turns out to be paid. Raises `OutsideDown`."""
    async with db.tx() as tx:
        row = await service.checkout(tx, checkout_id)
    try:
        ended = await payment_flows.close_order(db, channels, knobs, row.order_id)
    except NotDone as error:
        raise OutsideDown from error
    if ended == "closed":
        await driver(db, knobs, vault, fees).drive(checkout_id)
    return ended


async def refresh_waiting(fees: Fees, *, his_patient_id: str) -> list[FeeVisit]:
    """What a patient of the hospital has to pay now. Raises the outcomes of a call."""
    return (await fees.unpaid(his_patient_id)).visits
