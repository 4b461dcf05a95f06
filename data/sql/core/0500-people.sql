-- core/account and core/people: what became of sections, names by date, batches of appointments.

-- What took a section's place on DAY. One row a successor; none (NULL): abolished, nobody took over. The heir
-- takes over what is open, and the roles that were asked for the old section.
CREATE TABLE section_successor(
  id INTEGER PRIMARY KEY,
  section INTEGER NOT NULL REFERENCES section(id),
  successor INTEGER REFERENCES section(id),
  kind TEXT NOT NULL CHECK(kind IN ('rename', 'merge', 'split', 'abolish')),
  heir INTEGER NOT NULL CHECK(heir IN (0, 1)),
  day INTEGER NOT NULL,
  CHECK(section <> successor), CHECK(heir = 0 OR successor IS NOT NULL)
) STRICT;
CREATE INDEX section_successor_old ON section_successor(section, heir);
CREATE INDEX section_successor_new ON section_successor(successor);

-- The parent of a section from a day on; before the first row it is section.parent.
CREATE TABLE section_place(
  id INTEGER PRIMARY KEY,
  section INTEGER NOT NULL REFERENCES section(id),
  parent INTEGER NOT NULL REFERENCES section(id),
  from_day INTEGER NOT NULL,
  UNIQUE(section, from_day), CHECK(section <> parent)
) STRICT;

-- The name of a person from a day on; before the first row it is person.name.
CREATE TABLE person_name(
  id INTEGER PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES person(id),
  from_day INTEGER NOT NULL,
  name TEXT NOT NULL,
  kana TEXT NOT NULL DEFAULT '',
  UNIQUE(person, from_day)
) STRICT;

-- One file of appointments. Its life is the record's (register people_batch).
CREATE TABLE people_batch(
  record INTEGER PRIMARY KEY REFERENCES record(id),
  uploader INTEGER NOT NULL REFERENCES person(id),
  at INTEGER NOT NULL,
  first_day INTEGER NOT NULL,  -- the first change is true from 0:00 of this day
  last_day INTEGER NOT NULL,   -- the last one
  retro INTEGER NOT NULL CHECK(retro IN (0, 1)),
  file BLOB NOT NULL CHECK(length(file) = 32),
  asked TEXT NOT NULL,         -- rows, sections and map as they came: JSON
  preview TEXT NOT NULL,       -- what was shown
  mass INTEGER NOT NULL CHECK(mass IN (0, 1)),
  applied INTEGER NOT NULL DEFAULT 0 -- the order of approvals; 0: not applied, or taken back
) STRICT;
CREATE INDEX people_batch_file ON people_batch(file);

-- What an approved batch wrote, to be taken back until the day before.
CREATE TABLE people_change(
  batch INTEGER NOT NULL REFERENCES people_batch(record),
  n INTEGER NOT NULL,
  what INTEGER NOT NULL,       -- core/people/base.c
  id_of INTEGER NOT NULL,
  until_day INTEGER NOT NULL,  -- as it was, where a row was ended
  PRIMARY KEY (batch, n)
) STRICT, WITHOUT ROWID;

-- Matters of persons who moved or left that somebody was asked to take over.
CREATE TABLE people_handover(
  matter INTEGER NOT NULL REFERENCES record(id),
  person INTEGER NOT NULL REFERENCES person(id),
  batch INTEGER NOT NULL REFERENCES people_batch(record),
  record INTEGER NOT NULL REFERENCES record(id), -- of register handover
  PRIMARY KEY (matter, person)
) STRICT, WITHOUT ROWID;
