-- An absorbed account stays as the name under which earlier things were done; nobody signs in to it again.
ALTER TABLE accounts.account ADD COLUMN joined_into uuid REFERENCES accounts.account (id);
ALTER TABLE accounts.account DROP CONSTRAINT account_state_check;
ALTER TABLE accounts.account ADD CONSTRAINT account_state_check
    CHECK (state IN ('active', 'closed', 'joined') AND (state = 'joined') = (joined_into IS NOT NULL));
CREATE INDEX account_joined ON accounts.account (joined_into) WHERE joined_into IS NOT NULL;

-- `new_until`: an identity that came lately may not end the others, and sees reports only afterwards.
ALTER TABLE accounts.identity ADD COLUMN joined_at timestamptz, ADD COLUMN new_until timestamptz;

-- One try to join: the phone is proved, then the other account is found by a document of its patients.
CREATE TABLE accounts.joining (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts.account (id),
    identity_id uuid NOT NULL REFERENCES accounts.identity (id),
    phone_sealed bytea NOT NULL,
    phone_index bytea NOT NULL,
    other_account_id uuid REFERENCES accounts.account (id),
    kept_account_id uuid REFERENCES accounts.account (id),
    tries int NOT NULL DEFAULT 0,
    consent text,
    state text NOT NULL CHECK (state IN ('open', 'joined')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    joined_at timestamptz,
    CHECK ((state = 'joined') = (joined_at IS NOT NULL AND kept_account_id IS NOT NULL AND consent IS NOT NULL))
);
CREATE INDEX joining_account ON accounts.joining (account_id, created_at DESC);
CREATE INDEX joining_phone ON accounts.joining (phone_index, created_at DESC);

-- Undoing it: the identity goes on with an account of its own.
CREATE TABLE accounts.detachment (
    id uuid PRIMARY KEY,
    identity_id uuid NOT NULL REFERENCES accounts.identity (id),
    account_id uuid NOT NULL REFERENCES accounts.account (id),
    new_account_id uuid NOT NULL REFERENCES accounts.account (id),
    at timestamptz NOT NULL
);
CREATE INDEX detachment_account ON accounts.detachment (account_id, at DESC);
CREATE INDEX session_identity ON accounts.session (identity_id);
