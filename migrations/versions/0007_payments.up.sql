CREATE SCHEMA payments;

CREATE TABLE payments.step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject uuid NOT NULL,
    axis text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX step_subject ON payments.step (subject, id);

-- What is owed for one thing. The amount never changes; what was paid is read from the ledger.
CREATE TABLE payments.orders (
    id uuid PRIMARY KEY,
    no text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('registration')),
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    account_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    total_fen bigint NOT NULL CHECK (total_fen > 0),
    insurance_fen bigint NOT NULL DEFAULT 0 CHECK (insurance_fen BETWEEN 0 AND total_fen),
    own_fen bigint GENERATED ALWAYS AS (total_fen - insurance_fen) STORED,
    title_zh text NOT NULL,
    title_en text NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closing', 'paid', 'closed')),
    frozen_at timestamptz,
    frozen_why text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    ended_at timestamptz,
    CHECK ((frozen_at IS NULL) = (frozen_why IS NULL)),
    CHECK ((state IN ('paid', 'closed')) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX orders_subject ON payments.orders (subject_kind, subject_id, kind) WHERE state <> 'closed';
CREATE INDEX orders_account ON payments.orders (account_id, created_at DESC);
CREATE INDEX orders_due ON payments.orders (expires_at) WHERE state IN ('open', 'closing');
CREATE INDEX orders_frozen ON payments.orders (frozen_at) WHERE frozen_at IS NOT NULL;

CREATE FUNCTION payments.keep_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.no, NEW.kind, NEW.subject_kind, NEW.subject_id, NEW.account_id, NEW.patient_id,
        NEW.total_fen, NEW.insurance_fen)
       IS DISTINCT FROM
       (OLD.id, OLD.no, OLD.kind, OLD.subject_kind, OLD.subject_id, OLD.account_id, OLD.patient_id,
        OLD.total_fen, OLD.insurance_fen) THEN
        RAISE EXCEPTION 'what an order is for and how much never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER orders_kept BEFORE UPDATE ON payments.orders FOR EACH ROW EXECUTE FUNCTION payments.keep_order();

-- One try to pay an order through a channel, under its own number there.
CREATE TABLE payments.attempt (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES payments.orders (id),
    seq int NOT NULL CHECK (seq > 0),
    idem_key text NOT NULL,
    payer text NOT NULL DEFAULT 'own' CHECK (payer IN ('own', 'pooled', 'personal_account')),
    channel text NOT NULL,
    method text NOT NULL,
    account_channel text NOT NULL,
    merchant_id text NOT NULL,
    app_id text NOT NULL,
    out_trade_no text NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    state text NOT NULL DEFAULT 'preparing'
        CHECK (state IN ('preparing', 'prepared', 'paying', 'unknown', 'closing', 'paid', 'closed', 'failed')),
    token text,
    transaction_id text,
    paid_fen bigint CHECK (paid_fen > 0),
    paid_at timestamptz,
    verdict text CHECK (verdict IN ('accepted', 'late', 'duplicate', 'mismatch')),
    fault text,
    asks int NOT NULL DEFAULT 0,
    next_ask_at timestamptz,
    asked_at timestamptz,
    claimed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    UNIQUE (order_id, seq),
    UNIQUE (order_id, idem_key),
    UNIQUE (channel, out_trade_no),
    UNIQUE (channel, transaction_id),
    UNIQUE (id, order_id),
    CHECK ((state = 'paid') = (paid_fen IS NOT NULL AND paid_at IS NOT NULL AND verdict IS NOT NULL
                               AND transaction_id IS NOT NULL))
);
CREATE UNIQUE INDEX attempt_one_live ON payments.attempt (order_id, payer)
    WHERE state IN ('preparing', 'prepared', 'paying', 'unknown', 'closing');
CREATE UNIQUE INDEX attempt_one_accepted ON payments.attempt (order_id, payer) WHERE verdict = 'accepted';
CREATE INDEX attempt_due ON payments.attempt (next_ask_at) WHERE next_ask_at IS NOT NULL;

-- Money of one attempt on its way back.
CREATE TABLE payments.refund (
    id uuid PRIMARY KEY,
    no text NOT NULL UNIQUE,
    out_refund_no text NOT NULL,
    order_id uuid NOT NULL,
    attempt_id uuid NOT NULL,
    key text NOT NULL,
    cause text NOT NULL CHECK (cause IN ('asked', 'late', 'duplicate', 'mismatch')),
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    reason text NOT NULL,
    why text NOT NULL,
    state text NOT NULL DEFAULT 'requested'
        CHECK (state IN ('requested', 'sending', 'unknown', 'pending', 'done', 'failed')),
    tries int NOT NULL DEFAULT 0,
    asks int NOT NULL DEFAULT 0,
    fault text,
    channel_refund_id text,
    requested_at timestamptz NOT NULL,
    sent_at timestamptz,
    next_try_at timestamptz,
    done_at timestamptz,
    UNIQUE (order_id, key),
    FOREIGN KEY (attempt_id, order_id) REFERENCES payments.attempt (id, order_id),
    CHECK ((state = 'done') = (done_at IS NOT NULL))
);
CREATE UNIQUE INDEX refund_out_no ON payments.refund (out_refund_no);
CREATE INDEX refund_attempt ON payments.refund (attempt_id);
CREATE INDEX refund_due ON payments.refund (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX refund_failed ON payments.refund (requested_at) WHERE state = 'failed';

-- Refunds of an attempt never exceed what it paid, whatever the code above believes.
CREATE FUNCTION payments.check_refund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid bigint;
    asked numeric;
BEGIN
    SELECT paid_fen INTO paid FROM payments.attempt WHERE id = NEW.attempt_id FOR UPDATE;
    SELECT coalesce(sum(amount_fen), 0) INTO asked FROM payments.refund WHERE attempt_id = NEW.attempt_id;
    IF paid IS NULL OR asked + NEW.amount_fen > paid THEN
        RAISE EXCEPTION 'refunds would exceed what was paid' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER refund_within_paid BEFORE INSERT ON payments.refund
    FOR EACH ROW EXECUTE FUNCTION payments.check_refund();
CREATE FUNCTION payments.keep_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.no, NEW.order_id, NEW.attempt_id, NEW.key, NEW.cause, NEW.amount_fen)
       IS DISTINCT FROM (OLD.id, OLD.no, OLD.order_id, OLD.attempt_id, OLD.key, OLD.cause, OLD.amount_fen) THEN
        RAISE EXCEPTION 'what a refund gives back never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER refund_kept BEFORE UPDATE ON payments.refund FOR EACH ROW EXECUTE FUNCTION payments.keep_refund();

