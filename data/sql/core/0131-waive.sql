-- core/control: exceptions that were allowed from a control, by the record that allows them.
CREATE TABLE control_waiver(
    record INTEGER NOT NULL,           -- of a register
    control TEXT NOT NULL,
    number TEXT NOT NULL,              -- what people call the record
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,            -- absolute: past it the clause has a gap, whoever is awake
    closed INTEGER NOT NULL,           -- 0: it stands
    PRIMARY KEY (record, control)
) STRICT, WITHOUT ROWID;
CREATE INDEX control_waiver_open ON control_waiver(control) WHERE closed = 0;
