-- Whether the case is among its owner's open cases: not while a group has one that the handoff closed at the front.
ALTER TABLE case_state ADD COLUMN open_at_front INTEGER NOT NULL DEFAULT 1;
UPDATE case_state SET open_at_front = 0
WHERE NOT open
  OR (json_extract(state, '$.handoffs[#-1].after') = 'close'
    AND json_extract(state, '$.status') IN ('handed_over', 'accepted', 'answered')
    AND json_extract(state, '$.handoffs[#-1].stage') IN ('waiting', 'accepted'));
