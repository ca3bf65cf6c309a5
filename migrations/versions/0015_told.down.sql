ALTER TABLE reconciliation.line DROP COLUMN told_fen;
