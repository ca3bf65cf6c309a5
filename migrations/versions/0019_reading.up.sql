-- A settlement that was begun at a desk: the machine, who stood there, and what was read. Never the number itself.
CREATE TABLE insurance.reading (
    settlement_id uuid PRIMARY KEY REFERENCES insurance.settlement (id),
    device_id uuid NOT NULL,
    device_code text NOT NULL,
    shift_id uuid,
    operator text,
    medium text NOT NULL CHECK (medium IN ('e_voucher', 'id_card', 'social_card'))
);
CREATE INDEX reading_shift ON insurance.reading (shift_id, settlement_id) WHERE shift_id IS NOT NULL;
CREATE INDEX reading_device ON insurance.reading (device_id, settlement_id);
