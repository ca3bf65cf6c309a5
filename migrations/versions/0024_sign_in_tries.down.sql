DROP TABLE staff.stranger;
ALTER TABLE staff.device DROP COLUMN pin_tries, DROP COLUMN pin_tries_until;
