-- core/transfer: files on their way between zones. Bytes are gated's; here are rows only.
CREATE TABLE transfer(
    id INTEGER PRIMARY KEY,
    number TEXT UNIQUE,                -- R8-000123, given at submit
    flow TEXT NOT NULL,
    flow_digest BLOB NOT NULL CHECK (length(flow_digest) = 32),
    from_zone TEXT NOT NULL,
    to_zone TEXT NOT NULL,
    person INTEGER NOT NULL,
    section INTEGER NOT NULL,
    key TEXT,                          -- of the caller: the same request twice makes one transfer
    class TEXT NOT NULL DEFAULT '',
    class_rank INTEGER NOT NULL DEFAULT 0,
    purpose TEXT NOT NULL DEFAULT '',
    receiver TEXT NOT NULL DEFAULT '', -- self, section, person
    receiver_person INTEGER NOT NULL DEFAULT 0,
    receiver_section INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    rev INTEGER NOT NULL DEFAULT 1,
    record INTEGER,                    -- of register file_transfer, the newest
    rule INTEGER NOT NULL DEFAULT -1,
    route TEXT NOT NULL DEFAULT '',
    facts TEXT NOT NULL DEFAULT '',    -- words, separated by blanks
    release_outbox INTEGER,
    release_leaf INTEGER,
    created INTEGER NOT NULL,
    submitted INTEGER NOT NULL DEFAULT 0,
    decided INTEGER NOT NULL DEFAULT 0,
    ready INTEGER NOT NULL DEFAULT 0,
    taken INTEGER NOT NULL DEFAULT 0,
    expires INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    UNIQUE (person, key)
) STRICT;
CREATE INDEX transfer_person ON transfer(person, id);
CREATE INDEX transfer_receiver ON transfer(receiver_person, id) WHERE receiver_person > 0;
CREATE INDEX transfer_section ON transfer(receiver_section, id) WHERE receiver_section > 0;
CREATE INDEX transfer_expires ON transfer(expires) WHERE expires > 0;
CREATE INDEX transfer_by_record ON transfer(record) WHERE record IS NOT NULL;

CREATE TABLE item(
    id INTEGER PRIMARY KEY,
    transfer INTEGER NOT NULL REFERENCES transfer(id) ON DELETE CASCADE,
    key TEXT,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,             -- declared, and received when sha256 is there
    object TEXT NOT NULL UNIQUE,       -- 32 hex digits: the original on the from-side
    object_key TEXT,                   -- wrapped by the side's key
    sha256 BLOB,
    received INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'open',
    scan TEXT NOT NULL DEFAULT '',     -- clean, unscanned, ...
    scan_engine TEXT NOT NULL DEFAULT '',
    scan_signatures TEXT NOT NULL DEFAULT '',
    scanned INTEGER NOT NULL DEFAULT 0,
    verdict TEXT NOT NULL DEFAULT '',
    depth TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT '',
    reasons TEXT NOT NULL DEFAULT '[]',
    removed INTEGER NOT NULL DEFAULT 0,
    name_out TEXT NOT NULL DEFAULT '',
    size_out INTEGER NOT NULL DEFAULT 0,
    sha256_out BLOB,
    clean_object TEXT,
    clean_key TEXT,
    report_sha256 TEXT NOT NULL DEFAULT '',
    disarmed INTEGER NOT NULL DEFAULT 0,
    to_object TEXT,                    -- on the to-side
    to_key TEXT,
    deposit_leaf INTEGER,
    deposited INTEGER NOT NULL DEFAULT 0,
    take_leaf INTEGER,
    taken INTEGER NOT NULL DEFAULT 0,
    taken_by TEXT NOT NULL DEFAULT '',
    UNIQUE (transfer, key)
) STRICT;
CREATE INDEX item_transfer ON item(transfer, id);
CREATE TABLE report(
    item INTEGER PRIMARY KEY REFERENCES item(id) ON DELETE CASCADE,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE transfer_record(          -- every record it ever waited for, the sent back ones too
    transfer INTEGER NOT NULL REFERENCES transfer(id),
    record INTEGER NOT NULL UNIQUE REFERENCES record(id),
    PRIMARY KEY (transfer, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE gate_commit(              -- what commitments in the gate's leaves stand for
    item INTEGER NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    nonce TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (item, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE transfer_event(           -- what cored decided; the gate's own events are columns of item
    id INTEGER PRIMARY KEY,
    transfer INTEGER NOT NULL REFERENCES transfer(id),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    person INTEGER NOT NULL,
    name TEXT NOT NULL,                -- of that day; empty: the system
    content TEXT NOT NULL,             -- what `commit` of the leaf stands for
    nonce BLOB NOT NULL,
    outbox INTEGER NOT NULL
) STRICT;
CREATE INDEX transfer_event_of ON transfer_event(transfer, id);
