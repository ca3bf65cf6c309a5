-- What the hospital was told, and did not answer, may arrive there for some minutes: the money waits for that long.
ALTER TABLE booking.appointment ADD COLUMN told_at timestamptz;
UPDATE booking.appointment SET told_at = claimed_at WHERE placement IN ('confirming', 'unknown') AND state = 'held';
