# ruff: noqa: E501 - table definitions
"""What the insurance side remembers. Money in fen, times in Unix seconds on the sandbox's clock."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS ins_person (
    psn_no TEXT PRIMARY KEY, patient_id TEXT NOT NULL, name TEXT NOT NULL, document_type TEXT NOT NULL,
    document_number TEXT NOT NULL, sex TEXT NOT NULL, birth_date TEXT NOT NULL, insutype TEXT NOT NULL,
    psn_type TEXT NOT NULL, place TEXT NOT NULL, state TEXT NOT NULL, paused_on TEXT, account_fen INTEGER NOT NULL,
    policy TEXT NOT NULL, entitlements TEXT NOT NULL, employer TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS ins_person_document ON ins_person (document_number);
CREATE TABLE IF NOT EXISTS ins_authorisation (
    token TEXT PRIMARY KEY, kind TEXT NOT NULL, psn_no TEXT NOT NULL, channel TEXT NOT NULL, openid TEXT,
    issued_at REAL NOT NULL, order_no TEXT) STRICT;
CREATE TABLE IF NOT EXISTS ins_visit (
    mdtrt_id TEXT PRIMARY KEY, psn_no TEXT NOT NULL, insutype TEXT NOT NULL, med_type TEXT NOT NULL,
    disease_code TEXT, visit_no TEXT NOT NULL, certificate TEXT NOT NULL, began_at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS ins_order (
    pay_ord_id TEXT PRIMARY KEY, pay_token TEXT NOT NULL, med_org_ord TEXT NOT NULL, psn_no TEXT NOT NULL,
    authorisation TEXT NOT NULL, upload_digest TEXT NOT NULL, id_no TEXT NOT NULL, user_name TEXT NOT NULL,
    mdtrt_id TEXT NOT NULL, med_type TEXT NOT NULL, disease_code TEXT, policy TEXT NOT NULL, use_account INTEGER NOT NULL,
    chrg_bchno TEXT NOT NULL, total INTEGER NOT NULL, scope INTEGER NOT NULL, outside INTEGER NOT NULL,
    fund INTEGER, account INTEGER, own INTEGER, state INTEGER NOT NULL, behaviour TEXT NOT NULL,
    org_biz_ser TEXT, setl_type TEXT, hi_doc_sn TEXT, hi_rgst_sn TEXT, revs_token TEXT, channel TEXT,
    created_at REAL NOT NULL, confirmed_at REAL, settle_at REAL, settle_as INTEGER, settled_at REAL,
    unanswered INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS ins_order_number ON ins_order (med_org_ord) WHERE state <> 12;
CREATE INDEX IF NOT EXISTS ins_order_due ON ins_order (settle_at) WHERE settle_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS ins_refund (
    app_refd_sn TEXT PRIMARY KEY, pay_ord_id TEXT NOT NULL REFERENCES ins_order, kind TEXT NOT NULL,
    fund INTEGER NOT NULL, account INTEGER NOT NULL, cash INTEGER NOT NULL, app_refd_time TEXT NOT NULL,
    status TEXT NOT NULL, behaviour TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 1, done_at REAL) STRICT;
CREATE TABLE IF NOT EXISTS ins_settlement (
    request_no TEXT PRIMARY KEY, settlement_no TEXT NOT NULL UNIQUE, mdtrt_id TEXT NOT NULL, psn_no TEXT NOT NULL,
    order_no TEXT NOT NULL, total INTEGER NOT NULL, fund INTEGER NOT NULL, account INTEGER NOT NULL, own INTEGER NOT NULL,
    state TEXT NOT NULL, settled_at REAL NOT NULL, reversal_no TEXT, reversed_at REAL) STRICT;
CREATE TABLE IF NOT EXISTS ins_notice (
    number INTEGER PRIMARY KEY AUTOINCREMENT, pay_ord_id TEXT NOT NULL, url TEXT NOT NULL, plain TEXT NOT NULL,
    trick TEXT NOT NULL, state TEXT NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER, last_answer TEXT, created_at REAL NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS ins_notice_due ON ins_notice (due_at) WHERE state = 'due';
"""

TABLES = (
    "ins_notice", "ins_settlement", "ins_refund", "ins_order", "ins_visit", "ins_authorisation", "ins_person",
)  # fmt: skip
"""In an order in which they can be emptied."""
