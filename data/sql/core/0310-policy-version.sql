-- core/control: bodies, versions of their documents, bindings per version, imports. The tables of
-- 0300 held one version of one body; what they held came from files beside the database and is taken
-- from there again.
DROP TABLE policy_binding;
DROP TABLE policy_clause;
DROP TABLE policy_doc;

CREATE TABLE policy_body(
    id TEXT PRIMARY KEY,               -- a word: town
    name TEXT NOT NULL,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE policy_version(
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,                -- of a draft perhaps not in policy_body yet
    doc TEXT NOT NULL,                 -- preface, basic, std, procedure, other
    version TEXT NOT NULL,             -- as printed, or the day it came; once per body and document
    title TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'confirmed', 'in_force', 'replaced')),
    effective INTEGER NOT NULL,        -- from then on; 0: since it was confirmed
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'staff', 'roles')),
    source_sha256 TEXT NOT NULL,
    json TEXT NOT NULL,                -- the reader's answer, this document only, keys carried over
    tree_sha256 TEXT NOT NULL,         -- of json
    catalogue_sha256 TEXT NOT NULL,    -- of the topics it was bound with
    base INTEGER NOT NULL,             -- the version it follows; 0: none
    key_next INTEGER NOT NULL,         -- the first number no key of this document ever had
    import INTEGER NOT NULL,           -- 0: it came with the installation
    loaded INTEGER NOT NULL,
    confirmed_by INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX policy_version_of ON policy_version(body, doc, id);
CREATE INDEX policy_version_import ON policy_version(import);
CREATE UNIQUE INDEX policy_version_one ON policy_version(body, doc) WHERE state = 'in_force';

CREATE TABLE policy_bind(
    version INTEGER NOT NULL REFERENCES policy_version(id),
    key TEXT NOT NULL,
    sentence INTEGER NOT NULL,         -- number in the clause; 0: the whole clause
    topic TEXT NOT NULL,               -- empty: no duty; local.NAME: an own duty
    part TEXT NOT NULL,
    counts INTEGER NOT NULL CHECK (counts IN (0, 1)),
    confidence INTEGER NOT NULL,
    confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
    by_person INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (version, key, sentence, topic, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE policy_link(
    body TEXT NOT NULL,
    doc TEXT NOT NULL,
    to_body TEXT NOT NULL,             -- empty: outside, only its title is known
    PRIMARY KEY (body, doc)
) STRICT, WITHOUT ROWID;

CREATE TABLE policy_import(
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('reading', 'read', 'failed', 'confirmed', 'discarded')),
    body TEXT NOT NULL,
    name TEXT NOT NULL,                -- of the file
    sha256 TEXT NOT NULL,
    source BLOB NOT NULL,              -- the file; empty once discarded
    json TEXT NOT NULL,                -- the reader's whole answer; empty before and once discarded
    error_code TEXT NOT NULL,
    error_detail TEXT NOT NULL,
    made_by INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    rev INTEGER NOT NULL               -- counts what was settled
) STRICT;

CREATE TABLE policy_question(
    import INTEGER NOT NULL REFERENCES policy_import(id),
    id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('finding', 'binding', 'document')),
    severity TEXT NOT NULL,            -- ask, error
    version INTEGER NOT NULL,
    doc TEXT NOT NULL,
    key TEXT NOT NULL,
    label TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    code TEXT NOT NULL,
    sentence INTEGER NOT NULL,
    at_from INTEGER NOT NULL,
    at_to INTEGER NOT NULL,
    candidates TEXT NOT NULL,          -- JSON: [{topic, part, score}]
    choice TEXT NOT NULL,              -- JSON; empty: open
    by_person INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (import, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE control_exception_new(
    body TEXT NOT NULL,
    doc TEXT NOT NULL,
    key TEXT NOT NULL,
    record TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (body, doc, key, record)
) STRICT, WITHOUT ROWID;
INSERT INTO control_exception_new SELECT 'town', doc, key, record, until FROM control_exception;
DROP TABLE control_exception;
ALTER TABLE control_exception_new RENAME TO control_exception;
