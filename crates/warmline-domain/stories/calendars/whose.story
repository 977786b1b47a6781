# A calendar is its owner's, and a supervisor's.
ben enters meeting 2026-11-24T10:00 2026-11-24T11:00
  -> refused=permission
ines enters meeting 2026-11-24T10:00 2026-11-24T11:00
  -> put
stranger enters meeting 2026-11-24T10:00 2026-11-24T11:00
  -> refused=permission
