"""What the official account remembers. Times in Unix seconds on the sandbox's clock."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS oa_person (
    openid TEXT PRIMARY KEY,
    person TEXT NOT NULL UNIQUE,
    unionid TEXT NOT NULL,
    following INTEGER NOT NULL,
    snapshot INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS oa_code (
    code TEXT PRIMARY KEY,
    openid TEXT NOT NULL,
    scope TEXT NOT NULL,
    snapshot INTEGER NOT NULL,
    created_at REAL NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS oa_user_token (
    access_token TEXT PRIMARY KEY,
    refresh_token TEXT NOT NULL,
    openid TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS oa_token (
    token TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('classic', 'stable')),
    expires_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS oa_message (
    msgid INTEGER PRIMARY KEY AUTOINCREMENT,
    openid TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('template', 'reply')),
    template_id TEXT,
    url TEXT,
    data TEXT NOT NULL,
    client_msg_id TEXT,
    created_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS oa_event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    openid TEXT NOT NULL,
    fields TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('due', 'sending', 'delivered', 'given_up')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL,
    last_status INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS oa_event_due ON oa_event (due_at) WHERE state = 'due';
"""

TABLES = ("oa_event", "oa_message", "oa_token", "oa_user_token", "oa_code", "oa_person")
"""In an order in which they can be emptied."""
