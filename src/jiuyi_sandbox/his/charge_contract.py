"""Outpatient fees and inpatient deposits in the contract (§2.7, §2.8): shapes and operations."""

from __future__ import annotations

from jiuyi_sandbox.his.operation import Operation
from jiuyi_sandbox.his.shapes import (
    BOOL,
    CODE,
    DATE,
    FEN,
    MOMENT,
    REQUEST_NO,
    SEX,
    Schema,
    many,
    maybe,
    one_of,
    record,
    ref,
    text,
    whole,
)

DECIMAL: Schema = {"type": "string", "pattern": r"^[0-9]{1,8}(\.[0-9]{1,4})?$"}
"""A count, a unit price in yuan or a share; never an amount of money."""
BILL_KIND = one_of("western", "chinese_patent", "herbal", "lab", "exam", "treatment", "material", "other")
_LINE_NO = text(1, 20)
_LINE_KEY = record(bill_no=CODE, line_no=_LINE_NO)

COMPONENTS: dict[str, Schema] = {
    "FeeLine": record(
        line_no=_LINE_NO,
        code=CODE,
        name=text(1, 120),
        name_en=text(0, 120),
        category=text(1, 4),
        spec=text(0, 120),
        unit=text(0, 20),
        quantity=DECIMAL,
        price=DECIMAL,
        amount_fen=FEN,
        med_list_code=text(1, 50),
        insurance_class=one_of("A", "B", "C"),
        self_pay_ratio=DECIMAL,
    ),
    "FeeBill": record(
        ("lines",),
        bill_no=CODE,
        kind=BILL_KIND,
        title=text(1),
        title_en=text(1),
        summary=text(),
        summary_en=text(),
        line_count=whole(1),
        amount_fen=FEN,
        opened_at=MOMENT,
        valid_until=MOMENT,
        state=one_of("unpaid", "locked", "paid", "void"),
        lock=maybe(record(reason=one_of("window", "executed_elsewhere", "other"), text=text(), text_en=text())),
        insurance=BOOL,
        lines=many(ref("FeeLine"), 200),
    ),
    "FeeVisit": record(
        visit_no=CODE,
        registration_no=maybe(CODE),
        patient_id=CODE,
        date=DATE,
        opened_at=MOMENT,
        kind=one_of("ordinary", "emergency", "chronic", "special_disease"),
        disease_code=maybe(text(1, 30)),
        disease_name=maybe(text(1, 80)),
        department_code=CODE,
        department_name=text(),
        department_name_en=text(),
        department_national_code=text(1, 30),
        doctor_code=maybe(CODE),
        doctor_name=maybe(text()),
        doctor_name_en=maybe(text()),
        doctor_national_code=maybe(text(1, 30)),
        campus_code=CODE,
        diagnoses=many(record(code=text(1, 30), name=text(1, 120), main=BOOL), 20),
        note=text(0, 500),
        note_en=text(0, 500),
        bills=many(ref("FeeBill"), 50),
    ),
    "GuideStep": record(
        kind=one_of("pharmacy", "lab", "exam", "treatment", "other"),
        title=text(1, 40),
        title_en=text(1, 80),
        place=text(),
        place_en=text(),
        ticket=maybe(text(1, 20)),
        pickup_code=maybe(text(1, 20)),
        state=one_of("go", "ticket_there", "preparing", "done"),
        ahead=maybe(whole()),
        minutes_low=maybe(whole()),
        minutes_high=maybe(whole()),
        note=text(0, 300),
        note_en=text(0, 300),
    ),
    "FeeReceipt": record(
        receipt_no=CODE,
        request_no=REQUEST_NO,
        visit_no=CODE,
        order_no=text(1, 64),
        state=one_of("confirmed", "partly_refunded", "refunded"),
        bill_nos=many(CODE, 50),
        amount_fen=FEN,
        refunded_fen=FEN,
        confirmed_at=MOMENT,
        minutes=maybe(whole()),
        guide=many(ref("GuideStep"), 30),
    ),
    "FeeRefund": record(
        refund_no=CODE,
        request_no=REQUEST_NO,
        receipt_no=CODE,
        amount_fen=FEN,
        lines=many(_LINE_KEY, 200),
        refunded_at=MOMENT,
    ),
    "Stay": record(
        inpatient_no=CODE,
        patient_id=CODE,
        name=text(1, 80),
        sex=SEX,
        birth_date=DATE,
        department_name=text(),
        department_name_en=text(),
        ward=text(),
        ward_en=text(),
        bed=text(0, 20),
        campus_code=CODE,
        admitted_on=DATE,
        discharged_on=maybe(DATE),
        state=one_of("admitted", "settling", "settled"),
        deposit_open=BOOL,
        deposit_note=text(0, 300),
        deposit_note_en=text(0, 300),
        deposit_fen=maybe(FEN),
        spent_fen=maybe(FEN),
        balance_fen=maybe(whole(None)),
        warning_fen=maybe(FEN),
        as_of=MOMENT,
    ),
    "DepositReceipt": record(
        receipt_no=CODE,
        request_no=REQUEST_NO,
        inpatient_no=CODE,
        order_no=text(1, 64),
        amount_fen=FEN,
        entered_at=MOMENT,
    ),
    "DepositRefund": record(refund_no=CODE, request_no=REQUEST_NO, receipt_no=CODE, amount_fen=FEN, refunded_at=MOMENT),
}

