# A meeting moves in one step: one of many becomes an entry of its own, and the others stay.
ada enters meeting 2026-11-23T09:00 2026-11-23T10:00 on=0,1
  -> put
ada moves 1 2026-11-24 2026-11-25T10:00
  -> put, skipped
# Sent again, it is moved already.
ada moves 1 2026-11-24 2026-11-25T10:00
  ->
ada enters meeting 2026-11-26T09:00 2026-11-26T10:00
  -> put
ada moves 4 2026-11-26 2026-11-27T14:00
  -> put
ada enters leave 2026-12-24T00:00 2026-12-28T00:00
  -> put
ada moves 6 2026-12-24 2026-12-25T00:00
  -> refused=state
ada moves 77 2026-12-24 2026-12-25T00:00
  -> refused=missing
