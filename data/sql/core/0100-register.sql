-- core/register: records, their revisions, who did what. revision and act are written once and never changed.
CREATE TABLE record(
    id INTEGER PRIMARY KEY,
    register TEXT NOT NULL,
    number TEXT,
    section INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    entered_by INTEGER NOT NULL,
    state TEXT NOT NULL,
    rev INTEGER NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    route TEXT NOT NULL DEFAULT '',    -- the one that runs or ran last
    step INTEGER NOT NULL DEFAULT -1,  -- the open step of the route, -1: none
    step_since INTEGER NOT NULL DEFAULT 0,
    step_due INTEGER NOT NULL DEFAULT 0,
    def_digest BLOB NOT NULL,
    created INTEGER NOT NULL,
    entered INTEGER NOT NULL,          -- when this state began
    changed INTEGER NOT NULL,
    UNIQUE (register, number)
) STRICT;
CREATE INDEX record_state ON record(register, state, section, id);
CREATE INDEX record_owner ON record(owner, id);
CREATE INDEX record_step ON record(step_since, id) WHERE step >= 0;

CREATE TABLE revision(
    record INTEGER NOT NULL REFERENCES record(id),
    rev INTEGER NOT NULL,
    fields TEXT NOT NULL,              -- canonical JSON object
    nonces TEXT NOT NULL,              -- field key -> 16 bytes hex
    commitment BLOB NOT NULL CHECK (length(commitment) = 32),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    at INTEGER NOT NULL,
    PRIMARY KEY (record, rev)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER revision_kept BEFORE UPDATE ON revision
BEGIN SELECT raise(ABORT, 'revisions are never changed'); END;
CREATE TRIGGER revision_stays BEFORE DELETE ON revision
BEGIN SELECT raise(ABORT, 'revisions are never removed'); END;

CREATE TABLE editor(                   -- who wrote the bound fields of a revision (or of those before it)
    record INTEGER NOT NULL REFERENCES record(id),
    person INTEGER NOT NULL,
    PRIMARY KEY (record, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE act(
    id INTEGER PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES record(id),
    rev_before INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    move TEXT NOT NULL,
    step TEXT NOT NULL,
    person INTEGER NOT NULL,           -- 0: the system itself
    name TEXT NOT NULL,                -- of that day
    section_name TEXT NOT NULL,
    post_name TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    reason TEXT NOT NULL,
    factors TEXT NOT NULL,
    digest BLOB NOT NULL,              -- what was shown and decided
    def_digest BLOB NOT NULL,
    at INTEGER NOT NULL,
    outbox INTEGER NOT NULL
) STRICT;
CREATE INDEX act_record ON act(record, id);
CREATE INDEX act_person ON act(person, record);
CREATE TRIGGER act_kept BEFORE UPDATE ON act
BEGIN SELECT raise(ABORT, 'acts are never changed'); END;
CREATE TRIGGER act_stays BEFORE DELETE ON act
BEGIN SELECT raise(ABORT, 'acts are never removed'); END;

CREATE TABLE vote(
    record INTEGER NOT NULL REFERENCES record(id),
    rev INTEGER NOT NULL,
    step TEXT NOT NULL,
    person INTEGER NOT NULL,
    PRIMARY KEY (record, rev, step, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE counter(
    name TEXT NOT NULL,
    year INTEGER NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (name, year)
) STRICT, WITHOUT ROWID;
