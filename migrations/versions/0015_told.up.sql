ALTER TABLE reconciliation.line ADD COLUMN told_fen bigint CHECK (told_fen >= 0);
