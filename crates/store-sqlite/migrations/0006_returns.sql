-- Handoffs that came back: given back, or not accepted in time. Derived, as the state.
CREATE TABLE case_return (
  handoff BLOB PRIMARY KEY,
  case_id BLOB NOT NULL,
  group_id TEXT NOT NULL,
  why TEXT,
  expired INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX case_return_at ON case_return (at, handoff);
INSERT INTO case_return
SELECT unhex(replace(json_extract(h.value, '$.id'), '-', '')), case_id, json_extract(h.value, '$.group'),
  json_extract(h.value, '$.why'), json_extract(h.value, '$.stage') = 'expired',
  coalesce(json_extract(h.value, '$.back_at'), json_extract(h.value, '$.receipt_due'))
FROM case_state, json_each(case_state.state, '$.handoffs') AS h
WHERE json_extract(h.value, '$.stage') IN ('returned', 'expired') AND json_extract(h.value, '$.id') IS NOT NULL;
