-- The hospital's own machines at which money is taken, and who stands at them.
CREATE SCHEMA staff;

CREATE TABLE staff.step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject uuid NOT NULL,
    axis text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX step_subject ON staff.step (subject, id);

CREATE TABLE staff.device (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{1,39}$'),
    name_zh text NOT NULL,
    name_en text NOT NULL,
    role text NOT NULL CHECK (role IN ('cashier', 'self_service', 'hand_held', 'finance_read')),
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'revoked')),
    created_at timestamptz NOT NULL
);

-- Keys are 256 random bits and stand here as digests only. A key without an end is in force.
CREATE TABLE staff.device_key (
    id uuid PRIMARY KEY,
    device_id uuid NOT NULL REFERENCES staff.device (id),
    digest bytea NOT NULL UNIQUE,
    issued_at timestamptz NOT NULL,
    ends_at timestamptz,
    last_seen_at timestamptz
);
CREATE INDEX device_key_device ON staff.device_key (device_id);

CREATE TABLE staff.operator (
    code text PRIMARY KEY CHECK (code ~ '^[A-Za-z0-9-]{1,32}$'),
    name text NOT NULL,
    active boolean NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE staff.shift (
    id uuid PRIMARY KEY,
    device_id uuid NOT NULL REFERENCES staff.device (id),
    operator text NOT NULL REFERENCES staff.operator (code),
    token_digest bytea NOT NULL UNIQUE,
    csrf text NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    began_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK ((state = 'closed') = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX shift_one_open ON staff.shift (device_id) WHERE state = 'open';

ALTER TABLE audit.entry DROP CONSTRAINT entry_actor_kind_check;
ALTER TABLE audit.entry ADD CONSTRAINT entry_actor_kind_check
    CHECK (actor_kind IN ('account', 'staff', 'device', 'system', 'hospital'));

-- A card that is read at a desk finds its file by blind index; older files get theirs when they are next refreshed.
ALTER TABLE patients.patient ADD COLUMN card_index bytea;
CREATE INDEX patient_card ON patients.patient (card_index);

-- At which machine, in whose shift, and from what kind of code an attempt takes money.
CREATE TABLE payments.collection (
    attempt_id uuid PRIMARY KEY REFERENCES payments.attempt (id),
    device_id uuid NOT NULL,
    device_code text NOT NULL,
    shift_id uuid,
    operator text,
    kind text NOT NULL,
    code_masked text NOT NULL,
    stop_asked_at timestamptz,
    record jsonb
);
CREATE INDEX collection_device ON payments.collection (device_id, attempt_id DESC);
CREATE INDEX collection_shift ON payments.collection (shift_id, attempt_id DESC);
CREATE INDEX orders_patient ON payments.orders (patient_id) WHERE state IN ('open', 'closing');
