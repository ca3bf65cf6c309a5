DROP INDEX payments.insurance_leg_returned_at;
DROP INDEX payments.insurance_leg_paid_at;
DROP INDEX payments.insurance_leg_settle_no;
ALTER TABLE reconciliation.line DROP COLUMN account_fen;
