-- What an insurance pays of an order. An order has at most one that counts; its id is the settlement's.
CREATE TABLE payments.insurance_leg (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES payments.orders (id),
    payer text NOT NULL CHECK (payer ~ '^[a-z_]+$'),
    pooled_fen bigint NOT NULL CHECK (pooled_fen >= 0),
    personal_account_fen bigint NOT NULL CHECK (personal_account_fen >= 0),
    other_fen bigint NOT NULL CHECK (other_fen >= 0),
    amount_fen bigint GENERATED ALWAYS AS (pooled_fen + personal_account_fen + other_fen) STORED,
    state text NOT NULL DEFAULT 'agreed' CHECK (state IN ('agreed', 'paid', 'returning', 'returned', 'dropped')),
    cause text CHECK (cause IN ('asked', 'late', 'half')),
    settle_no text,
    created_at timestamptz NOT NULL,
    paid_at timestamptz,
    returned_at timestamptz,
    UNIQUE (id, order_id),
    CHECK (pooled_fen + personal_account_fen + other_fen > 0),
    CHECK ((state IN ('paid', 'returning', 'returned')) = (paid_at IS NOT NULL)),
    CHECK ((state IN ('returning', 'returned')) = (cause IS NOT NULL)),
    CHECK ((state = 'returned') = (returned_at IS NOT NULL))
);
CREATE UNIQUE INDEX insurance_leg_one ON payments.insurance_leg (order_id) WHERE state IN ('agreed', 'paid');
CREATE INDEX insurance_leg_order ON payments.insurance_leg (order_id);

CREATE FUNCTION payments.keep_leg() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.order_id, NEW.payer, NEW.pooled_fen, NEW.personal_account_fen, NEW.other_fen)
       IS DISTINCT FROM
       (OLD.id, OLD.order_id, OLD.payer, OLD.pooled_fen, OLD.personal_account_fen, OLD.other_fen) THEN
        RAISE EXCEPTION 'what an insurance pays never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER insurance_leg_kept BEFORE UPDATE ON payments.insurance_leg
    FOR EACH ROW EXECUTE FUNCTION payments.keep_leg();

-- The insurance's part of an order is agreed while it is open, and taken back when nothing came of it. The total never
-- changes.
CREATE OR REPLACE FUNCTION payments.keep_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.no, NEW.kind, NEW.subject_kind, NEW.subject_id, NEW.account_id, NEW.patient_id, NEW.total_fen)
       IS DISTINCT FROM
       (OLD.id, OLD.no, OLD.kind, OLD.subject_kind, OLD.subject_id, OLD.account_id, OLD.patient_id, OLD.total_fen)
       OR (NEW.insurance_fen <> OLD.insurance_fen AND OLD.state NOT IN ('open', 'closing')) THEN
        RAISE EXCEPTION 'what an order is for and how much never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END;
$$;

-- half: the other payer's part did not come, so this one goes back.
ALTER TABLE payments.attempt DROP CONSTRAINT attempt_verdict_check,
    ADD CONSTRAINT attempt_verdict_check CHECK (verdict IN ('accepted', 'late', 'duplicate', 'mismatch', 'half'));
ALTER TABLE payments.refund DROP CONSTRAINT refund_cause_check,
    ADD CONSTRAINT refund_cause_check CHECK (cause IN ('asked', 'late', 'duplicate', 'mismatch', 'half'));

-- A posting is a movement of an attempt or of an insurance leg.
ALTER TABLE payments.posting ALTER COLUMN attempt_id DROP NOT NULL,
    ADD COLUMN leg_id uuid,
    ADD FOREIGN KEY (leg_id, order_id) REFERENCES payments.insurance_leg (id, order_id),
    ADD CONSTRAINT posting_of_one CHECK (num_nonnulls(attempt_id, leg_id) = 1),
    DROP CONSTRAINT posting_check,
    ADD CONSTRAINT posting_check CHECK
        (leg_id IS NOT NULL OR (kind IN ('refund_asked', 'refunded')) = (refund_id IS NOT NULL)),
    ADD CONSTRAINT posting_leg_check CHECK (leg_id IS NULL OR refund_id IS NULL);
DROP INDEX payments.posting_once_attempt;
CREATE UNIQUE INDEX posting_once_attempt ON payments.posting (attempt_id, (kind = 'earned'))
    WHERE refund_id IS NULL AND attempt_id IS NOT NULL;
CREATE UNIQUE INDEX posting_once_leg ON payments.posting (leg_id, kind) WHERE leg_id IS NOT NULL;
ALTER TABLE payments.entry DROP CONSTRAINT entry_account_check,
    ADD CONSTRAINT entry_account_check CHECK (account ~
        '^(channel:[a-z_]+|insurance:[a-z_]+|patient:order|hospital:income|clearing:(refund|return)|suspense:mismatch)$'),
    DROP CONSTRAINT entry_payer_check,
    ADD CONSTRAINT entry_payer_check CHECK (payer IN ('own', 'pooled', 'personal_account', 'other'));

