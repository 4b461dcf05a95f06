-- core/control: the record that a changed duty of a confirmed version opened, once each.
CREATE TABLE policy_revision(
    version INTEGER NOT NULL REFERENCES policy_version(id), -- the new one
    key TEXT NOT NULL,                 -- of the clause; of the old text when it was removed
    kind TEXT NOT NULL,                -- changed, added, removed …
    record INTEGER NOT NULL,           -- of the register revision_task
    PRIMARY KEY (version, key, kind)
) STRICT, WITHOUT ROWID;
