-- The class that an account chose for a patient before there is anything to pay; none stands for paying oneself.
CREATE TABLE insurance.way (
    account_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    insurance_class text,
    chosen_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, patient_id)
);
