"""What UnionPay remembers. Money in fen, times in Unix seconds on the sandbox's clock."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS acp_txn (
    query_id TEXT PRIMARY KEY, order_id TEXT NOT NULL, txn_time TEXT NOT NULL, txn_type TEXT NOT NULL,
    txn_sub_type TEXT NOT NULL, amount INTEGER NOT NULL, back_url TEXT, state TEXT NOT NULL, behaviour TEXT NOT NULL,
    trace_no TEXT NOT NULL, at REAL NOT NULL, due_at REAL, due_as TEXT, done_at REAL, expires_at REAL,
    orig_query_id TEXT, qr_code TEXT UNIQUE, term_id TEXT, reserved TEXT, asked INTEGER NOT NULL DEFAULT 0,
    UNIQUE (order_id, txn_time)) STRICT;
CREATE INDEX IF NOT EXISTS acp_txn_due ON acp_txn (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS acp_code (
    code TEXT PRIMARY KEY, person TEXT NOT NULL, behaviour TEXT NOT NULL, created_at REAL NOT NULL,
    used INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS acp_notice (
    number INTEGER PRIMARY KEY AUTOINCREMENT, query_id TEXT NOT NULL, url TEXT NOT NULL, plain TEXT NOT NULL,
    trick TEXT NOT NULL, state TEXT NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER) STRICT;
CREATE INDEX IF NOT EXISTS acp_notice_due ON acp_notice (due_at) WHERE state = 'due';
CREATE TABLE IF NOT EXISTS acp_card_result (
    number INTEGER PRIMARY KEY AUTOINCREMENT, terminal_id TEXT NOT NULL, batch_no TEXT NOT NULL, trace_no TEXT NOT NULL,
    data TEXT NOT NULL, at REAL NOT NULL, UNIQUE (terminal_id, batch_no, trace_no)) STRICT;
"""

TABLES = ("acp_card_result", "acp_notice", "acp_code", "acp_txn")
"""In an order in which they can be emptied."""
