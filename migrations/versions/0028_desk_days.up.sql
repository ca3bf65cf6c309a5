-- Finance reads any day of all desks.
CREATE INDEX attempt_created_at ON payments.attempt (created_at);
