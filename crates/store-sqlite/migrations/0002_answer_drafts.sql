-- Personal: what somebody has written of a case and not sent. Theirs alone, and forgotten when it is sent.
CREATE TABLE answer_draft (
  user_id BLOB NOT NULL,
  case_id BLOB NOT NULL,
  draft TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (user_id, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_draft_at ON answer_draft (at);
