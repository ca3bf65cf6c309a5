ALTER TABLE booking.appointment DROP COLUMN desk_reason_sealed;
