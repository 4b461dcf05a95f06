-- core/sheet: tables that came in (a batch and its rows) and went out. The file itself is not kept, its digest is.
CREATE TABLE sheet_batch(
    id INTEGER PRIMARY KEY,
    register TEXT NOT NULL,
    person INTEGER NOT NULL,           -- who sent it; only she sees and applies it
    factors TEXT NOT NULL DEFAULT '',  -- of the session that applied it
    name TEXT NOT NULL,                -- of the file
    encoding TEXT NOT NULL,            -- as asked for
    sheet TEXT NOT NULL,
    pasted INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL,
    file_digest BLOB NOT NULL CHECK (length(file_digest) = 32),
    nonce BLOB NOT NULL CHECK (length(nonce) = 16),
    state TEXT NOT NULL CHECK (state IN ('reading', 'previewed', 'failed', 'applying', 'done', 'dropped')),
    code TEXT NOT NULL DEFAULT '',     -- why it failed
    detail TEXT NOT NULL DEFAULT '',
    def_digest BLOB,                   -- of the definition it was read against
    digest BLOB,                       -- of the preview
    created INTEGER NOT NULL DEFAULT 0, -- rows that make a record
    changed INTEGER NOT NULL DEFAULT 0,
    same INTEGER NOT NULL DEFAULT 0,
    errors INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,   -- of created and changed: applied
    left_over INTEGER NOT NULL DEFAULT 0, -- and left, with a reason in their row
    at INTEGER NOT NULL,
    ended INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX sheet_batch_person ON sheet_batch(person, id);
CREATE INDEX sheet_batch_open ON sheet_batch(state, id);

CREATE TABLE sheet_row(
    batch INTEGER NOT NULL REFERENCES sheet_batch(id),
    row INTEGER NOT NULL,              -- of the table, the titles' row counted
    kind TEXT NOT NULL CHECK (kind IN ('new', 'change', 'same', 'error')),
    record INTEGER NOT NULL DEFAULT 0,
    rev INTEGER NOT NULL DEFAULT 0,    -- shown in the preview
    digest BLOB,
    fields TEXT NOT NULL DEFAULT '',   -- what is to be set, a JSON object; emptied when it is done
    shown TEXT NOT NULL DEFAULT '',    -- change: what was and will be; error: where and why; a JSON list
    answer TEXT NOT NULL DEFAULT '' CHECK (answer IN ('', 'done', 'left')),
    code TEXT NOT NULL DEFAULT '',     -- why it was left
    detail TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (batch, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX sheet_row_record ON sheet_row(batch, record) WHERE record > 0;
CREATE INDEX sheet_row_kind ON sheet_row(batch, kind, row);

CREATE TABLE sheet_note(               -- about the table as a whole: columns, hidden sheets, formulas
    batch INTEGER NOT NULL REFERENCES sheet_batch(id),
    turn INTEGER NOT NULL,
    problem INTEGER NOT NULL,
    code TEXT NOT NULL,
    place TEXT NOT NULL,
    PRIMARY KEY (batch, turn)
) STRICT, WITHOUT ROWID;

CREATE TABLE sheet_export(
    id INTEGER PRIMARY KEY,
    register TEXT NOT NULL,
    person INTEGER NOT NULL,
    filter TEXT NOT NULL,              -- a JSON object
    format TEXT NOT NULL,
    count INTEGER NOT NULL,
    nonce BLOB NOT NULL CHECK (length(nonce) = 16),
    digest BLOB NOT NULL CHECK (length(digest) = 32), -- of what was handed out
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX sheet_export_register ON sheet_export(register, id);

CREATE INDEX record_register ON record(register, id);
