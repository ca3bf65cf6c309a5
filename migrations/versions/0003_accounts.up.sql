-- Audit: inserted unchained in the business transaction; one sealer gives each committed row a gapless sequence and
-- chains it with SM3. Application roles may INSERT and SELECT; the sealer fills the seal of a row exactly once.
CREATE SCHEMA audit;
CREATE TABLE audit.entry (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('account', 'staff', 'system', 'hospital')),
    actor text NOT NULL,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject text NOT NULL,
    request_id text NOT NULL,
    detail jsonb NOT NULL
);
CREATE INDEX entry_subject ON audit.entry (subject_kind, subject, at DESC);
CREATE INDEX entry_actor ON audit.entry (actor_kind, actor, at DESC);
CREATE TABLE audit.seal (
    seq bigint PRIMARY KEY,
    entry uuid NOT NULL UNIQUE REFERENCES audit.entry (id),
    hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL
);
CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are never changed or deleted' USING ERRCODE = 'insufficient_privilege';
END;
$$;
CREATE TRIGGER entry_kept BEFORE UPDATE OR DELETE ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER seal_kept BEFORE UPDATE OR DELETE ON audit.seal FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();

CREATE SCHEMA codes;
CREATE TABLE codes.code (
    id uuid PRIMARY KEY,
    purpose text NOT NULL,
    subject text NOT NULL,
    phone_sealed bytea NOT NULL,
    phone_index bytea NOT NULL,
    code_digest bytea NOT NULL,
    account_id uuid,
    ip_index bytea NOT NULL,
    tries int NOT NULL DEFAULT 0,
    state text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'used', 'spent')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX code_phone ON codes.code (phone_index, created_at DESC);
CREATE INDEX code_ip ON codes.code (ip_index, created_at DESC);
CREATE INDEX code_account ON codes.code (account_id, created_at DESC);

CREATE SCHEMA accounts;
CREATE TABLE accounts.account (
    id uuid PRIMARY KEY,
    phone_sealed bytea,
    phone_index bytea,
    phone_verified_at timestamptz,
    language text NOT NULL DEFAULT 'zh' CHECK (language IN ('zh', 'en')),
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closed')),
    created_at timestamptz NOT NULL
);
CREATE INDEX account_phone ON accounts.account (phone_index);
CREATE TABLE accounts.identity (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts.account (id),
    channel text NOT NULL CHECK (channel IN ('wechat_oa', 'alipay_life', 'alipay_mini', 'wechat_mini')),
    subject_sealed bytea NOT NULL,
    subject_index bytea NOT NULL,
    nickname_sealed bytea,
    follows boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    UNIQUE (channel, subject_index)
);
CREATE INDEX identity_account ON accounts.identity (account_id);
CREATE TABLE accounts.session (
    id uuid PRIMARY KEY,
    token_digest bytea NOT NULL UNIQUE,
    account_id uuid NOT NULL REFERENCES accounts.account (id),
    identity_id uuid NOT NULL REFERENCES accounts.identity (id),
    channel text NOT NULL,
    carrier text NOT NULL CHECK (carrier IN ('cookie', 'bearer')),
    csrf text,
    device text NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX session_account ON accounts.session (account_id, created_at DESC);
