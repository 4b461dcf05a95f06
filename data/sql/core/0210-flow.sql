-- core/transfer: the flows that were applied, by digest: a change of a flow is a leaf of the ledger.
CREATE TABLE flow_known(
    flow TEXT PRIMARY KEY,             -- '' stands for the beginning of a demo
    digest BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
