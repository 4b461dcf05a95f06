-- authd: what proves an account, and for how long. The key of everything is the account's number:
-- no name, no role. Secrets: passwords as Argon2id hashes, seeds sealed with a key that is not here,
-- sessions and codes as SHA-256. Times are authd's own (core/auth/clock), which never goes back.

CREATE TABLE vault(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  sealed BLOB NOT NULL -- a known text under the key: tells a wrong key before it does harm
) STRICT;

CREATE TABLE password(
  account INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  changed_us INTEGER NOT NULL
) STRICT;

CREATE TABLE totp(
  account INTEGER PRIMARY KEY,
  sealed BLOB NOT NULL,        -- nonce (24), secret (20), tag (16); bound to the account
  last_step INTEGER NOT NULL,  -- the newest step that was used: no code counts twice
  drift INTEGER NOT NULL CHECK(drift BETWEEN -2 AND 2), -- steps the holder's clock is off
  changed_us INTEGER NOT NULL
) STRICT;

CREATE TABLE code(
  digest BLOB PRIMARY KEY CHECK(length(digest) = 32),
  account INTEGER NOT NULL,
  until_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session(
  digest BLOB PRIMARY KEY CHECK(length(digest) = 32),
  account INTEGER NOT NULL,
  zone TEXT NOT NULL,
  factors INTEGER NOT NULL,
  made_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL,
  idle_s INTEGER NOT NULL,
  used_us INTEGER NOT NULL,
  fresh_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Failures of a subject (an account, or a name nobody has) from a source. The empty source stands
-- for all strangers together; a source from which the subject logged in has its own line.
CREATE TABLE brake(
  subject BLOB NOT NULL CHECK(length(subject) = 16),
  source BLOB NOT NULL CHECK(length(source) IN (0, 16)),
  failures INTEGER NOT NULL DEFAULT 0,
  until_us INTEGER NOT NULL DEFAULT 0,
  locked INTEGER NOT NULL DEFAULT 0 CHECK(locked IN (0, 1)), -- until somebody opens it
  success_us INTEGER NOT NULL DEFAULT 0,
  changed_us INTEGER NOT NULL,
  PRIMARY KEY(subject, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE clock(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  newest_us INTEGER NOT NULL
) STRICT;
INSERT INTO clock VALUES (1, 0);
