-- core/register: the tables cur_<register> (current values, made from the definitions) that stand, and what they hold.
CREATE TABLE projection(
    register TEXT NOT NULL PRIMARY KEY,  -- '' is the search index
    layout TEXT NOT NULL                 -- SHA-256 of its columns and indexes
) STRICT, WITHOUT ROWID;
-- One row of the search index: newest first is by id.
CREATE TABLE search_row(
    id INTEGER PRIMARY KEY,
    record INTEGER NOT NULL,
    register TEXT NOT NULL,
    level INTEGER NOT NULL
) STRICT;
CREATE INDEX search_row_record ON search_row(record);
