CREATE SCHEMA booking;

-- The mirror of the HIS's schedules (contracts/his.md §2.2). Codes are the hospital's; names come from the catalog.
CREATE TABLE booking.schedule (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    date date NOT NULL,
    session text NOT NULL CHECK (session IN ('morning', 'afternoon', 'evening', 'all_day')),
    clinic_kind text NOT NULL CHECK (clinic_kind IN ('ordinary', 'expert', 'special', 'mdt')),
    department_code text NOT NULL,
    doctor_code text,
    mdt_team_code text,
    campus_code text NOT NULL,
    place text NOT NULL,
    place_en text NOT NULL,
    room text NOT NULL,
    fee_fen int NOT NULL CHECK (fee_fen >= 0),
    fee_items jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'stopped', 'removed')),
    stop_reason text NOT NULL,
    stop_reason_en text NOT NULL DEFAULT '',
    releases_at timestamptz,
    note text NOT NULL,
    note_en text NOT NULL DEFAULT '',
    his_updated_at timestamptz NOT NULL
);
CREATE INDEX schedule_department ON booking.schedule (department_code, date);
CREATE INDEX schedule_doctor ON booking.schedule (doctor_code, date) WHERE doctor_code IS NOT NULL;
CREATE INDEX schedule_team ON booking.schedule (mdt_team_code, date) WHERE mdt_team_code IS NOT NULL;
CREATE INDEX schedule_date ON booking.schedule (date);
CREATE INDEX schedule_updated ON booking.schedule (his_updated_at);

-- his_quota is what the HIS says may be sold; quota is what we may sell now: never less than what is sold already.
CREATE TABLE booking.slot (
    id uuid PRIMARY KEY,
    schedule_id uuid NOT NULL REFERENCES booking.schedule (id),
    code text NOT NULL UNIQUE,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    his_quota int NOT NULL CHECK (his_quota >= 0),
    quota int NOT NULL,
    booked int NOT NULL DEFAULT 0 CHECK (booked >= 0),
    withheld int NOT NULL DEFAULT 0 CHECK (withheld >= 0),
    reserved int NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    reserved_until timestamptz,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'stopped', 'removed')),
    CHECK (ends_at > starts_at),
    CONSTRAINT slot_never_oversold CHECK (booked + withheld <= quota)
) WITH (fillfactor = 70);
CREATE INDEX slot_schedule ON booking.slot (schedule_id, starts_at);

CREATE TABLE booking.mdt_application (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    team_code text NOT NULL,
    number text NOT NULL UNIQUE,
    summary_sealed bytea NOT NULL,
    state text NOT NULL CHECK (state IN
        ('draft', 'sending', 'submitted', 'more_wanted', 'accepted', 'declined', 'booked', 'withdrawing', 'withdrawn')),
    round int NOT NULL DEFAULT 1 CHECK (round BETWEEN 1 AND 20),
    reviewer_note text,
    clinics_until date,
    claimed_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE INDEX mdt_application_account ON booking.mdt_application (account_id, created_at DESC);
CREATE INDEX mdt_application_busy ON booking.mdt_application (created_at) WHERE state IN ('draft', 'sending', 'withdrawing');
CREATE TABLE booking.mdt_document (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    application_id uuid REFERENCES booking.mdt_application (id),
    blob_id uuid NOT NULL,
    name_sealed bytea NOT NULL,
    content_type text NOT NULL,
    size int NOT NULL,
    sha256 text NOT NULL,
    sent_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE INDEX mdt_document_application ON booking.mdt_document (application_id);
CREATE INDEX mdt_document_account ON booking.mdt_document (account_id, created_at);

-- One patient's appointment. Its id is made with the ticket of the preview page, so a ticket is good for one row only.
-- state, placement: written by kit.moves (set-based in admission). leaving: the state it goes to once the HIS has let go.
CREATE TABLE booking.appointment (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    idempotency_key uuid NOT NULL,
    channel text NOT NULL,
    patient_id uuid NOT NULL,
    slot_id uuid NOT NULL REFERENCES booking.slot (id),
    schedule_id uuid NOT NULL,
    date date NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    clinic_kind text NOT NULL,
    department_code text NOT NULL,
    doctor_code text,
    state text NOT NULL CHECK (state IN ('held', 'booked', 'checked_in', 'called', 'done', 'cancelled', 'expired',
                                         'refused', 'stopped', 'no_show', 'passed')),
    placement text NOT NULL CHECK (placement IN ('none', 'placing', 'placed', 'confirming', 'confirmed', 'cancelling',
                                                 'gone', 'unknown')),
    leaving text CHECK (leaving IN ('cancelled', 'expired', 'refused', 'stopped')),
    leaving_why text,
    holds_place boolean NOT NULL DEFAULT true,
    visit_kind text CHECK (visit_kind IN ('first', 'follow_up', 'results', 'medicine')),
    reason_sealed bytea,
    mdt_application_id uuid REFERENCES booking.mdt_application (id),
    rebooked_from uuid REFERENCES booking.appointment (id),
    fee_fen int,
    fee_items jsonb,
    order_id uuid,
    lock_no text,
    registration_no text,
    sequence_no int,
    place text,
    place_en text,
    room text,
    claimed_at timestamptz,
    tries int NOT NULL DEFAULT 0,
    refusal text,
    held_until timestamptz NOT NULL,
    cancelled_at timestamptz,
    late_cancel boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    CONSTRAINT appointment_key UNIQUE (account_id, idempotency_key)
) WITH (fillfactor = 70);
CREATE INDEX appointment_patient ON booking.appointment (patient_id, date);
CREATE INDEX appointment_slot ON booking.appointment (slot_id);
CREATE UNIQUE INDEX appointment_lock_no ON booking.appointment (lock_no) WHERE lock_no IS NOT NULL;
CREATE UNIQUE INDEX appointment_application ON booking.appointment (mdt_application_id)
    WHERE mdt_application_id IS NOT NULL AND state IN ('held', 'booked', 'checked_in', 'called', 'done', 'passed');
-- What the sweepers look at: everything that is not at rest.
CREATE INDEX appointment_unrest ON booking.appointment (held_until)
    WHERE state = 'held' OR leaving IS NOT NULL OR placement IN ('placing', 'confirming', 'cancelling', 'unknown');

-- Places that left their holder and are not for sale yet: on their way back at a random moment, or offered to somebody.
CREATE TABLE booking.returned_place (
    id uuid PRIMARY KEY,
    slot_id uuid NOT NULL REFERENCES booking.slot (id),
    for_appointment uuid REFERENCES booking.appointment (id),
    release_at timestamptz NOT NULL
);
CREATE INDEX returned_place_due ON booking.returned_place (release_at);
CREATE INDEX returned_place_offer ON booking.returned_place (for_appointment) WHERE for_appointment IS NOT NULL;

CREATE TABLE booking.step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject uuid NOT NULL,
    axis text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX step_subject ON booking.step (subject, id);

-- How far the mirror has read the HIS.
CREATE TABLE booking.mirror (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    read_at text,
    looked_at timestamptz,
    full_at timestamptz
);
INSERT INTO booking.mirror DEFAULT VALUES;
