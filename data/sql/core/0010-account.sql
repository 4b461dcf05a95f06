-- Organisation and accounts (core/account). Days are counted from 1970-01-01 in Asia/Tokyo;
-- until_day is the last day that counts. Nothing runs at midnight: every question names its day.

CREATE TABLE body(
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE CHECK(code <> ''),
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK(kind IN ('mayor', 'assembly', 'board', 'commissioners', 'union')),
  follows INTEGER REFERENCES body(id), -- the body whose standard, and whose role holders, it shares
  from_day INTEGER NOT NULL,
  until_day INTEGER NOT NULL DEFAULT 2932896,
  CHECK(from_day <= until_day), CHECK(follows <> id)
) STRICT;

CREATE TABLE section(
  id INTEGER PRIMARY KEY,
  body INTEGER NOT NULL REFERENCES body(id),
  code TEXT NOT NULL CHECK(code <> ''),
  name TEXT NOT NULL,
  kana TEXT NOT NULL DEFAULT '',
  parent INTEGER REFERENCES section(id),
  from_day INTEGER NOT NULL,
  until_day INTEGER NOT NULL DEFAULT 2932896,
  UNIQUE(body, code, from_day), -- personnel offices use codes again
  CHECK(from_day <= until_day), CHECK(parent <> id)
) STRICT;
CREATE INDEX section_parent ON section(parent);

CREATE TABLE post(
  id INTEGER PRIMARY KEY,
  section INTEGER NOT NULL REFERENCES section(id),
  code TEXT NOT NULL CHECK(code <> ''),
  name TEXT NOT NULL,
  rank INTEGER NOT NULL, -- 1 is the highest
  head INTEGER NOT NULL CHECK(head IN (0, 1)),
  seats INTEGER NOT NULL DEFAULT 1 CHECK(seats > 0),
  from_day INTEGER NOT NULL,
  until_day INTEGER NOT NULL DEFAULT 2932896,
  UNIQUE(section, code, from_day),
  CHECK(from_day <= until_day)
) STRICT;

CREATE TABLE person(
  id INTEGER PRIMARY KEY,          -- never used again
  handle TEXT NOT NULL UNIQUE CHECK(handle GLOB 'p:*'), -- random; stands for the person in the ledger
  name TEXT NOT NULL,
  kana TEXT NOT NULL DEFAULT ''
) STRICT;

-- Rows found to be one natural person. same_as is a row without an own line here.
CREATE TABLE person_join(
  person INTEGER PRIMARY KEY REFERENCES person(id),
  same_as INTEGER NOT NULL REFERENCES person(id),
  CHECK(person <> same_as)
) STRICT;

CREATE TABLE engagement(
  id INTEGER PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES person(id),
  staff_no TEXT NOT NULL UNIQUE CHECK(staff_no <> ''),
  kind TEXT NOT NULL CHECK(kind IN ('staff', 'fiscal_year_staff', 'special', 'contractor',
    'designated_manager', 'temporary')),
  from_day INTEGER NOT NULL,
  until_day INTEGER NOT NULL DEFAULT 2932896,
  CHECK(from_day <= until_day)
) STRICT;
CREATE INDEX engagement_person ON engagement(person);

CREATE TABLE appointment(
  id INTEGER PRIMARY KEY,
  engagement INTEGER NOT NULL REFERENCES engagement(id),
  post INTEGER NOT NULL REFERENCES post(id),
  kind TEXT NOT NULL CHECK(kind IN ('main', 'concurrent', 'acting')),
  from_day INTEGER NOT NULL,
  until_day INTEGER NOT NULL DEFAULT 2932896,
  order_no TEXT NOT NULL DEFAULT '',
  CHECK(from_day <= until_day)
) STRICT;
CREATE INDEX appointment_engagement ON appointment(engagement);
CREATE INDEX appointment_post ON appointment(post);

-- One main appointment per engagement and day.
CREATE TRIGGER appointment_one_main BEFORE INSERT ON appointment WHEN NEW.kind = 'main' AND EXISTS(
  SELECT 1 FROM appointment a WHERE a.engagement = NEW.engagement AND a.kind = 'main'
    AND a.from_day <= NEW.until_day AND NEW.from_day <= a.until_day)
BEGIN SELECT RAISE(ABORT, 'appointment: a second main appointment'); END;
CREATE TRIGGER appointment_one_main_moved BEFORE UPDATE ON appointment WHEN NEW.kind = 'main' AND EXISTS(
  SELECT 1 FROM appointment a WHERE a.engagement = NEW.engagement AND a.kind = 'main' AND a.id <> NEW.id
    AND a.from_day <= NEW.until_day AND NEW.from_day <= a.until_day)
BEGIN SELECT RAISE(ABORT, 'appointment: a second main appointment'); END;

-- Roles are held by posts (usual) or persons, for a time, in a scope.
CREATE TABLE role_slot(
  id INTEGER PRIMARY KEY,
  role TEXT NOT NULL CHECK(role <> ''),
  scope_kind TEXT NOT NULL CHECK(scope_kind IN ('body', 'section', 'system', 'room', 'contract')),
  scope_id INTEGER NOT NULL,
  post INTEGER REFERENCES post(id),
  person INTEGER REFERENCES person(id),
  from_day INTEGER NOT NULL,
  until_day INTEGER NOT NULL DEFAULT 2932896,
  CHECK((post IS NULL) <> (person IS NULL)), CHECK(from_day <= until_day)
) STRICT;
CREATE INDEX role_slot_scope ON role_slot(role, scope_kind, scope_id);
CREATE INDEX role_slot_post ON role_slot(post);
CREATE INDEX role_slot_person ON role_slot(person);

-- Secrets of an account are authd's; this table knows none. Accounts are never deleted.
CREATE TABLE account(
  id INTEGER PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES person(id),
  login TEXT NOT NULL UNIQUE CHECK(length(login) BETWEEN 2 AND 32 AND login NOT GLOB '*[^a-z0-9._-]*'),
  state TEXT NOT NULL CHECK(state IN ('enrol', 'open', 'suspended', 'closed')),
  zones TEXT NOT NULL -- names with a blank between: "internet lgwan"
) STRICT;
CREATE INDEX account_person ON account(person);
