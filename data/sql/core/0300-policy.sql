-- core/control: the policy texts as read and confirmed, their bindings to topics, what controls last
-- said about themselves, and the evidence for it.
CREATE TABLE policy_doc(
    doc TEXT PRIMARY KEY,              -- basic, std, procedure, other
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    version TEXT NOT NULL,
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'staff', 'roles')),
    source_sha256 TEXT NOT NULL,       -- of the file that was read
    loaded INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE policy_clause(
    doc TEXT NOT NULL REFERENCES policy_doc(doc),
    seq INTEGER NOT NULL,              -- reading order
    key TEXT NOT NULL,
    label TEXT NOT NULL,
    path TEXT NOT NULL,
    parent INTEGER NOT NULL,           -- seq, -1: a chapter
    depth INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    role TEXT NOT NULL,                -- who must act, from the sentences; words with blanks
    duty INTEGER NOT NULL CHECK (duty IN (0, 1)),
    PRIMARY KEY (doc, seq),
    UNIQUE (doc, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE policy_binding(
    doc TEXT NOT NULL,
    label TEXT NOT NULL,
    topic TEXT NOT NULL,
    part TEXT NOT NULL DEFAULT '',
    confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
    PRIMARY KEY (doc, label, topic, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE control_result(
    control TEXT PRIMARY KEY,
    verdict TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'unknown')),
    at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    since INTEGER NOT NULL,            -- since when it has said the same
    config TEXT NOT NULL,
    approved TEXT NOT NULL,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE control_evidence(
    id INTEGER PRIMARY KEY,
    control TEXT NOT NULL,
    log TEXT NOT NULL,                 -- which ledger
    leaf INTEGER NOT NULL,             -- index in it
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,                -- of the leaf: transfer.deposit
    record TEXT NOT NULL,
    UNIQUE (control, log, leaf)
) STRICT;
CREATE INDEX control_evidence_newest ON control_evidence(control, at, id);

CREATE TABLE control_exception(
    doc TEXT NOT NULL,
    key TEXT NOT NULL,
    record TEXT NOT NULL,              -- of the register `exception`
    until INTEGER NOT NULL,
    PRIMARY KEY (doc, key, record)
) STRICT, WITHOUT ROWID;
