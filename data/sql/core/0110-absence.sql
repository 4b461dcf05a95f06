-- core/account: who is away, and who then acts in whose place.

-- until_us is the first instant that is no longer away; from_us = until_us: cancelled before it began.
CREATE TABLE absence(
  id INTEGER PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES person(id),
  from_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL,
  reason TEXT NOT NULL CHECK(reason IN ('leave', 'trip', 'sick', 'training', 'other')),
  entered_by INTEGER NOT NULL REFERENCES person(id),
  entered_us INTEGER NOT NULL,
  CHECK(from_us <= until_us), CHECK(entered_us <= from_us) -- beforehand, never afterwards
) STRICT;
CREATE INDEX absence_person ON absence(person, until_us);
CREATE TRIGGER absence_shortened BEFORE UPDATE ON absence
WHEN NEW.id <> OLD.id OR NEW.person <> OLD.person OR NEW.from_us <> OLD.from_us OR NEW.until_us > OLD.until_us
  OR NEW.reason <> OLD.reason OR NEW.entered_by <> OLD.entered_by OR NEW.entered_us <> OLD.entered_us
BEGIN SELECT RAISE(ABORT, 'absence: it can only be cut short'); END;
CREATE TRIGGER absence_stays BEFORE DELETE ON absence
BEGIN SELECT RAISE(ABORT, 'absences are never removed'); END;

-- The deputies of a role in a scope, or of a post, in their order.
CREATE TABLE deputy(
  id INTEGER PRIMARY KEY,
  role TEXT NOT NULL DEFAULT '',
  scope_kind TEXT NOT NULL DEFAULT '' CHECK(scope_kind IN ('', 'body', 'section', 'system', 'room', 'contract')),
  scope_id INTEGER NOT NULL DEFAULT 0,
  post INTEGER REFERENCES post(id),
  turn INTEGER NOT NULL CHECK(turn BETWEEN 1 AND 20), -- 1: the first to be asked
  deputy_post INTEGER NOT NULL REFERENCES post(id),
  from_day INTEGER NOT NULL,
  until_day INTEGER NOT NULL DEFAULT 2932896,
  CHECK(from_day <= until_day), CHECK((role = '') = (post IS NOT NULL)), CHECK((role = '') = (scope_kind = ''))
) STRICT;
CREATE INDEX deputy_role ON deputy(role, scope_kind, scope_id);
CREATE INDEX deputy_post_of ON deputy(post);
CREATE INDEX deputy_deputy ON deputy(deputy_post);
