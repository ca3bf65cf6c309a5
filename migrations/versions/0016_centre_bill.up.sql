ALTER TABLE reconciliation.line ADD COLUMN account_fen bigint CHECK (account_fen >= 0);
CREATE INDEX insurance_leg_settle_no ON payments.insurance_leg (settle_no) WHERE settle_no IS NOT NULL;
CREATE INDEX insurance_leg_paid_at ON payments.insurance_leg (paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX insurance_leg_returned_at ON payments.insurance_leg (returned_at) WHERE returned_at IS NOT NULL;
