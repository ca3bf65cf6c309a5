-- The mirror of what the HIS lists. The HIS's codes join the tables; our ids are what travels. Nothing is deleted:
-- what the HIS no longer lists becomes inactive.
CREATE SCHEMA catalog;

CREATE TABLE catalog.campus (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    name_en text NOT NULL,
    address text NOT NULL,
    address_en text NOT NULL,
    phone text NOT NULL,
    latitude double precision,
    longitude double precision,
    active boolean NOT NULL DEFAULT true,
    changed_at timestamptz NOT NULL
);

CREATE TABLE catalog.department (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    parent_code text,
    name text NOT NULL,
    name_en text NOT NULL,
    pinyin text NOT NULL,
    syllables text[] NOT NULL,
    campus_codes text[] NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'closed', 'walk_in_only')),
    state_reason text NOT NULL,
    state_reason_en text NOT NULL,
    place text NOT NULL,
    place_en text NOT NULL,
    intro text NOT NULL,
    intro_en text NOT NULL,
    hint text NOT NULL,
    hint_en text NOT NULL,
    sex text NOT NULL CHECK (sex IN ('any', 'male', 'female')),
    age_min_years int,
    age_max_years int,
    sort int NOT NULL,
    active boolean NOT NULL DEFAULT true,
    changed_at timestamptz NOT NULL
);

CREATE TABLE catalog.doctor (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    name_en text NOT NULL,
    pinyin text NOT NULL,
    syllables text[] NOT NULL,
    title text NOT NULL CHECK (title IN ('chief', 'associate_chief', 'attending', 'resident')),
    academic_title text NOT NULL CHECK (academic_title IN ('', 'professor', 'associate_professor')),
    sex text NOT NULL,
    department_code text NOT NULL,
    campus_codes text[] NOT NULL,
    speciality text NOT NULL,
    speciality_en text NOT NULL,
    intro text NOT NULL,
    intro_en text NOT NULL,
    portrait text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    changed_at timestamptz NOT NULL
);

CREATE TABLE catalog.mdt_team (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    name_en text NOT NULL,
    disease text NOT NULL,
    disease_en text NOT NULL,
    intro text NOT NULL,
    intro_en text NOT NULL,
    campus_code text NOT NULL,
    department_codes text[] NOT NULL,
    doctor_codes text[] NOT NULL,
    fee_fen int NOT NULL CHECK (fee_fen >= 0),
    documents jsonb NOT NULL,
    active boolean NOT NULL DEFAULT true,
    changed_at timestamptz NOT NULL
);

-- Written by booking through catalog.service.set_availability: when a department, doctor or team can be booked next.
CREATE TABLE catalog.availability (
    subject uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('department', 'doctor', 'mdt_team')),
    next_date date,
    waitlist boolean NOT NULL,
    clinic_kinds text[] NOT NULL,
    fee_from_fen int CHECK (fee_from_fen >= 0),
    changed_at timestamptz NOT NULL
);

-- One row: which state of the mirror and of availability is in the tables, and when the HIS was last read.
CREATE TABLE catalog.revision (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    tree bigint NOT NULL DEFAULT 0,
    availability bigint NOT NULL DEFAULT 0,
    his_version text NOT NULL DEFAULT '',
    refreshed_at timestamptz
);
INSERT INTO catalog.revision DEFAULT VALUES;

CREATE TABLE catalog.favourite (
    account_id uuid NOT NULL,
    doctor_id uuid NOT NULL REFERENCES catalog.doctor (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, doctor_id)
);