-- The ledger. A posting is one movement of money; its entries sum to zero. Nothing is ever changed or deleted:
-- a fault is answered by a counter-posting. docs/payments.md lists the accounts.
CREATE TABLE payments.posting (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('paid', 'mismatched', 'earned', 'refund_asked', 'refunded')),
    order_id uuid NOT NULL REFERENCES payments.orders (id),
    attempt_id uuid NOT NULL REFERENCES payments.attempt (id),
    refund_id uuid REFERENCES payments.refund (id),
    at timestamptz NOT NULL,
    UNIQUE (id, order_id),
    CHECK ((kind IN ('refund_asked', 'refunded')) = (refund_id IS NOT NULL))
);
-- Each movement happens once.
CREATE UNIQUE INDEX posting_once_attempt ON payments.posting (attempt_id, (kind = 'earned')) WHERE refund_id IS NULL;
CREATE UNIQUE INDEX posting_once_refund ON payments.posting (refund_id, kind) WHERE refund_id IS NOT NULL;
CREATE INDEX posting_at ON payments.posting (at);

CREATE TABLE payments.entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    posting_id uuid NOT NULL,
    order_id uuid NOT NULL,
    account text NOT NULL CHECK (account ~ '^(channel:[a-z_]+|patient:order|hospital:income|clearing:(refund|return)|suspense:mismatch)$'),
    payer text NOT NULL DEFAULT 'own' CHECK (payer IN ('own', 'pooled', 'personal_account')),
    amount_fen bigint NOT NULL CHECK (amount_fen <> 0),
    FOREIGN KEY (posting_id, order_id) REFERENCES payments.posting (id, order_id)
);
CREATE INDEX entry_posting ON payments.entry (posting_id);
CREATE INDEX entry_order ON payments.entry (order_id);

CREATE FUNCTION payments.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger rows are never changed or deleted' USING ERRCODE = 'insufficient_privilege';
END;
$$;
CREATE TRIGGER posting_kept BEFORE UPDATE OR DELETE ON payments.posting
    FOR EACH ROW EXECUTE FUNCTION payments.refuse_change();
CREATE TRIGGER entry_kept BEFORE UPDATE OR DELETE ON payments.entry
    FOR EACH ROW EXECUTE FUNCTION payments.refuse_change();
CREATE TRIGGER posting_whole BEFORE TRUNCATE ON payments.posting EXECUTE FUNCTION payments.refuse_change();
CREATE TRIGGER entry_whole BEFORE TRUNCATE ON payments.entry EXECUTE FUNCTION payments.refuse_change();

-- At commit: the posting balances, and no account of the order stands on its wrong side: the channel never returned
-- more than it took, the hospital gave no more back than it earned.
CREATE FUNCTION payments.check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
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
        HAVING CASE WHEN account LIKE 'channel:%' THEN sum(amount_fen) < 0 ELSE sum(amount_fen) > 0 END LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'account % of order % is on its wrong side', wrong, NEW.order_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;
CREATE CONSTRAINT TRIGGER posting_balances AFTER INSERT ON payments.posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments.check_balance();
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON payments.entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments.check_balance();

-- What the ledger says about each order. stray: money taken that is not the order's (late, duplicate, mismatched).
CREATE VIEW payments.sums AS
SELECT order_id,
       coalesce(sum(amount_fen) FILTER (WHERE account LIKE 'channel:%' AND amount_fen > 0), 0)::bigint AS received_fen,
       coalesce(-sum(amount_fen) FILTER (WHERE account = 'hospital:income' AND amount_fen < 0), 0)::bigint AS paid_fen,
       coalesce(-sum(amount_fen) FILTER (WHERE account = 'clearing:refund' AND amount_fen < 0), 0)::bigint AS asked_fen,
       coalesce(sum(amount_fen) FILTER (WHERE account = 'clearing:refund' AND amount_fen > 0), 0)::bigint AS refunded_fen,
       coalesce(sum(amount_fen) FILTER (WHERE account = 'clearing:return' AND amount_fen > 0), 0)::bigint AS returned_fen
FROM payments.entry GROUP BY order_id;
