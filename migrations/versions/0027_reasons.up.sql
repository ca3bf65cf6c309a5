-- What was written in clear before stays as it is: the HIS may be told of it again, in the same words.
ALTER TABLE outpatient.refund ADD COLUMN reason_sealed bytea, ALTER COLUMN reason SET DEFAULT '';
ALTER TABLE inpatient.refund ADD COLUMN reason_sealed bytea, ALTER COLUMN reason SET DEFAULT '';
