"""What patients see."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.outpatient import repository, rules, settings
from jiuyi.domains.outpatient.service.checkouts import FACTS, GUIDE, access_checkout
from jiuyi.domains.outpatient.service.refunds import may_refund, reason_of
from jiuyi.domains.outpatient.types import (
    BillView,
    CategoryView,
    CheckoutBrief,
    CheckoutRow,
    CheckoutView,
    ChosenLine,
    FeeBill,
    FeeLine,
    FeesView,
    FeeVisit,
    GuideStep,
    GuideView,
    LineFacts,
    LineRow,
    LineState,
    LineView,
    RefundableLine,
    RefundableView,
    RefundView,
    VisitView,
)
from jiuyi.domains.patients import service as patients
from jiuyi.domains.patients.types import BoundPatient
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import CHANNEL_NAMES, Order, channel_account
from jiuyi.kit import pages
from jiuyi.kit.clock import local
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.pages import Page


async def fees_view(
    tx: Tx,
    vault: Vault,
    directory: Directory,
    by: Principal,
    patient: BoundPatient,
    visits: list[FeeVisit] | None,
    as_of: datetime,
    language: str,
) -> FeesView:
    """What a patient has to pay; `visits` None: the HIS did not answer."""
    found = visits or []
    busy = await repository.under_way(tx, by.accounts, [visit.visit_no for visit in found]) if found else []
    by_visit = {row.visit_no: row.id for row in busy}
    about = (await patients.on_file(tx, vault, [patient.id]))[patient.id]
    return FeesView(
        patient_id=patient.id,
        patient_name=about.name,
        card_no=about.card_no,
        visits=[visit_view(directory, visit, by_visit.get(visit.visit_no), language) for visit in found],
        stale=visits is None,
        as_of=as_of,
    )


def visit_view(directory: Directory, visit: FeeVisit, checkout_id: UUID | None, language: str) -> VisitView:
    """A visit with its bills that are to be paid or locked."""
    english = language == "en"
    campus = directory.tree.campus_by_code(visit.campus_code)
    open_bills = [bill for bill in visit.bills if bill.state in {"unpaid", "locked"}]
    payable = [bill for bill in open_bills if rules.payable(bill)]
    return VisitView(
        visit_no=visit.visit_no,
        date=visit.date,
        opened_at=visit.opened_at,
        department=(visit.department_name_en or visit.department_name) if english else visit.department_name,
        doctor=((visit.doctor_name_en if english else visit.doctor_name) or visit.doctor_name or ""),
        campus=(campus.name_en if english else campus.name) if campus else "",
        note=(visit.note_en or visit.note) if english else visit.note,
        payable=bool(payable),
        bill_count=len(open_bills),
        line_count=sum(bill.line_count for bill in open_bills),
        total_fen=sum(bill.amount_fen for bill in payable),
        insurable_fen=sum(bill.amount_fen for bill in payable if bill.insurance),
        bills=[_bill(bill, language) for bill in open_bills],
        checkout_id=checkout_id,
    )


def _bill(bill: FeeBill, language: str) -> BillView:
    english = language == "en"
    locked = None
    if not rules.payable(bill):
        lock = bill.lock
        locked = ((lock.text_en or lock.text) if english else lock.text) if lock else ""
    return BillView(
        bill_no=bill.bill_no,
        kind=bill.kind,
        title=(bill.title_en or bill.title) if english else bill.title,
        summary=(bill.summary_en or bill.summary) if english else bill.summary,
        line_count=bill.line_count,
        amount_fen=bill.amount_fen,
        opened_at=bill.opened_at,
        valid_until=bill.valid_until,
        insurance=bill.insurance,
        payable=rules.payable(bill),
        locked_text=locked,
        categories=_categories(bill.lines, language),
    )


def _categories(lines: list[FeeLine], language: str) -> list[CategoryView]:
    found: dict[str, list[FeeLine]] = {}
    for line in lines:
        found.setdefault(line.category, []).append(line)
    return [
        CategoryView(
            category=code,
            title=rules.category(code, language),
            amount_fen=sum(line.amount_fen for line in of_it),
            lines=[
                LineView(
                    line_no=line.line_no,
                    name=(line.name_en or line.name) if language == "en" else line.name,
                    spec=line.spec,
                    unit=line.unit,
                    quantity=line.quantity,
                    price=line.price,
                    amount_fen=line.amount_fen,
                    insurance_class=line.insurance_class,
                    self_pay_ratio=line.self_pay_ratio,
                )
                for line in of_it
            ],
        )
        for code, of_it in found.items()
    ]


def _money(row: CheckoutRow, order: Order) -> rules.Money:
    asked = order.asked_fen
    return rules.Money(
        total=row.total_fen, paid=order.paid_fen, asked=asked, refunded=order.refunded_fen, insured=order.insurance_fen
    )


async def checkout_page(
    tx: Tx,
    vault: Vault,
    by: Principal,
    *,
    patient_id: UUID | None,
    since: date | None,
    until: date | None,
    back: bool,
    cursor: str | None,
    limit: int,
    language: str,
) -> Page[CheckoutBrief]:
    """The account's checkouts, newest first."""
    at, last = pages.decode_place(cursor) if cursor else (None, None)
    rows = await repository.page(
        tx,
        by.accounts,
        patient_id=patient_id,
        since=since,
        until=until,
        back=back,
        at=at,
        last=last,
        most=limit + 1,
    )
    shown = rows[:limit]
    found = await payments.orders(tx, [row.order_id for row in shown])
    names = await patients.masked_names(tx, vault, list({row.patient_id for row in shown}))
    items = [_brief(row, found[row.order_id], names.get(row.patient_id, ""), language) for row in shown]
    more = len(rows) > limit
    return Page(items, pages.encode(shown[-1].created_at.isoformat(), str(shown[-1].id)) if more else None)


