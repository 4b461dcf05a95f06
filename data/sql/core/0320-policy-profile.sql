-- core/control: what a person said of a version where its text leaves open what the body is (zones,
-- classes, staff, roles), the profile as it was confirmed with the version, and the third kind of
-- question that asks for it.
CREATE TABLE policy_profile_fix(
    version INTEGER NOT NULL REFERENCES policy_version(id),
    fact TEXT NOT NULL,                -- staff; rank.AXIS.CODE; limits.AXIS.CODE
    value TEXT NOT NULL,
    by_person INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (version, fact)
) STRICT, WITHOUT ROWID;

CREATE TABLE policy_profile(
    version INTEGER PRIMARY KEY REFERENCES policy_version(id),
    json TEXT NOT NULL,                -- as confirmed
    sha256 TEXT NOT NULL,              -- of json: what the leaf names
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE policy_question_new(
    import INTEGER NOT NULL REFERENCES policy_import(id),
    id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('finding', 'binding', 'document', 'profile')),
    severity TEXT NOT NULL,            -- ask, error
    version INTEGER NOT NULL,
    doc TEXT NOT NULL,
    key TEXT NOT NULL,
    label TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    code TEXT NOT NULL,
    sentence INTEGER NOT NULL,
    at_from INTEGER NOT NULL,
    at_to INTEGER NOT NULL,
    candidates TEXT NOT NULL,          -- JSON: [{topic, part, score}]; of a profile {options, value}
    choice TEXT NOT NULL,              -- JSON; empty: open
    by_person INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (import, id)
) STRICT, WITHOUT ROWID;
INSERT INTO policy_question_new SELECT import, id, seq, kind, severity, version, doc, key, label, title, text, code,
    sentence, at_from, at_to, candidates, choice, by_person, at FROM policy_question;
DROP TABLE policy_question;
ALTER TABLE policy_question_new RENAME TO policy_question;
