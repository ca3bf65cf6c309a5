ALTER TABLE staff.operator
    DROP CONSTRAINT operator_pin_check,
    DROP COLUMN locked_until,
    DROP COLUMN pin_tries,
    DROP COLUMN pin_set_at,
    DROP COLUMN pin_temporary,
    DROP COLUMN pin;