def _brief(row: CheckoutRow, order: Order, name: str, language: str) -> CheckoutBrief:
    state = rules.shown_state(row.state, _money(row, order))
    english = language == "en"
    return CheckoutBrief(
        id=row.id,
        no=row.no,
        patient_id=row.patient_id,
        patient_name=name,
        department=row.department_en if english else row.department,
        doctor=row.doctor_en if english else row.doctor,
        visit_date=row.visit_date,
        total_fen=row.total_fen,
        insurance_fen=order.insurance_fen,
        own_fen=order.own_fen,
        refunded_fen=order.refunded_fen,
        state=state,
        state_title=rules.title(state, language),
        at=order.paid_at or row.created_at,
        order_id=row.order_id,
    )


async def checkout_view(
    tx: Tx, vault: Vault, knobs: Knobs, directory: Directory, checkout_id: UUID, by: Principal, language: str
) -> CheckoutView:
    """One checkout of this account."""
    row = await access_checkout(tx, checkout_id, by)
    order = await payments.order(tx, row.order_id)
    money, english = _money(row, order), language == "en"
    state = rules.shown_state(row.state, money)
    names = await patients.masked_names(tx, vault, [row.patient_id])
    campus = directory.tree.campus_by_code(row.campus_code)
    lines = await repository.lines(tx, row.id)
    refunds = await _refunds(tx, vault, row, lines, language)
    zh_en = CHANNEL_NAMES.get(order.channel or "")
    return CheckoutView(
        id=row.id,
        no=row.no,
        patient_id=row.patient_id,
        patient_name=names.get(row.patient_id, ""),
        department=row.department_en if english else row.department,
        doctor=row.doctor_en if english else row.doctor,
        campus=(campus.name_en if english else campus.name) if campus else "",
        visit_date=row.visit_date,
        visit_no=row.visit_no,
        total_fen=row.total_fen,
        insurance_fen=order.insurance_fen,
        own_fen=order.own_fen,
        paid_fen=order.paid_fen,
        refunded_fen=order.refunded_fen,
        state=state,
        state_title=rules.title(state, language),
        state_detail=rules.detail(state, money, row.refusal, f"{local(row.expires_at):%H:%M}", language),
        order_id=row.order_id,
        expires_at=row.expires_at,
        paid_at=order.paid_at,
        channel_name=zh_en[1 if english else 0] if zh_en else None,
        receipt_no=row.receipt_no,
        minutes=row.minutes,
        guide=_guide(vault, row, language),
        lines=_chosen(vault, lines, {view.id: view.state for view in refunds}, language),
        refunds=refunds,
        can_refund=await may_refund(tx, knobs, row),
    )


