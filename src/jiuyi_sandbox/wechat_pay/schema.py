"""What WeChat Pay remembers. Money in fen, times in Unix seconds on the sandbox's clock."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS pay_order (
    out_trade_no TEXT PRIMARY KEY,
    app_id TEXT NOT NULL,
    openid TEXT NOT NULL,
    description TEXT NOT NULL,
    attach TEXT,
    total INTEGER NOT NULL CHECK (total >= 1),
    currency TEXT NOT NULL,
    notify_url TEXT NOT NULL,
    time_expire REAL NOT NULL,
    state TEXT NOT NULL CHECK (
        state IN ('NOTPAY', 'USERPAYING', 'SUCCESS', 'REFUND', 'CLOSED', 'REVOKED', 'PAYERROR')),
    behaviour TEXT NOT NULL,
    transaction_id TEXT UNIQUE,
    bank_type TEXT,
    created_at REAL NOT NULL,
    paid_at REAL,
    hidden_queries INTEGER NOT NULL DEFAULT 0,
    trade_type TEXT NOT NULL DEFAULT 'JSAPI',
    due_at REAL,
    due_as TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS pay_prepay (
    prepay_id TEXT PRIMARY KEY,
    out_trade_no TEXT NOT NULL REFERENCES pay_order,
    created_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS pay_refund (
    out_refund_no TEXT PRIMARY KEY,
    refund_id TEXT NOT NULL UNIQUE,
    out_trade_no TEXT NOT NULL REFERENCES pay_order,
    amount INTEGER NOT NULL CHECK (amount >= 1),
    reason TEXT,
    notify_url TEXT,
    status TEXT NOT NULL CHECK (status IN ('PROCESSING', 'SUCCESS', 'ABNORMAL', 'CLOSED')),
    behaviour TEXT NOT NULL,
    created_at REAL NOT NULL,
    settle_at REAL,
    settle_as TEXT,
    done_at REAL
) STRICT;
CREATE INDEX IF NOT EXISTS pay_refund_of_order ON pay_refund (out_trade_no);
CREATE INDEX IF NOT EXISTS pay_refund_due ON pay_refund (settle_at) WHERE settle_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS pay_refund_try (
    out_refund_no TEXT PRIMARY KEY,
    tries INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS pay_nonce (
    nonce TEXT PRIMARY KEY,
    seen_at REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS pay_nonce_seen ON pay_nonce (seen_at);
CREATE TABLE IF NOT EXISTS pay_notice (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    reference TEXT NOT NULL,
    url TEXT NOT NULL,
    plain TEXT NOT NULL,
    trick TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('due', 'sending', 'delivered', 'given_up', 'lost')),
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER,
    created_at REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS pay_notice_due ON pay_notice (due_at) WHERE state = 'due';
"""

TABLES = ("pay_notice", "pay_nonce", "pay_refund_try", "pay_refund", "pay_prepay", "pay_order")
"""In an order in which they can be emptied."""
