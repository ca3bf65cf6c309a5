-- `reversals` counts the turns: each has one holder, until `reversal_until`. From `reversal_at` on, a reversal may have been made.
ALTER TABLE payments.attempt
    ADD COLUMN reversals integer NOT NULL DEFAULT 0,
    ADD COLUMN reversal_at timestamptz,
    ADD COLUMN reversal_until timestamptz;
-- What a desk was ending, or has ended, may have been reversed.
UPDATE payments.attempt
SET reversals = 1, reversal_at = CASE state WHEN 'closing' THEN app_now() ELSE claimed_at END
WHERE account_channel = 'desk' AND state IN ('closing', 'closed');
