ALTER TABLE reconciliation.total DROP COLUMN told_fen;
ALTER TABLE reconciliation.item DROP COLUMN told_fen;
