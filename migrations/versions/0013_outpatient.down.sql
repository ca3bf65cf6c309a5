ALTER TABLE payments.orders DROP CONSTRAINT orders_kind_check;
ALTER TABLE payments.orders ADD CONSTRAINT orders_kind_check CHECK (kind IN ('registration'));
DROP SCHEMA outpatient CASCADE;
