-- A mini program may write to a person only after the person did something there: each permit lets a few messages out.
CREATE TABLE notifications.permit (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    channel text NOT NULL,
    code text NOT NULL,
    uses_left int NOT NULL CHECK (uses_left >= 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    UNIQUE (channel, code)
);
CREATE INDEX permit_account ON notifications.permit (account_id, channel, expires_at) WHERE uses_left > 0;
