"""Checkouts: choosing bills, the money's arrival, what the HIS made of it."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import msgspec
import structlog
from prometheus_client import Counter

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.notifications import service as notifications
from jiuyi.domains.notifications.types import Kind
from jiuyi.domains.outpatient import repository, rules, settings
from jiuyi.domains.outpatient.errors import BeingPaid
from jiuyi.domains.outpatient.types import (
    CHECKOUT_GRAPH,
    CheckoutRow,
    ConfirmAsk,
    FeeBill,
    FeeVisit,
    InsuredPart,
    LineFacts,
    Waiting,
)
from jiuyi.domains.patients import service as patients
from jiuyi.domains.patients.types import BoundPatient
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import EntryState, LegState, Proof
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit.clock import local
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Absent, Tx
from jiuyi.kit.ids import new_id, number_from
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.money import yuan
from jiuyi.kit.moves import Axis
from jiuyi.kit.problems import NotFound

CHECKOUT = Axis("outpatient", "checkout", "state", CHECKOUT_GRAPH)
KIND = "outpatient_fee"
SUBJECT = "checkout"
DRIVE = "outpatient.drive"
FACTS = "outpatient.line.facts"
GUIDE = "outpatient.checkout.guide"
HIS = Actor.hospital("his")
SYSTEM = Actor.system("outpatient.drive")
ALARMS = Counter("jiuyi_outpatient_alarms_total", "Outpatient payments that people must look at", ["what"])
_log = structlog.get_logger("jiuyi.outpatient")


class Raced(Exception):
    """Another transaction took a bill, or used the key, in the same moment: ask again."""


class Placed(StrEnum):
    """What asking to pay came to."""

    MADE = "made"
    FOUND = "found"
    """The same bills are being paid by this account already: that checkout is the answer."""
    END_FIRST = "end_first"
    """This account's earlier, unpaid checkout holds one of the bills: end it, then ask again."""


async def access_checkout(tx: Tx, checkout_id: UUID, by: Principal) -> CheckoutRow:
    """The one door from an id in a request to a checkout: its own account only. Raises `NotFound`."""
    found = await repository.checkout(tx, checkout_id)
    if found is None or not by.owns(found.account_id):
        raise NotFound
    return found


async def checkout_at_desk(tx: Tx, checkout_id: UUID, at: AtDesk) -> CheckoutRow:
    """The same door for a desk, which serves every patient; who looked is noted. Raises `NotFound`."""
    found = await repository.checkout(tx, checkout_id)
    if found is None:
        raise NotFound
    await audit.note(
        tx, actor=staff.actor_of(at), action="outpatient.checkout_seen", subject_kind=SUBJECT, subject=checkout_id
    )
    return found


async def checkout(tx: Tx, checkout_id: UUID) -> CheckoutRow:
    """One checkout, for work that knows its id. Raises `Absent`."""
    found = await repository.checkout(tx, checkout_id)
    if found is None:
        raise Absent(f"checkout {checkout_id}")
    return found


async def place(
    tx: Tx,
    *,
    vault: Vault,
    knobs: Knobs,
    by: Principal,
    patient: BoundPatient,
    visit: FeeVisit,
    bills: list[FeeBill],
    key: str,
    actor: Actor | None = None,
) -> tuple[Placed, UUID]:
    """Take bills of a visit and open the order for their sum, as the HIS told it just now.

    `actor` is who chose them, where that was not the account itself.

    Raises `BeingPaid` when another account holds one of the bills, `Raced` when somebody was faster by a moment.
    """
    again = await repository.by_key(tx, by.account_id, key)
    if again is not None:
        return Placed.FOUND, again.id
    wanted = {bill.bill_no for bill in bills}
    total = sum(bill.amount_fen for bill in bills)
    for other in await repository.holding(tx, sorted(wanted)):
        if not by.owns(other.account_id):
            raise BeingPaid(until=f"{local(other.expires_at):%H:%M}")
        same = await repository.bills(tx, other.id) == wanted and other.total_fen == total
        if same or other.state is not EntryState.OPEN:
            return Placed.FOUND, other.id
        return Placed.END_FIRST, other.id
    return Placed.MADE, await _write(tx, vault, knobs, by, patient, visit, bills, key, actor)


