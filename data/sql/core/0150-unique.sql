-- core/register: what no two live records of a register may have alike. A row goes with its record's end.
CREATE TABLE record_unique(
    register TEXT NOT NULL,
    field TEXT NOT NULL,              -- key of the field; 'match': the fields an import knows a record by
    value BLOB NOT NULL CHECK (length(value) = 32), -- SHA-256 of the canonical JSON
    record INTEGER NOT NULL REFERENCES record(id),
    PRIMARY KEY (register, field, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_unique_record ON record_unique(record);
