-- Everything that identifies a person is sealed (`…_sealed`) and found by blind index (`…_index`).
CREATE SCHEMA patients;

-- One row for each hospital file, whoever is bound to it.
CREATE TABLE patients.patient (
    id uuid PRIMARY KEY,
    his_patient_id text NOT NULL UNIQUE,
    document_type text NOT NULL CHECK (document_type IN
        ('mainland_id', 'residence_permit', 'hk_macao_permit', 'taiwan_permit', 'passport', 'none_child')),
    document_sealed bytea,
    document_index bytea,
    name_sealed bytea NOT NULL,
    phone_sealed bytea NOT NULL,
    card_sealed bytea NOT NULL,
    guardian_sealed bytea,
    sex text NOT NULL CHECK (sex IN ('male', 'female', 'unknown')),
    birth_date date NOT NULL,
    deceased boolean NOT NULL,
    created_at timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL
);
CREATE INDEX patient_document ON patients.patient (document_index);

CREATE TABLE patients.binding (
    id uuid PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES patients.patient (id),
    account_id uuid NOT NULL,
    channel text NOT NULL,
    relation text NOT NULL CHECK (relation IN ('self', 'parent', 'child', 'spouse', 'other')),
    way text NOT NULL CHECK (way IN ('sms_on_file', 'sms_new_phone', 'counter_code')),
    phone_index bytea,
    is_default boolean NOT NULL DEFAULT false,
    needs_consent boolean NOT NULL DEFAULT false,
    confirmed_at timestamptz,
    reports_open_at timestamptz NOT NULL,
    bound_at timestamptz NOT NULL,
    told_at timestamptz,
    ended_at timestamptz,
    ended_by text
);
CREATE UNIQUE INDEX binding_once ON patients.binding (patient_id, account_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX binding_self ON patients.binding (patient_id) WHERE ended_at IS NULL AND relation = 'self';
CREATE UNIQUE INDEX binding_own ON patients.binding (account_id) WHERE ended_at IS NULL AND relation = 'self';
CREATE UNIQUE INDEX binding_default ON patients.binding (account_id) WHERE ended_at IS NULL AND is_default;
CREATE INDEX binding_account ON patients.binding (account_id, bound_at);
CREATE INDEX binding_phone ON patients.binding (phone_index) WHERE ended_at IS NULL;

-- One attempt to bind or open a file. `patient_id` is the id that a new patient will get.
CREATE TABLE patients.verification (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    channel text NOT NULL,
    patient_id uuid NOT NULL,
    document_type text NOT NULL,
    document_index bytea NOT NULL,
    claim_sealed bytea NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('file_found', 'new_file')),
    his_patient_id text,
    phone_sealed bytea,
    state text NOT NULL CHECK (state IN ('open', 'settling', 'done', 'refused')),
    way text,
    request_no text NOT NULL UNIQUE,
    counter_request_no text,
    counter_digest bytea,
    consents text[] NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    settling_at timestamptz
);
CREATE INDEX verification_account ON patients.verification (account_id, created_at DESC);
CREATE INDEX verification_settling ON patients.verification (settling_at) WHERE state = 'settling';

CREATE TABLE patients.step (
    subject uuid NOT NULL,
    axis text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX step_subject ON patients.step (subject, at);

-- Look-ups and proofs that were tried: what the limits count.
CREATE TABLE patients.attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('lookup', 'wrong_proof')),
    account_id uuid NOT NULL,
    document_index bytea NOT NULL,
    ip_index bytea NOT NULL,
    way text,
    at timestamptz NOT NULL
);
CREATE INDEX attempt_account ON patients.attempt (account_id, at);
CREATE INDEX attempt_document ON patients.attempt (document_index, at);
CREATE INDEX attempt_ip ON patients.attempt (ip_index, at);

-- Consents as they were given, versioned (`patient_agreement@1`); a withdrawal ends the row.
CREATE TABLE patients.consent (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    patient_id uuid NOT NULL REFERENCES patients.patient (id),
    document text NOT NULL,
    given_at timestamptz NOT NULL,
    withdrawn_at timestamptz
);
CREATE INDEX consent_patient ON patients.consent (patient_id);

-- Who looked at a patient's data: one row for each account, thing and day.
CREATE TABLE patients.access (
    patient_id uuid NOT NULL REFERENCES patients.patient (id),
    account_id uuid NOT NULL,
    what text NOT NULL,
    day date NOT NULL,
    count int NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (patient_id, account_id, what, day)
);