async def _write(
    tx: Tx,
    vault: Vault,
    knobs: Knobs,
    by: Principal,
    patient: BoundPatient,
    visit: FeeVisit,
    bills: list[FeeBill],
    key: str,
    actor: Actor | None,
) -> UUID:
    made, total = new_id(), sum(bill.amount_fen for bill in bills)
    expires_at = await repository.now(tx) + timedelta(minutes=knobs.get(settings.PAY_MINUTES))
    order = await payments.open_order(
        tx,
        kind=KIND,
        subject_kind=SUBJECT,
        subject_id=made,
        account_id=by.account_id,
        patient_id=patient.id,
        total_fen=total,
        title_zh=f"{visit.department_name} 门诊缴费",
        title_en=f"Outpatient fees, {visit.department_name_en or visit.department_name}",
        expires_at=expires_at,
    )
    row = {
        "id": made,
        "no": number_from("F", made),
        "account_id": by.account_id,
        "patient_id": patient.id,
        "key": key,
        "visit_no": visit.visit_no,
        "visit_date": visit.date,
        "department": visit.department_name,
        "department_en": visit.department_name_en or visit.department_name,
        "doctor": visit.doctor_name or "",
        "doctor_en": visit.doctor_name_en or visit.doctor_name or "",
        "campus_code": visit.campus_code,
        "total_fen": total,
        "order_id": order.id,
        "expires_at": expires_at,
    }
    if not await repository.insert(tx, row):
        raise Raced
    for bill in bills:
        if not await repository.insert_bill(tx, made, bill.bill_no, bill.amount_fen):
            raise Raced
    await repository.insert_lines(tx, _lines(vault, made, bills))
    who = actor or Actor.account(by.account_id)
    await repository.first_step(tx, made, target=EntryState.OPEN.value, who=who.word, why="chosen")
    detail = {"bills": len(bills), "total_fen": total}
    await audit.note(
        tx, actor=who, action="outpatient.checkout_opened", subject_kind=SUBJECT, subject=made, detail=detail
    )
    return made


