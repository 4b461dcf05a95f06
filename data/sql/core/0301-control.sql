-- core/control: how far the acknowledged rows of the outbox were looked at for results and evidence.
CREATE TABLE control_mark(
    one INTEGER PRIMARY KEY CHECK (one = 1),
    outbox INTEGER NOT NULL
) STRICT;
INSERT INTO control_mark VALUES (1, 0);
