-- core/duty: what has to be done in a fiscal year, once per (duty, scope, period); never deleted.
CREATE TABLE duty_known(               -- since when a duty is ordered here
    duty TEXT PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE duty(
    id INTEGER PRIMARY KEY,
    fy INTEGER NOT NULL,
    duty TEXT NOT NULL,                -- review.audit.yearly, exception/review
    scope_kind TEXT NOT NULL CHECK (scope_kind IN ('body', 'section', 'record')),
    scope INTEGER NOT NULL,            -- 0: the body
    period TEXT NOT NULL,              -- 2026, or the day it opens
    reg TEXT NOT NULL,                 -- the register that is opened; empty: reported
    act TEXT NOT NULL CHECK (act IN ('open', 'confirm', 'report')),
    role TEXT NOT NULL,
    title_ja TEXT NOT NULL,
    title_en TEXT NOT NULL,
    topic TEXT NOT NULL,
    clauses TEXT NOT NULL,             -- with a blank between
    fixed INTEGER NOT NULL CHECK (fixed IN (0, 1)),
    opens INTEGER NOT NULL,
    due INTEGER NOT NULL,
    provisional INTEGER NOT NULL CHECK (provisional IN (0, 1)),
    made INTEGER NOT NULL,
    planned INTEGER NOT NULL DEFAULT 0,  -- the decided plan it stands in
    record INTEGER NOT NULL DEFAULT 0,   -- what was opened for it
    opened INTEGER NOT NULL DEFAULT 0,
    ended INTEGER NOT NULL DEFAULT 0,    -- when that record was done
    told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1, 2)), -- 1: that the day is near, 2: that it is past
    dropped INTEGER NOT NULL DEFAULT 0,  -- since when nothing orders it any more
    UNIQUE (duty, scope_kind, scope, period)
) STRICT;
CREATE INDEX duty_fy ON duty(fy, due, id);
CREATE INDEX duty_running ON duty(id) WHERE record <> 0 AND ended = 0;
CREATE INDEX duty_waiting ON duty(opens, id) WHERE record = 0 AND ended = 0;
CREATE INDEX duty_reg ON duty(reg, due);

CREATE TABLE duty_year(
    fy INTEGER PRIMARY KEY,
    plan INTEGER NOT NULL,             -- the newest duty_plan record
    made INTEGER NOT NULL,
    decided INTEGER NOT NULL DEFAULT 0,  -- when a plan was decided first
    waits INTEGER NOT NULL DEFAULT 1 CHECK (waits IN (0, 1)) -- the newest is not decided or refused yet
) STRICT;