CREATE OR REPLACE FUNCTION payments.check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    which uuid;
    wrong text;
BEGIN
    IF TG_TABLE_NAME = 'posting' THEN
        which := NEW.id;
    ELSE
        which := NEW.posting_id;
    END IF;
    IF (SELECT coalesce(sum(amount_fen), 1) FROM payments.entry WHERE posting_id = which) <> 0 THEN
        RAISE EXCEPTION 'posting % does not balance', which USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM payments.orders WHERE id = NEW.order_id FOR UPDATE;
    SELECT account INTO wrong FROM payments.entry WHERE order_id = NEW.order_id GROUP BY account, payer
        HAVING CASE WHEN account LIKE 'channel:%' OR account LIKE 'insurance:%' THEN sum(amount_fen) < 0
                    ELSE sum(amount_fen) > 0 END LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'account % of order % is on its wrong side', wrong, NEW.order_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE VIEW payments.sums AS
SELECT order_id,
       coalesce(sum(amount_fen) FILTER (WHERE account ~ '^(channel|insurance):' AND amount_fen > 0), 0)::bigint AS received_fen,
       coalesce(-sum(amount_fen) FILTER (WHERE account = 'hospital:income' AND amount_fen < 0), 0)::bigint AS paid_fen,
       coalesce(-sum(amount_fen) FILTER (WHERE account = 'clearing:refund' AND amount_fen < 0), 0)::bigint AS asked_fen,
       coalesce(sum(amount_fen) FILTER (WHERE account = 'clearing:refund' AND amount_fen > 0), 0)::bigint AS refunded_fen,
       coalesce(sum(amount_fen) FILTER (WHERE account = 'clearing:return' AND amount_fen > 0), 0)::bigint AS returned_fen
FROM payments.entry GROUP BY order_id;

CREATE SCHEMA insurance;

CREATE TABLE insurance.step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject uuid NOT NULL,
    axis text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX step_subject ON insurance.step (subject, id);

-- One try to have an order settled with an insurance. Who is insured, and the centre's one-time numbers, are sealed.
CREATE TABLE insurance.settlement (
    id uuid PRIMARY KEY,
    no text NOT NULL UNIQUE,
    order_id uuid NOT NULL,
    account_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    idem_key text NOT NULL,
    channel text NOT NULL,
    insurance_class text NOT NULL,
    payer text NOT NULL,
    visit_kind text NOT NULL CHECK (visit_kind IN ('outpatient', 'registration', 'chronic_special')),
    disease_code text,
    use_account boolean NOT NULL,
    total_fen bigint NOT NULL CHECK (total_fen > 0),
    state text NOT NULL DEFAULT 'authorising' CHECK (state IN ('authorising', 'presettling', 'presettled', 'settling',
        'settled', 'done', 'dropping', 'dropped', 'refused', 'reversing', 'reversed', 'stuck')),
    insured_sealed bytea,
    proof_sealed bytea,
    place text,
    scheme text,
    visit_no text,
    centre_no text,
    centre_token text,
    pooled_fen bigint,
    personal_account_fen bigint,
    other_fen bigint,
    own_fen bigint,
    why_not jsonb NOT NULL DEFAULT '[]',
    presettled_at timestamptz,
    valid_until timestamptz,
    mix_no text,
    out_trade_no text,
    settle_no text,
    reverse_token text,
    refund_no text,
    fault text,
    reason text,
    asks int NOT NULL DEFAULT 0,
    claimed_at timestamptz NOT NULL,
    next_ask_at timestamptz,
    created_at timestamptz NOT NULL,
    UNIQUE (order_id, idem_key),
    CHECK (own_fen IS NULL OR pooled_fen + personal_account_fen + other_fen + own_fen = total_fen)
);
CREATE UNIQUE INDEX settlement_one_live ON insurance.settlement (order_id)
    WHERE state NOT IN ('dropped', 'refused', 'reversed');
CREATE UNIQUE INDEX settlement_centre_no ON insurance.settlement (payer, centre_no) WHERE centre_no IS NOT NULL;
CREATE INDEX settlement_due ON insurance.settlement (next_ask_at) WHERE next_ask_at IS NOT NULL;

-- What people at the desk must do, because no machine may guess.
CREATE TABLE insurance.task (
    id uuid PRIMARY KEY,
    settlement_id uuid NOT NULL REFERENCES insurance.settlement (id),
    order_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('exception', 'reverse_failed', 'own_refund_failed')),
    detail text NOT NULL,
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    done_by text,
    UNIQUE (settlement_id, kind)
);
CREATE INDEX task_open ON insurance.task (created_at) WHERE done_at IS NULL;
