"""What Alipay remembers. Money in fen, times in Unix seconds on the sandbox's clock."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS ali_person (
    user_id TEXT PRIMARY KEY,
    person TEXT NOT NULL UNIQUE,
    following INTEGER NOT NULL,
    consented INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS ali_auth_code (
    code TEXT PRIMARY KEY,
    app_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at REAL NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS ali_token (
    access_token TEXT PRIMARY KEY,
    refresh_token TEXT NOT NULL UNIQUE,
    app_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS ali_pay_code (
    code TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('bar_code', 'face')),
    user_id TEXT NOT NULL,
    behaviour TEXT NOT NULL,
    created_at REAL NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS ali_trade (
    out_trade_no TEXT PRIMARY KEY,
    trade_no TEXT NOT NULL UNIQUE,
    app_id TEXT NOT NULL,
    op_app_id TEXT,
    kind TEXT NOT NULL,
    user_id TEXT,
    subject TEXT NOT NULL,
    body TEXT,
    passback TEXT,
    store_id TEXT,
    operator_id TEXT,
    terminal_id TEXT,
    total INTEGER NOT NULL CHECK (total >= 1),
    notify_url TEXT,
    time_expire REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('WAIT_BUYER_PAY', 'TRADE_SUCCESS', 'TRADE_CLOSED', 'TRADE_FINISHED')),
    behaviour TEXT NOT NULL,
    created_at REAL NOT NULL,
    paid_at REAL,
    closed_at REAL,
    settle_at REAL,
    settle_as TEXT,
    hidden_queries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS ali_trade_due ON ali_trade (settle_at) WHERE settle_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS ali_trade_waiting ON ali_trade (time_expire) WHERE state = 'WAIT_BUYER_PAY';
CREATE INDEX IF NOT EXISTS ali_trade_paid ON ali_trade (paid_at);
CREATE TABLE IF NOT EXISTS ali_refund (
    out_trade_no TEXT NOT NULL REFERENCES ali_trade,
    out_request_no TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 1),
    reason TEXT,
    operator_id TEXT,
    behaviour TEXT NOT NULL,
    created_at REAL NOT NULL,
    settle_at REAL,
    done_at REAL,
    PRIMARY KEY (out_trade_no, out_request_no)
) STRICT;
CREATE INDEX IF NOT EXISTS ali_refund_due ON ali_refund (settle_at) WHERE settle_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS ali_refund_done ON ali_refund (done_at);
CREATE TABLE IF NOT EXISTS ali_refund_try (
    request TEXT PRIMARY KEY,
    tries INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS ali_notice (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    reference TEXT NOT NULL,
    url TEXT NOT NULL,
    plain TEXT NOT NULL,
    trick TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('due', 'sending', 'delivered', 'given_up', 'lost')),
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_answer TEXT,
    created_at REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS ali_notice_due ON ali_notice (due_at) WHERE state = 'due';
CREATE TABLE IF NOT EXISTS ali_message (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL,
    app_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    template TEXT,
    title TEXT NOT NULL,
    url TEXT,
    lines TEXT NOT NULL,
    created_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS ali_form_id (
    form_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    uses_left INTEGER NOT NULL,
    created_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS ali_event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL,
    fields TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('due', 'sending', 'delivered', 'given_up')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL,
    last_status INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS ali_event_due ON ali_event (due_at) WHERE state = 'due';
CREATE TABLE IF NOT EXISTS ali_medical_consent (
    id TEXT PRIMARY KEY,
    app_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    req_biz_no TEXT NOT NULL,
    kind TEXT NOT NULL,
    psn_no TEXT NOT NULL,
    org_app_id TEXT NOT NULL,
    call_url TEXT NOT NULL,
    pay_auth_no TEXT UNIQUE,
    granted_at REAL,
    created_at REAL NOT NULL,
    UNIQUE (user_id, req_biz_no)
) STRICT;
CREATE TABLE IF NOT EXISTS ali_medical_trade (
    out_trade_no TEXT PRIMARY KEY,
    trade_no TEXT NOT NULL UNIQUE,
    app_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    asked TEXT NOT NULL,
    total INTEGER NOT NULL,
    own INTEGER NOT NULL,
    pay_order_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('WAIT_BUYER_PAY', 'PAYING', 'TRADE_SUCCESS', 'TRADE_FAIL', 'TRADE_CLOSED')),
    own_state TEXT NOT NULL,
    medical_state TEXT NOT NULL,
    expire REAL NOT NULL,
    behaviour TEXT NOT NULL,
    created_at REAL NOT NULL,
    own_paid_at REAL,
    medical_paid_at REAL
) STRICT;
CREATE INDEX IF NOT EXISTS ali_medical_paying ON ali_medical_trade (state) WHERE state = 'PAYING';
"""

TABLES = (
    "ali_medical_trade", "ali_medical_consent", "ali_event", "ali_form_id", "ali_message", "ali_notice",
    "ali_refund_try", "ali_refund", "ali_trade", "ali_pay_code", "ali_token", "ali_auth_code", "ali_person",
)  # fmt: skip
"""In an order in which they can be emptied."""
