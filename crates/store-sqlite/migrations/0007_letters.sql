-- E-mail to groups outside the system; the link in each carries its id. No personal value.
-- waiting: to be sent from next_try on; taken: an attempt began, and nothing else may; sent; dropped.
CREATE TABLE letter (
  id BLOB PRIMARY KEY,
  case_id BLOB NOT NULL,
  handoff BLOB NOT NULL,
  group_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('waiting', 'taken', 'sent', 'dropped')),
  next_try INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_waiting ON letter (next_try, id) WHERE stage = 'waiting';
