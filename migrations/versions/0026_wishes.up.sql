-- Told once, and then forgotten: a row is somebody who is waiting.
CREATE TABLE notifications.wish (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    about text NOT NULL CHECK (about IN ('booking', 'fees', 'records')),
    created_at timestamptz NOT NULL,
    UNIQUE (account_id, about)
);
CREATE INDEX wish_oldest ON notifications.wish (created_at);
