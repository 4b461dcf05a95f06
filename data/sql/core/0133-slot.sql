-- core/register: the role slots that decided records hold open.
CREATE TABLE record_slot(
    record INTEGER NOT NULL REFERENCES record(id),
    slot INTEGER NOT NULL,
    PRIMARY KEY (record, slot)
) STRICT, WITHOUT ROWID;
