CREATE SCHEMA outpatient;

CREATE TABLE outpatient.step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject uuid NOT NULL,
    axis text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX step_subject ON outpatient.step (subject, id);

-- Bills of one visit that somebody chose to pay: the lines never change, the order is paid or closed.
CREATE TABLE outpatient.checkout (
    id uuid PRIMARY KEY,
    no text NOT NULL UNIQUE,
    account_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    visit_no text NOT NULL,
    visit_date date NOT NULL,
    department text NOT NULL,
    department_en text NOT NULL,
    doctor text NOT NULL,
    doctor_en text NOT NULL,
    campus_code text NOT NULL,
    total_fen bigint NOT NULL CHECK (total_fen > 0),
    order_id uuid NOT NULL UNIQUE,
    state text NOT NULL CHECK (state IN ('open', 'paid', 'confirming', 'unknown', 'confirmed', 'refused', 'closed')),
    refusal text,
    claimed_at timestamptz,
    told_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    receipt_no text,
    guide_sealed bytea,
    minutes integer,
    confirmed_at timestamptz,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    UNIQUE (account_id, idempotency_key),
    CHECK ((state = 'confirmed') = (receipt_no IS NOT NULL))
);
CREATE INDEX checkout_account ON outpatient.checkout (account_id, created_at DESC, id DESC);
CREATE INDEX checkout_busy ON outpatient.checkout (created_at) WHERE state IN ('open', 'paid', 'confirming', 'unknown');

-- A bill is in one checkout that is under way or was entered, never in two.
CREATE TABLE outpatient.bill (
    checkout_id uuid NOT NULL REFERENCES outpatient.checkout (id),
    bill_no text NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    live boolean NOT NULL DEFAULT true,
    PRIMARY KEY (checkout_id, bill_no)
);
CREATE UNIQUE INDEX bill_live ON outpatient.bill (bill_no) WHERE live;

-- One refund of lines, as the HIS is asked for it; its money is a refund of the order.
CREATE TABLE outpatient.refund (
    id uuid PRIMARY KEY,
    no text NOT NULL UNIQUE,
    checkout_id uuid NOT NULL REFERENCES outpatient.checkout (id),
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('asking', 'unknown', 'done', 'refused')),
    refusal text,
    claimed_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    his_refund_no text,
    money_id uuid,
    requested_at timestamptz NOT NULL,
    done_at timestamptz
);
CREATE UNIQUE INDEX refund_one_at_a_time ON outpatient.refund (checkout_id) WHERE state IN ('asking', 'unknown');
CREATE INDEX refund_busy ON outpatient.refund (claimed_at) WHERE state IN ('asking', 'unknown');

CREATE TABLE outpatient.line (
    checkout_id uuid NOT NULL,
    bill_no text NOT NULL,
    line_no text NOT NULL,
    position integer NOT NULL,
    kind text NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen >= 0),
    facts_sealed bytea NOT NULL,
    refund_id uuid REFERENCES outpatient.refund (id),
    PRIMARY KEY (checkout_id, bill_no, line_no),
    FOREIGN KEY (checkout_id, bill_no) REFERENCES outpatient.bill (checkout_id, bill_no)
);

-- What was to be paid when somebody last asked: a hint for the first page.
CREATE TABLE outpatient.waiting (
    patient_id uuid PRIMARY KEY,
    bills integer NOT NULL,
    amount_fen bigint NOT NULL,
    department text NOT NULL,
    department_en text NOT NULL,
    as_of timestamptz NOT NULL
);

ALTER TABLE payments.orders DROP CONSTRAINT orders_kind_check;
ALTER TABLE payments.orders ADD CONSTRAINT orders_kind_check
    CHECK (kind IN ('registration', 'outpatient_fee', 'inpatient_deposit'));
