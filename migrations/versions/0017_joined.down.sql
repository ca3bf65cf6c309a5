DROP INDEX accounts.session_identity;
DROP TABLE accounts.detachment;
DROP TABLE accounts.joining;
ALTER TABLE accounts.identity DROP COLUMN new_until, DROP COLUMN joined_at;
ALTER TABLE accounts.account DROP CONSTRAINT account_state_check;
UPDATE accounts.account SET state = 'closed' WHERE state = 'joined';
ALTER TABLE accounts.account DROP COLUMN joined_into;
ALTER TABLE accounts.account ADD CONSTRAINT account_state_check CHECK (state IN ('active', 'closed'));
