ALTER TABLE booking.appointment DROP COLUMN told_at;
