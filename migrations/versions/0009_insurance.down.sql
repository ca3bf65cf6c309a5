DROP SCHEMA insurance CASCADE;

CREATE OR REPLACE VIEW payments.sums AS
SELECT order_id,
       coalesce(sum(amount_fen) FILTER (WHERE account LIKE 'channel:%' AND amount_fen > 0), 0)::bigint AS received_fen,
       coalesce(-sum(amount_fen) FILTER (WHERE account = 'hospital:income' AND amount_fen < 0), 0)::bigint AS paid_fen,
       coalesce(-sum(amount_fen) FILTER (WHERE account = 'clearing:refund' AND amount_fen < 0), 0)::bigint AS asked_fen,
       coalesce(sum(amount_fen) FILTER (WHERE account = 'clearing:refund' AND amount_fen > 0), 0)::bigint AS refunded_fen,
       coalesce(sum(amount_fen) FILTER (WHERE account = 'clearing:return' AND amount_fen > 0), 0)::bigint AS returned_fen
FROM payments.entry GROUP BY order_id;

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
        HAVING CASE WHEN account LIKE 'channel:%' THEN sum(amount_fen) < 0 ELSE sum(amount_fen) > 0 END LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'account % of order % is on its wrong side', wrong, NEW.order_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

ALTER TABLE payments.entry DROP CONSTRAINT entry_account_check,
    ADD CONSTRAINT entry_account_check CHECK (account ~
        '^(channel:[a-z_]+|patient:order|hospital:income|clearing:(refund|return)|suspense:mismatch)$'),
    DROP CONSTRAINT entry_payer_check,
    ADD CONSTRAINT entry_payer_check CHECK (payer IN ('own', 'pooled', 'personal_account'));
DROP INDEX payments.posting_once_attempt;
ALTER TABLE payments.posting DROP CONSTRAINT posting_check, DROP COLUMN leg_id, ALTER COLUMN attempt_id SET NOT NULL,
    DROP CONSTRAINT IF EXISTS posting_of_one, DROP CONSTRAINT IF EXISTS posting_leg_check,
    ADD CONSTRAINT posting_check CHECK ((kind IN ('refund_asked', 'refunded')) = (refund_id IS NOT NULL));
CREATE UNIQUE INDEX posting_once_attempt ON payments.posting (attempt_id, (kind = 'earned')) WHERE refund_id IS NULL;
ALTER TABLE payments.refund DROP CONSTRAINT refund_cause_check,
    ADD CONSTRAINT refund_cause_check CHECK (cause IN ('asked', 'late', 'duplicate', 'mismatch'));
ALTER TABLE payments.attempt DROP CONSTRAINT attempt_verdict_check,
    ADD CONSTRAINT attempt_verdict_check CHECK (verdict IN ('accepted', 'late', 'duplicate', 'mismatch'));

CREATE OR REPLACE FUNCTION payments.keep_order() RETURNS trigger LANGUAGE plpgsql AS $$
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

DROP TABLE payments.insurance_leg;
DROP FUNCTION payments.keep_leg();
