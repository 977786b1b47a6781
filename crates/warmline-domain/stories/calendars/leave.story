# Nobody goes on leave from a promise: somebody who is there has it, or it is said why it stays.
ada enters leave 2026-11-24T00:00 2026-11-28T00:00 owed=2
  -> refused=needs_reason
ada enters leave 2026-11-24T00:00 2026-11-28T00:00 owed=2 cover=ada
  -> refused=needs_reason
ada enters leave 2026-11-24T00:00 2026-11-28T00:00 owed=2 cover=gone
  -> refused=needs_reason
ada enters leave 2026-11-24T00:00 2026-11-28T00:00 owed=2 cover=ben
  -> put
ada enters leave 2026-12-24T00:00 2026-12-28T00:00 owed=1 because the customer is away, too
  -> put
ada enters meeting 2026-11-30T09:00 2026-11-30T10:00 owed=2
  -> put
