ALTER TABLE booking.appointment ADD COLUMN desk_reason_sealed bytea;
-- Written in clear so far, and sealed only by the program: what was written before is not kept.
UPDATE booking.appointment SET refusal = NULL WHERE leaving_why = 'desk' AND refusal IS NOT NULL;
-- What a team of doctors wrote is sealed where it is kept; what brought it is not needed any more.
UPDATE kit.inbox SET raw = '', data = data - 'note'
WHERE system = 'his' AND kind = 'mdt.reviewed' AND handled_at IS NOT NULL;
