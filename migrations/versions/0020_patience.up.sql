ALTER TABLE payments.orders ADD COLUMN closes int NOT NULL DEFAULT 0, ADD COLUMN next_close_at timestamptz;
-- Written in clear so far, and sealed only by the program: what was written before is not kept.
ALTER TABLE booking.mdt_application DROP COLUMN reviewer_note, ADD COLUMN reviewer_note_sealed bytea;
