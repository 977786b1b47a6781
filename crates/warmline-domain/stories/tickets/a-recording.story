# P6. What was recorded is heard by those who may, after the call, and is gone when its time is over.
0      maria writes Ink pressure | It fell again.
  -> opened, message_received, message_written
5      call ends recorded
  -> on_call, recording_kept
6      ada listens
  -> refused=permission
7      ada takes
  -> assigned
8      ada listens early
  -> refused=state
8      ada listens
  -> listened
9      ben listens
  -> refused=permission
129600 time came
  ->
129605 time came
  -> recording_deleted
129606 ada listens
  -> refused=missing
# A hard call is kept for a year.
130000 call ends hard
  -> on_call, recording_kept
260000 time came
  ->
655600 time came
  -> recording_deleted
# A caller who objects is not recorded, from the first word.
700000 call ends objected
  -> on_call, recording_deleted
700001 call ends unrecorded
  -> on_call
700002 ada listens
  -> refused=missing
