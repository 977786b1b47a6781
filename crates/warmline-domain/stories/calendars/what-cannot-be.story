# What ends before it begins, or comes on no day, is no entry.
ada enters meeting 2026-11-24T11:00 2026-11-24T10:00
  -> refused=input
ada enters shift 2026-11-23T09:00 2026-11-25T17:00 on=0
  -> refused=input
ada enters shift 2026-11-23T09:00 2026-11-23T17:00 on=9
  -> refused=input
ada enters leave 2026-11-23T09:00 2028-11-23T17:00
  -> refused=input
ada enters shift 2026-11-23T09:00 2026-11-23T17:00 zone=Nowhere/City
  -> refused=input
ada enters nap 2026-11-23T09:00 2026-11-23T17:00
  -> refused=input
ada skips 99 2026-11-24
  -> refused=missing
