-- Groups that are asked about a case, or told of it for information, and do not have it. Derived, as the state.
CREATE TABLE case_guest (
  group_id TEXT NOT NULL,
  case_id BLOB NOT NULL,
  due INTEGER,
  PRIMARY KEY (group_id, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_guest_case ON case_guest (case_id);
