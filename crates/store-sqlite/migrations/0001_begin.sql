-- Ids are UUIDv7 as 16 bytes, moments UTC milliseconds, enumerations text, events JSON.

-- Truth: append-only.
CREATE TABLE case_event (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  case_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  UNIQUE (case_id, version)
) STRICT;
CREATE TABLE agent_event (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  event TEXT NOT NULL
) STRICT;
CREATE TABLE call_event (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  contact_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  event TEXT NOT NULL
) STRICT;
CREATE INDEX call_event_at ON call_event (at);
CREATE TABLE look (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  user_id BLOB NOT NULL,
  customer_id BLOB NOT NULL,
  case_id BLOB
) STRICT;
CREATE INDEX look_customer ON look (customer_id, position);

CREATE TRIGGER case_event_kept BEFORE UPDATE ON case_event BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER case_event_stays BEFORE DELETE ON case_event BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER agent_event_kept BEFORE UPDATE ON agent_event BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER agent_event_stays BEFORE DELETE ON agent_event BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER call_event_kept BEFORE UPDATE ON call_event BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER call_event_stays BEFORE DELETE ON call_event BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER look_kept BEFORE UPDATE ON look BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER look_stays BEFORE DELETE ON look BEGIN SELECT RAISE(ABORT, 'append only'); END;

-- Personal: side rows that can be erased while the events stay.
CREATE TABLE side_text (
  id BLOB PRIMARY KEY,
  case_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX side_text_case ON side_text (case_id);
CREATE TABLE case_phone (
  case_id BLOB PRIMARY KEY,
  phone TEXT NOT NULL
) STRICT;
CREATE INDEX case_phone_phone ON case_phone (phone);
CREATE TABLE customer (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT,
  address TEXT,
  protected TEXT NOT NULL
) STRICT;
CREATE TABLE customer_phone (
  customer_id BLOB NOT NULL,
  place INTEGER NOT NULL,
  phone TEXT NOT NULL,
  PRIMARY KEY (customer_id, place)
) STRICT;
CREATE INDEX customer_phone_phone ON customer_phone (phone);

-- Derived from the events, in the same transaction.
CREATE TABLE case_state (
  case_id BLOB PRIMARY KEY,
  version INTEGER NOT NULL,
  year INTEGER NOT NULL,
  serial INTEGER NOT NULL,
  owner BLOB NOT NULL,
  open INTEGER NOT NULL,
  with_group TEXT,
  not_accepted INTEGER NOT NULL,
  response_due INTEGER,
  next_due INTEGER,
  registered_at INTEGER NOT NULL,
  customer_id BLOB,
  state TEXT NOT NULL,
  UNIQUE (year, serial)
) STRICT;
CREATE INDEX case_state_owner ON case_state (owner, registered_at DESC, case_id DESC);
CREATE INDEX case_state_newest ON case_state (registered_at DESC, case_id DESC);
CREATE INDEX case_state_inbox ON case_state (with_group, not_accepted DESC, response_due, case_id)
  WHERE with_group IS NOT NULL;
CREATE INDEX case_state_due ON case_state (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX case_state_customer ON case_state (customer_id) WHERE customer_id IS NOT NULL;
CREATE TABLE agent_state (
  user_id BLOB PRIMARY KEY,
  status TEXT NOT NULL
) STRICT;

CREATE TABLE case_number (
  year INTEGER PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT;
CREATE TABLE receipt (
  id BLOB PRIMARY KEY,
  hash BLOB NOT NULL,
  reply TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX receipt_at ON receipt (at);

-- People. How they prove who they are is apart from who they are.
CREATE TABLE user_account (
  id BLOB PRIMARY KEY,
  user TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  roles TEXT NOT NULL,
  group_id TEXT NOT NULL,
  phone TEXT,
  active INTEGER NOT NULL
) STRICT;
CREATE TABLE credential (
  user_id BLOB NOT NULL REFERENCES user_account (id),
  kind TEXT NOT NULL CHECK (kind IN ('local', 'oidc')),
  hash TEXT,
  issuer TEXT,
  subject TEXT,
  CHECK ((kind = 'local') = (hash IS NOT NULL)),
  CHECK ((kind = 'oidc') = (issuer IS NOT NULL AND subject IS NOT NULL)),
  UNIQUE (issuer, subject)
) STRICT;
CREATE UNIQUE INDEX credential_local ON credential (user_id) WHERE kind = 'local';
CREATE TABLE session (
  id BLOB PRIMARY KEY,
  token BLOB NOT NULL UNIQUE,
  user_id BLOB NOT NULL REFERENCES user_account (id),
  door TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE INDEX session_user ON session (user_id);

CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
-- One writer: a position that is seen has nothing uncommitted before it.
CREATE TABLE change (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  change TEXT NOT NULL
) STRICT;
