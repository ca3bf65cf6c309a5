DROP INDEX payments.attempt_paid_at;
DROP INDEX payments.refund_done_at;
DROP SCHEMA reconciliation CASCADE;
