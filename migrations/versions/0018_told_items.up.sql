-- What the HIS was told of our side, where that is another sum (a registration is one entry, the insurance's part in it).
ALTER TABLE reconciliation.item ADD COLUMN told_fen bigint;
ALTER TABLE reconciliation.total ADD COLUMN told_fen bigint;
