ALTER TABLE staff.device ADD COLUMN pin_tries int NOT NULL DEFAULT 0, ADD COLUMN pin_tries_until timestamptz;

-- Numbers that were tried and that no operator has, by blind index: they are locked as an operator's would be.
CREATE TABLE staff.stranger (
    number_index bytea PRIMARY KEY,
    tries int NOT NULL DEFAULT 0,
    locked_until timestamptz,
    at timestamptz NOT NULL
);
CREATE INDEX stranger_at ON staff.stranger (at);