def _lines(vault: Vault, checkout_id: UUID, bills: list[FeeBill]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for bill in bills:
        for line in bill.lines:
            facts = LineFacts(
                bill_title=bill.title,
                bill_title_en=bill.title_en,
                name=line.name,
                name_en=line.name_en or line.name,
                spec=line.spec,
                unit=line.unit,
                quantity=line.quantity,
                price=line.price,
                category=line.category,
                insurance_class=line.insurance_class,
                self_pay_ratio=line.self_pay_ratio,
                insurance=bill.insurance,
            )
            rows.append(
                {
                    "checkout": checkout_id,
                    "bill_no": bill.bill_no,
                    "line_no": line.line_no,
                    "position": len(rows),
                    "kind": bill.kind,
                    "amount_fen": line.amount_fen,
                    "facts": vault.seal(msgspec.json.encode(facts).decode(), FACTS),
                }
            )
    return rows


async def confirm_ask(tx: Tx, vault: Vault, row: CheckoutRow) -> ConfirmAsk:
    """What the HIS is told about a paid checkout, both payers' parts. Raises `Absent` when there is no payment."""
    order, paid = await payments.order(tx, row.order_id), await payments.accepted_attempt(tx, row.order_id)
    leg = await payments.insurance_leg(tx, row.order_id)
    insured, own = None, None
    if leg is not None and leg.state is LegState.PAID:
        shares = leg.shares
        insured = InsuredPart(
            payer=leg.payer,
            settlement_no=leg.settle_no or "",
            pooled_fen=shares.pooled_fen,
            personal_account_fen=shares.personal_account_fen,
            other_fen=shares.other_fen,
        )
    if paid is not None and paid.transaction_id is not None and paid.paid_at is not None:
        own = Proof(order.no, paid.channel, paid.transaction_id, paid.paid_fen or 0, paid.paid_at)
    if own is None and insured is None:
        raise Absent(f"payment of order {row.order_id}")
    on_file = (await patients.on_file(tx, vault, [row.patient_id])).get(row.patient_id)
    if on_file is None:
        raise Absent(f"patient {row.patient_id}")
    return ConfirmAsk(
        request_no=number_from("C", row.id),
        his_patient_id=on_file.his_patient_id,
        visit_no=row.visit_no,
        order_no=order.no,
        lines=[(line.bill_no, line.line_no, line.amount_fen) for line in await repository.lines(tx, row.id)],
        amount_fen=row.total_fen,
        payment=own,
        insurance=insured,
    )


async def ended(tx: Tx, vault: Vault, row: CheckoutRow, code: str) -> None:
    """It came to an end (`row.state`): unless it was entered, its bills are free; whoever paid is told."""
    if row.state is not EntryState.CONFIRMED:
        await repository.release(tx, row.id)
    if row.state is not EntryState.CLOSED:
        await _tell(tx, vault, row, Kind.FEES_REFUSED if code else Kind.FEES_PAID, code)


async def _tell(tx: Tx, vault: Vault, row: CheckoutRow, kind: Kind, code: str) -> None:
    names = await patients.masked_names(tx, vault, [row.patient_id])
    reason, reason_en = rules.REFUSALS.get(code, ("", "")) if code else ("", "")
    params = {
        "patient": names.get(row.patient_id, ""),
        "department": row.department,
        "department_en": row.department_en,
        "amount": yuan(row.total_fen),
        "reason": reason,
        "reason_en": reason_en,
        "number": row.no,
        "time": local(row.now).isoformat(),
    }
    await notifications.tell(tx, row.account_id, kind, SUBJECT, row.id, params, once=row.id)


async def remember(tx: Tx, patient_id: UUID, visits: list[FeeVisit]) -> None:
    """Keep how much was to be paid, for the first page's hint."""
    bills = [bill for visit in visits for bill in visit.bills if rules.payable(bill)]
    first = next((visit for visit in visits if any(rules.payable(bill) for bill in visit.bills)), None)
    row = {
        "patient": patient_id,
        "bills": len(bills),
        "amount_fen": sum(bill.amount_fen for bill in bills),
        "department": first.department_name if first else "",
        "department_en": (first.department_name_en or first.department_name) if first else "",
    }
    await repository.set_waiting(tx, row)


async def bills_came(tx: Tx, vault: Vault, patient_id: UUID, visits: list[FeeVisit]) -> None:
    """The HIS said that something changed: keep the hint, and tell who is bound to the patient when bills came."""
    before = {row.patient_id: row.bills for row in await repository.waiting(tx, [patient_id])}.get(patient_id, 0)
    await remember(tx, patient_id, visits)
    now = {row.patient_id: row for row in await repository.waiting(tx, [patient_id])}.get(patient_id)
    if now is None or now.bills <= before:
        return
    name = (await patients.masked_names(tx, vault, [patient_id])).get(patient_id, "")
    params = {"patient": name, "department": now.department, "department_en": now.department_en}
    for account_id in await patients.accounts_of(tx, patient_id):
        await notifications.tell(tx, account_id, Kind.FEES_WAITING, "fees_of", patient_id, params)


async def waiting(tx: Tx, patient_ids: list[UUID]) -> list[Waiting]:
    """Which of these patients had bills to pay when somebody last asked."""
    return [
        Waiting(row.patient_id, row.bills, row.amount_fen, row.department, row.department_en, row.as_of)
        for row in (await repository.waiting(tx, patient_ids) if patient_ids else [])
    ]


async def alarm(tx: Tx, row_id: UUID, subject_kind: str, what: str) -> None:
    """Say that people must look at it."""
    ALARMS.labels(what).inc()
    _log.error("outpatient alarm", what=what, subject=str(row_id))
    await audit.note(
        tx, actor=SYSTEM, action="outpatient.alarm", subject_kind=subject_kind, subject=row_id, detail={"what": what}
    )
