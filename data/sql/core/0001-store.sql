-- core/store: the job queue and the outbox to the ledger.
CREATE TABLE job(
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,                 -- one job of a key at most, ever
    subject INTEGER NOT NULL,
    lane INTEGER NOT NULL DEFAULT 0,   -- 0 small, 1 large, 2 idle
    vft INTEGER NOT NULL DEFAULT 0,    -- virtual finish time: the fair order inside a lane
    state INTEGER NOT NULL DEFAULT 0,  -- 0 waiting, 1 running, 2 done, 3 dead
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    attempts_most INTEGER NOT NULL,
    lease INTEGER NOT NULL DEFAULT 0,  -- rises with every claim
    lease_until INTEGER NOT NULL DEFAULT 0,
    payload TEXT NOT NULL DEFAULT '',
    last_error TEXT,
    UNIQUE (queue, key)
) STRICT;
CREATE INDEX job_waiting ON job(queue, lane, vft, id) WHERE state = 0;
CREATE INDEX job_running ON job(queue, lease_until) WHERE state = 1;
CREATE TABLE job_share(
    queue TEXT NOT NULL,
    owner INTEGER NOT NULL,            -- 0: the virtual clock of the queue
    vft INTEGER NOT NULL,
    PRIMARY KEY (queue, owner)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_head(
    one INTEGER PRIMARY KEY CHECK (one = 1),
    origin TEXT NOT NULL,              -- of the log it was numbered for; empty until the first hello
    seq INTEGER NOT NULL               -- the last number given
) STRICT;
INSERT INTO ledger_head VALUES (1, '', 0);
CREATE TABLE outbox(
    id INTEGER PRIMARY KEY,
    origin TEXT NOT NULL,
    seq INTEGER NOT NULL,
    again INTEGER NOT NULL DEFAULT 0,  -- numbered anew for another log
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    topic TEXT NOT NULL,               -- who is told of the acknowledgement
    subject INTEGER NOT NULL,
    leaf INTEGER,                      -- index in the log, once acknowledged
    at INTEGER,                        -- the ledger's time stamp
    UNIQUE (origin, seq)
) STRICT;
CREATE INDEX outbox_waiting ON outbox(seq) WHERE leaf IS NULL;
CREATE INDEX outbox_subject ON outbox(topic, subject);
