-- Salt and Argon2id digest only. A temporary PIN is changed when it is first used; without one nobody signs in.
-- A try is counted before it is judged, so that tries side by side are counted, too.
ALTER TABLE staff.operator
    ADD COLUMN pin bytea,
    ADD COLUMN pin_temporary boolean NOT NULL DEFAULT true,
    ADD COLUMN pin_set_at timestamptz,
    ADD COLUMN pin_tries int NOT NULL DEFAULT 0,
    ADD COLUMN locked_until timestamptz,
    ADD CONSTRAINT operator_pin_check CHECK ((pin IS NULL) = (pin_set_at IS NULL));