OPERATIONS: dict[str, Operation] = {
    "fees.unpaid": Operation(
        "What a patient has to pay, by visit",
        record(patient_id=CODE),
        record(visits=many(ref("FeeVisit"), 50), as_of=MOMENT),
        "patient_not_found",
    ),
    "fees.detail": Operation(
        "One visit with every line",
        record(visit_no=CODE),
        record(visit=ref("FeeVisit"), as_of=MOMENT),
        "visit_not_found",
    ),
    "fees.confirm": Operation(
        "Enter a payment for bills of one visit",
        record(
            request_no=REQUEST_NO,
            patient_id=CODE,
            visit_no=CODE,
            order_no=text(1, 64),
            lines=many(record(bill_no=CODE, line_no=_LINE_NO, amount_fen=FEN), 200),
            amount_fen=FEN,
            payment=maybe(ref("Payment")),
            insurance=maybe(
                record(
                    payer=text(1, 32),
                    settlement_no=text(1, 64),
                    pooled_fen=FEN,
                    personal_account_fen=FEN,
                    other_fen=FEN,
                )
            ),
        ),
        ref("FeeReceipt"),
        "visit_not_found",
        "fees_paid",
        "fees_locked",
        "fees_changed",
        "amount_mismatch",
    ),
    "fees.find": Operation(
        "What became of a confirm", record(confirm_request_no=REQUEST_NO), ref("FeeReceipt"), "fees_not_found"
    ),
    "fees.refundable": Operation(
        "Which lines of a receipt may be refunded at this moment",
        record(receipt_no=CODE),
        record(
            lines=many(
                record(
                    bill_no=CODE,
                    line_no=_LINE_NO,
                    amount_fen=FEN,
                    refundable=BOOL,
                    reason=text(0, 120),
                    reason_en=text(0, 200),
                ),
                200,
            ),
            as_of=MOMENT,
        ),
        "fees_not_found",
    ),
    "fees.refund": Operation(
        "Take lines of a receipt back",
        record(
            request_no=REQUEST_NO,
            receipt_no=CODE,
            lines=many(_LINE_KEY, 200),
            amount_fen=FEN,
            reason=text(0, 200),
        ),
        ref("FeeRefund"),
        "fees_not_found",
        "not_refundable",
        "amount_mismatch",
    ),
    "fees.refund_find": Operation(
        "What became of a refund", record(refund_request_no=REQUEST_NO), ref("FeeRefund"), "refund_not_found"
    ),
    "inpatient.find": Operation(
        "Stays of a patient, or one stay by its number and name, or by the code at the bed",
        record(
            ("patient_id", "inpatient_no", "name", "bed_code"),
            patient_id=CODE,
            inpatient_no=CODE,
            name=text(1, 80),
            bed_code=text(16, 64),
        ),
        record(stays=many(ref("Stay"), 20)),
        "stay_not_found",
    ),
    "inpatient.deposit": Operation(
        "Enter a deposit for a stay",
        record(request_no=REQUEST_NO, inpatient_no=CODE, payment=ref("Payment")),
        ref("DepositReceipt"),
        "stay_not_found",
        "deposit_closed",
        "deposit_limit",
    ),
    "inpatient.deposit_find": Operation(
        "What became of a deposit", record(deposit_request_no=REQUEST_NO), ref("DepositReceipt"), "deposit_not_found"
    ),
    "inpatient.deposit_refundable": Operation(
        "How much of a deposit may go back at this moment",
        record(receipt_no=CODE),
        record(refundable_fen=FEN, reason=text(0, 200), reason_en=text(0, 200), as_of=MOMENT),
        "deposit_not_found",
    ),
    "inpatient.deposit_refund": Operation(
        "Enter money of a deposit as given back",
        record(request_no=REQUEST_NO, receipt_no=CODE, amount_fen=FEN, reason=text(0, 200)),
        ref("DepositRefund"),
        "deposit_not_found",
        "not_refundable",
    ),
    "inpatient.deposit_refund_find": Operation(
        "What became of that", record(refund_request_no=REQUEST_NO), ref("DepositRefund"), "refund_not_found"
    ),
}

EVENTS: dict[str, Schema] = {"fees.changed": record(patient_id=CODE, visit_no=CODE)}
