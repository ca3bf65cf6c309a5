CREATE SCHEMA kit;

-- Time has one owner. The offset is zero in production: only demo and test may write it (app.web refuses elsewhere).
CREATE TABLE kit.clock (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    offset_seconds double precision NOT NULL DEFAULT 0
);
INSERT INTO kit.clock DEFAULT VALUES;

CREATE FUNCTION public.app_now() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT clock_timestamp() + make_interval(secs => (SELECT offset_seconds FROM kit.clock)) $$;

-- Today's date in the hospital (China: one zone, no summer time).
CREATE FUNCTION public.app_today() RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT (app_now() AT TIME ZONE 'Asia/Shanghai')::date $$;

CREATE TABLE kit.knob (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    value jsonb NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    valid_from timestamptz NOT NULL
);
CREATE INDEX knob_name ON kit.knob (name, valid_from DESC, id DESC);

CREATE TABLE kit.inbox (
    id uuid PRIMARY KEY,
    system text NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    data jsonb NOT NULL,
    raw bytea NOT NULL,
    received_at timestamptz NOT NULL,
    handled_at timestamptz,
    UNIQUE (system, key)
);
CREATE INDEX inbox_unhandled ON kit.inbox (received_at) WHERE handled_at IS NULL;

CREATE TABLE kit.call (
    id uuid PRIMARY KEY,
    system text NOT NULL,
    operation text NOT NULL,
    trace_id text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('done', 'refused', 'unreachable', 'unanswered', 'garbled')),
    status int,
    detail text NOT NULL,
    milliseconds int NOT NULL,
    request_bytes int NOT NULL,
    answer_bytes int NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX call_at ON kit.call (at);
CREATE INDEX call_trace ON kit.call (trace_id);

CREATE TABLE kit.blob (
    id uuid PRIMARY KEY,
    owner text NOT NULL,
    content_type text NOT NULL,
    size int NOT NULL CHECK (size BETWEEN 0 AND 5242880),
    digest bytea NOT NULL,
    key_id int NOT NULL,
    body bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX blob_expires ON kit.blob (expires_at);
