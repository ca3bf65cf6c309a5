ALTER TABLE inpatient.refund DROP COLUMN reason_sealed, ALTER COLUMN reason DROP DEFAULT;
ALTER TABLE outpatient.refund DROP COLUMN reason_sealed, ALTER COLUMN reason DROP DEFAULT;
