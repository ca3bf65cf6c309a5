DROP INDEX inpatient.deposit_patient;
DROP TABLE inpatient.refund;
DROP INDEX outpatient.checkout_patient;
DROP INDEX outpatient.refund_key;
ALTER TABLE outpatient.refund DROP COLUMN idempotency_key;
