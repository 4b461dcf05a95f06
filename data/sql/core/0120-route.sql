-- core/register: in what capacity an act was done, what votes say, what is read afterwards, waivers.
ALTER TABLE act ADD COLUMN kind TEXT NOT NULL DEFAULT '';      -- decide, approve, consult, senketsu, daiketsu, …
ALTER TABLE act ADD COLUMN mark TEXT NOT NULL DEFAULT '';      -- 決 認 合 専 代 後閲 引 戻 却 廃 …
ALTER TABLE act ADD COLUMN for_person INTEGER NOT NULL DEFAULT 0; -- in whose place
ALTER TABLE act ADD COLUMN for_name TEXT NOT NULL DEFAULT '';  -- of that day
ALTER TABLE act ADD COLUMN for_post TEXT NOT NULL DEFAULT '';
ALTER TABLE act ADD COLUMN absence INTEGER NOT NULL DEFAULT 0; -- the absence it rests on
ALTER TABLE act ADD COLUMN basis TEXT NOT NULL DEFAULT '';     -- of a senketsu: the standing rule
ALTER TABLE act ADD COLUMN waiver INTEGER NOT NULL DEFAULT 0;  -- the record that lifted apart for this act

ALTER TABLE vote ADD COLUMN digest BLOB;                       -- what was shown; a vote of another digest is none
ALTER TABLE vote ADD COLUMN objects INTEGER NOT NULL DEFAULT 0; -- 1 noted, 2 waits for the owner's answer

-- A holder who was away reads what was done without her: koetsu (passed over) or daiketsu (decided by a deputy).
CREATE TABLE read_later(
    id INTEGER PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES record(id),
    rev INTEGER NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    step TEXT NOT NULL,
    person INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('koetsu', 'daiketsu')),
    absence INTEGER NOT NULL,
    since INTEGER NOT NULL,
    due INTEGER NOT NULL,
    read_at INTEGER NOT NULL DEFAULT 0,
    read_act INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX read_later_record ON read_later(record, rev, step);
CREATE INDEX read_later_person ON read_later(person, since) WHERE read_at = 0;

CREATE TABLE waiver(                   -- granted: valid for one act
    record INTEGER NOT NULL REFERENCES record(id),
    rev INTEGER NOT NULL,
    step TEXT NOT NULL,
    person INTEGER NOT NULL,
    granted_by INTEGER NOT NULL REFERENCES record(id), -- the record of the register waiver
    used_act INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (granted_by)
) STRICT;
CREATE INDEX waiver_record ON waiver(record, rev, step, person);
