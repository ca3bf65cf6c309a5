-- What a desk asks for has a key: the same key of a device is the same refund.
ALTER TABLE outpatient.refund ADD COLUMN idempotency_key text;
CREATE UNIQUE INDEX refund_key ON outpatient.refund (checkout_id, idempotency_key);
CREATE INDEX checkout_patient ON outpatient.checkout (patient_id, created_at DESC, id DESC) WHERE state = 'confirmed';

-- Money of a deposit, as the HIS is asked to give it back; its own way is a refund of the order.
CREATE TABLE inpatient.refund (
    id uuid PRIMARY KEY,
    no text NOT NULL UNIQUE,
    deposit_id uuid NOT NULL REFERENCES inpatient.deposit (id),
    idempotency_key text NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('asking', 'unknown', 'done', 'refused')),
    refusal text,
    claimed_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    his_refund_no text,
    money_id uuid,
    requested_at timestamptz NOT NULL,
    done_at timestamptz,
    UNIQUE (deposit_id, idempotency_key)
);
CREATE UNIQUE INDEX refund_one_at_a_time ON inpatient.refund (deposit_id) WHERE state IN ('asking', 'unknown');
CREATE INDEX refund_busy ON inpatient.refund (claimed_at) WHERE state IN ('asking', 'unknown');
CREATE INDEX deposit_patient ON inpatient.deposit (patient_id, created_at DESC, id DESC) WHERE state = 'confirmed';
