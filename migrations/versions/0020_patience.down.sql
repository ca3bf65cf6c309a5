ALTER TABLE booking.mdt_application DROP COLUMN reviewer_note_sealed, ADD COLUMN reviewer_note text;
ALTER TABLE payments.orders DROP COLUMN next_close_at, DROP COLUMN closes;
