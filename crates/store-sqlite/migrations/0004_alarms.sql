-- Which alarms of a case were raised: each once. Of a handoff, or with an empty one of the case itself.
CREATE TABLE alarm (
  case_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  handoff BLOB NOT NULL,
  step TEXT NOT NULL,
  due INTEGER NOT NULL,
  raised_at INTEGER NOT NULL,
  acknowledged_by BLOB,
  acknowledged_at INTEGER,
  PRIMARY KEY (case_id, kind, handoff, step),
  CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE TRIGGER alarm_stays BEFORE DELETE ON alarm BEGIN SELECT RAISE(ABORT, 'append only'); END;
-- When the alarms of a case are to be looked at; 0: it has changed since they were.
ALTER TABLE case_state ADD COLUMN next_alarm INTEGER;
UPDATE case_state SET next_alarm = 0 WHERE open;
CREATE INDEX case_state_alarm ON case_state (next_alarm) WHERE next_alarm IS NOT NULL;
