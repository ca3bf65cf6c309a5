DROP INDEX payments.orders_patient;
DROP TABLE payments.collection;
ALTER TABLE patients.patient DROP COLUMN card_index;
ALTER TABLE audit.entry DROP CONSTRAINT entry_actor_kind_check;
ALTER TABLE audit.entry ADD CONSTRAINT entry_actor_kind_check
    CHECK (actor_kind IN ('account', 'staff', 'system', 'hospital')) NOT VALID;
DROP SCHEMA staff CASCADE;
