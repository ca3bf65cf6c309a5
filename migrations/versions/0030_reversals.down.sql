ALTER TABLE payments.attempt DROP COLUMN reversals, DROP COLUMN reversal_at, DROP COLUMN reversal_until;
