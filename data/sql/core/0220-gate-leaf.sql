-- Where the gate's own leaves of an item stand in the ledger: what the timeline shows. Told by gated as a
-- note; a note that is lost leaves NULL, the leaf itself is in the log all the same.
ALTER TABLE item ADD COLUMN receive_leaf INTEGER;
ALTER TABLE item ADD COLUMN scan_leaf INTEGER;
ALTER TABLE item ADD COLUMN disarm_leaf INTEGER;
