# A week is entered once, and a day of it left out.
ada enters shift 2026-11-23T09:00 2026-11-23T17:00 on=0,1,2,3,4
  -> put
ada enters meeting 2026-11-24T10:00 2026-11-24T11:00
  -> put
ada looks 2026-11-24
  -> free=420
ada skips 1 2026-11-24
  -> skipped
ada skips 1 2026-11-24
  ->
ada looks 2026-11-24
  -> free=0
ada skips 2 2026-11-24
  -> removed
ada removes 7
  ->
