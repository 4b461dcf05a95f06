-- core/register: what happens to a record at a time, clocks beside its states, keys it holds open, notices.

CREATE TABLE timer(
    record INTEGER NOT NULL REFERENCES record(id),
    name TEXT NOT NULL,                -- of the clock; empty: of the state
    kind TEXT NOT NULL CHECK (kind IN ('until', 'warn', 'late')),
    at INTEGER NOT NULL,
    live INTEGER NOT NULL CHECK (live IN (0, 1)),
    fired INTEGER NOT NULL,            -- how often
    PRIMARY KEY (record, name, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_due ON timer(at, record) WHERE live = 1;

ALTER TABLE record ADD COLUMN timed INTEGER NOT NULL DEFAULT 0; -- 1: its timers are set
CREATE INDEX record_untimed ON record(id) WHERE timed = 0;

CREATE TABLE stopwatch(
    record INTEGER NOT NULL REFERENCES record(id),
    name TEXT NOT NULL,
    started INTEGER NOT NULL,
    stopped INTEGER NOT NULL,          -- 0: it runs
    warn INTEGER NOT NULL,             -- 0: none
    late INTEGER NOT NULL,
    PRIMARY KEY (record, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE record_key(
    record INTEGER NOT NULL REFERENCES record(id),
    effect TEXT NOT NULL,
    opened INTEGER NOT NULL,
    until INTEGER NOT NULL,            -- 0: it needs none
    open_act INTEGER NOT NULL,
    closed INTEGER NOT NULL,           -- 0: open
    reason TEXT NOT NULL,              -- the move that closed it
    PRIMARY KEY (record, effect)
) STRICT, WITHOUT ROWID;

CREATE TABLE notice(
    id INTEGER PRIMARY KEY,
    person INTEGER NOT NULL,
    kind TEXT NOT NULL,
    record INTEGER NOT NULL REFERENCES record(id),
    first INTEGER NOT NULL,
    at INTEGER NOT NULL,               -- when it was last said
    count INTEGER NOT NULL,            -- how often: equal ones melt
    read_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX notice_person ON notice(person, at, id);
CREATE INDEX notice_open ON notice(person, record, kind) WHERE read_at = 0;
