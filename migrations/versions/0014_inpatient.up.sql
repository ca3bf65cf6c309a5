CREATE SCHEMA inpatient;

CREATE TABLE inpatient.step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject uuid NOT NULL,
    axis text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX step_subject ON inpatient.step (subject, id);

-- A sum for a stay. Whose stay it is, is sealed; the blind index adds up a day.
CREATE TABLE inpatient.deposit (
    id uuid PRIMARY KEY,
    no text NOT NULL UNIQUE,
    account_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    patient_id uuid,
    stay_index bytea NOT NULL,
    stay_sealed bytea NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    order_id uuid NOT NULL UNIQUE,
    state text NOT NULL CHECK (state IN ('open', 'paid', 'confirming', 'unknown', 'confirmed', 'refused', 'closed')),
    refusal text,
    claimed_at timestamptz,
    told_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    receipt_no text,
    confirmed_at timestamptz,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    UNIQUE (account_id, idempotency_key),
    CHECK ((state = 'confirmed') = (receipt_no IS NOT NULL))
);
CREATE INDEX deposit_account ON inpatient.deposit (account_id, created_at DESC, id DESC);
CREATE INDEX deposit_stay ON inpatient.deposit (stay_index, created_at);
CREATE INDEX deposit_busy ON inpatient.deposit (created_at) WHERE state IN ('open', 'paid', 'confirming', 'unknown');

-- Looks for somebody else's stay: numbers must not be tried out.
CREATE TABLE inpatient.lookup (
    account_id uuid NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX lookup_account ON inpatient.lookup (account_id, at);