def _facts(vault: Vault, line: LineRow) -> LineFacts:
    return msgspec.json.decode(vault.open(line.facts_sealed, FACTS), type=LineFacts)


def _chosen(vault: Vault, lines: list[LineRow], refunds: dict[UUID, str], language: str) -> list[ChosenLine]:
    english, found = language == "en", []
    for line in lines:
        facts = _facts(vault, line)
        view = LineView(
            line_no=line.line_no,
            name=facts.name_en if english else facts.name,
            spec=facts.spec,
            unit=facts.unit,
            quantity=facts.quantity,
            price=facts.price,
            amount_fen=line.amount_fen,
            insurance_class=facts.insurance_class,
            self_pay_ratio=facts.self_pay_ratio,
            refund_state=refunds.get(line.refund_id) if line.refund_id else None,
        )
        title = facts.bill_title_en if english else facts.bill_title
        found.append(
            ChosenLine(bill_no=line.bill_no, bill_title=title, kind=line.kind, line=view, insurance=facts.insurance)
        )
    return found


def _guide(vault: Vault, row: CheckoutRow, language: str) -> list[GuideView]:
    if row.guide_sealed is None:
        return []
    english = language == "en"
    steps = msgspec.json.decode(vault.open(row.guide_sealed, GUIDE), type=list[GuideStep])
    return [
        GuideView(
            kind=step.kind,
            title=(step.title_en or step.title) if english else step.title,
            place=(step.place_en or step.place) if english else step.place,
            note=(step.note_en or step.note) if english else step.note,
            state=step.state,
            state_title=rules.GUIDE_STATES.get(step.state, ("", ""))[1 if english else 0],
            ticket=step.ticket,
            pickup_code=step.pickup_code,
            ahead=step.ahead,
            minutes_low=step.minutes_low,
            minutes_high=step.minutes_high,
        )
        for step in steps
    ]


async def _refunds(tx: Tx, vault: Vault, row: CheckoutRow, lines: list[LineRow], language: str) -> list[RefundView]:
    rows = await repository.refunds(tx, row.id)
    if not rows:
        return []
    money = {one.id: one for one in await payments.refunds_of(tx, row.order_id)}
    names: dict[UUID, list[str]] = {}
    for line in lines:
        if line.refund_id is not None:
            facts = _facts(vault, line)
            names.setdefault(line.refund_id, []).append(facts.name_en if language == "en" else facts.name)
    views = []
    for one in rows:
        sent = money.get(one.money_id) if one.money_id else None
        shown = payments.shown_withdrawal(one.state, sent.state if sent else None)
        views.append(
            RefundView(
                id=one.id,
                no=one.no,
                amount_fen=one.amount_fen,
                reason=reason_of(vault, one),
                state=shown,
                state_title=rules.refund_title(shown, language),
                requested_at=one.requested_at,
                completed_at=sent.done_at if sent else None,
                lines=names.get(one.id, []),
            )
        )
    return views


async def refundable_view(
    tx: Tx,
    vault: Vault,
    knobs: Knobs,
    row: CheckoutRow,
    states: list[LineState],
    as_of: datetime,
    language: str,
) -> RefundableView:
    """Which lines may go back now."""
    english = language == "en"
    order = await payments.order(tx, row.order_id)
    by_key = {(state.bill_no, state.line_no): state for state in states}
    days = knobs.get(settings.REFUND_EXPECTED_DAYS)
    lines = []
    for line in await repository.lines(tx, row.id):
        facts, state = _facts(vault, line), by_key.get((line.bill_no, line.line_no))
        free = state is not None and state.refundable and line.refund_id is None
        reason = "" if state is None else (state.reason_en or state.reason) if english else state.reason
        lines.append(
            RefundableLine(
                bill_no=line.bill_no,
                bill_title=facts.bill_title_en if english else facts.bill_title,
                line_no=line.line_no,
                name=facts.name_en if english else facts.name,
                amount_fen=line.amount_fen,
                refundable=free,
                reason="" if free else reason,
            )
        )
    zh_en = channel_account(order.channel or "")
    return RefundableView(
        checkout_id=row.id,
        lines=lines,
        whole_only=order.insurance_fen > 0,
        route=zh_en[1 if english else 0],
        expected=f"1 to {days} working days" if english else f"1 到 {days} 个工作日",
        as_of=as_of,
    )
