# ruff: noqa: E501 - table definitions
"""Tables of the hospital's HIS. Times are microseconds since 1970 (``_us``) or hospital-time texts."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS his_catalog (
    kind TEXT NOT NULL, code TEXT NOT NULL, position INTEGER NOT NULL, seed TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (kind, code)) STRICT;
CREATE TABLE IF NOT EXISTS his_schedule (
    code TEXT PRIMARY KEY, date TEXT NOT NULL, doctor_code TEXT, department_code TEXT NOT NULL, data TEXT NOT NULL,
    state TEXT NOT NULL, stop_reason TEXT NOT NULL, seed_state TEXT NOT NULL, seed_reason TEXT NOT NULL,
    numbers_given INTEGER NOT NULL DEFAULT 0, updated_us INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS his_schedule_date ON his_schedule (date, code);
CREATE TABLE IF NOT EXISTS his_schedule_before (code TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS his_slot (
    code TEXT PRIMARY KEY, schedule_code TEXT NOT NULL REFERENCES his_schedule, start TEXT NOT NULL, "end" TEXT NOT NULL,
    online_quota INTEGER NOT NULL, seed_quota INTEGER NOT NULL, reserved INTEGER NOT NULL, reserved_until TEXT,
    taken INTEGER NOT NULL DEFAULT 0, stopped INTEGER NOT NULL DEFAULT 0,
    CHECK (taken >= 0 AND taken <= online_quota)) STRICT;
CREATE INDEX IF NOT EXISTS his_slot_schedule ON his_slot (schedule_code);
CREATE TABLE IF NOT EXISTS his_patient (
    patient_id TEXT PRIMARY KEY, card_no TEXT NOT NULL UNIQUE, name TEXT NOT NULL, document_type TEXT NOT NULL,
    document_number TEXT, phone TEXT NOT NULL, data TEXT NOT NULL, seed TEXT) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS his_patient_document ON his_patient (document_type, document_number)
    WHERE document_number IS NOT NULL;
CREATE TABLE IF NOT EXISTS his_registration (
    id INTEGER PRIMARY KEY, lock_request_no TEXT UNIQUE, registration_no TEXT UNIQUE, patient_id TEXT NOT NULL,
    slot_code TEXT, schedule_code TEXT, date TEXT NOT NULL, start TEXT, department_code TEXT NOT NULL, doctor_code TEXT,
    campus_code TEXT NOT NULL, source TEXT NOT NULL, channel TEXT, state TEXT NOT NULL, sequence_no INTEGER,
    fee_fen INTEGER NOT NULL, fee_items TEXT, lock_expires_us INTEGER, confirmed_us INTEGER, cancelled_us INTEGER,
    order_no TEXT, pay_channel TEXT, transaction_id TEXT, paid_fen INTEGER, mdt_application_no TEXT) STRICT;
CREATE INDEX IF NOT EXISTS his_registration_patient ON his_registration (patient_id, date);
CREATE INDEX IF NOT EXISTS his_registration_schedule ON his_registration (schedule_code) WHERE schedule_code IS NOT NULL;
CREATE INDEX IF NOT EXISTS his_registration_locked ON his_registration (lock_expires_us) WHERE state = 'locked';
CREATE TABLE IF NOT EXISTS his_request (
    request_no TEXT PRIMARY KEY, operation TEXT NOT NULL, digest TEXT NOT NULL, answer TEXT NOT NULL, at_us INTEGER NOT NULL
    ) STRICT;
CREATE TABLE IF NOT EXISTS his_book (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, date TEXT NOT NULL, order_no TEXT NOT NULL,
    registration_no TEXT, receipt_no TEXT, channel TEXT NOT NULL, transaction_id TEXT NOT NULL, amount_fen INTEGER NOT NULL,
    insurance_fen INTEGER NOT NULL DEFAULT 0, settlement_no TEXT, at TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS his_book_date ON his_book (date, id);
CREATE TABLE IF NOT EXISTS his_fee_visit (
    visit_no TEXT PRIMARY KEY, patient_id TEXT NOT NULL, opened_us INTEGER NOT NULL, data TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS his_fee_visit_patient ON his_fee_visit (patient_id, opened_us);
CREATE TABLE IF NOT EXISTS his_fee_bill (
    bill_no TEXT PRIMARY KEY, visit_no TEXT NOT NULL REFERENCES his_fee_visit, position INTEGER NOT NULL, kind TEXT NOT NULL,
    state TEXT NOT NULL, lock_reason TEXT, amount_fen INTEGER NOT NULL, valid_us INTEGER NOT NULL, receipt_no TEXT,
    data TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS his_fee_bill_visit ON his_fee_bill (visit_no, position);
CREATE TABLE IF NOT EXISTS his_fee_line (
    bill_no TEXT NOT NULL REFERENCES his_fee_bill, line_no TEXT NOT NULL, amount_fen INTEGER NOT NULL,
    executed INTEGER NOT NULL DEFAULT 0, refund_no TEXT, data TEXT NOT NULL, PRIMARY KEY (bill_no, line_no)) STRICT;
CREATE TABLE IF NOT EXISTS his_fee_receipt (
    receipt_no TEXT PRIMARY KEY, request_no TEXT NOT NULL UNIQUE, visit_no TEXT NOT NULL, order_no TEXT NOT NULL,
    channel TEXT NOT NULL, transaction_id TEXT NOT NULL, amount_fen INTEGER NOT NULL, own_fen INTEGER NOT NULL,
    refunded_fen INTEGER NOT NULL DEFAULT 0, settlement_no TEXT, at_us INTEGER NOT NULL, guide TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS his_fee_refund (
    refund_no TEXT PRIMARY KEY, request_no TEXT NOT NULL UNIQUE, receipt_no TEXT NOT NULL, amount_fen INTEGER NOT NULL,
    lines TEXT NOT NULL, at_us INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS his_stay (
    inpatient_no TEXT PRIMARY KEY, patient_id TEXT NOT NULL, bed_code TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
    deposit_fen INTEGER NOT NULL, spent_fen INTEGER NOT NULL, data TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS his_stay_patient ON his_stay (patient_id);
CREATE TABLE IF NOT EXISTS his_deposit (
    receipt_no TEXT PRIMARY KEY, request_no TEXT NOT NULL UNIQUE, inpatient_no TEXT NOT NULL, order_no TEXT NOT NULL,
    amount_fen INTEGER NOT NULL, at_us INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS his_deposit_refund (
    refund_no TEXT PRIMARY KEY, request_no TEXT NOT NULL UNIQUE, receipt_no TEXT NOT NULL REFERENCES his_deposit,
    amount_fen INTEGER NOT NULL, at_us INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS his_counter_code (
    patient_id TEXT NOT NULL, code TEXT NOT NULL, expires_us INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS his_mdt (
    application_no TEXT PRIMARY KEY, team_code TEXT NOT NULL, patient_id TEXT NOT NULL, summary TEXT NOT NULL,
    documents TEXT NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', clinics_until TEXT, at_us INTEGER NOT NULL
    ) STRICT;
CREATE TABLE IF NOT EXISTS his_mdt_document (
    application_no TEXT NOT NULL, id TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (application_no, id)) STRICT;
CREATE TABLE IF NOT EXISTS his_event (
    event_id TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL, created_us INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, next_us INTEGER, delivered_us INTEGER, last_answer TEXT) STRICT;
CREATE INDEX IF NOT EXISTS his_event_due ON his_event (next_us) WHERE next_us IS NOT NULL;
"""
