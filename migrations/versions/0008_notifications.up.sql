CREATE SCHEMA notifications;
CREATE TABLE notifications.message (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    kind text NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    params jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz
);
CREATE INDEX message_account ON notifications.message (account_id, created_at DESC, id DESC);
CREATE INDEX message_unread ON notifications.message (account_id) WHERE read_at IS NULL;
CREATE TABLE notifications.delivery (
    id uuid PRIMARY KEY,
    message_id uuid REFERENCES notifications.message (id),
    account_id uuid,
    way text NOT NULL CHECK (way IN ('template', 'sms')),
    channel text,
    template text NOT NULL,
    phone_sealed bytea,
    sms_params jsonb NOT NULL,
    external_id text,
    state text NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'refused', 'unknown')),
    created_at timestamptz NOT NULL
);
CREATE INDEX delivery_open ON notifications.delivery (created_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX delivery_external ON notifications.delivery (external_id) WHERE external_id IS NOT NULL;
CREATE TABLE notifications.step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject uuid NOT NULL,
    axis text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX step_subject ON notifications.step (subject, id);
