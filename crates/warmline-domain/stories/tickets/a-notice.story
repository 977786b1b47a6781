# The notice that a promise moves goes out as an answer, and moves it; taken back, it does not.
0    maria writes Printer broken
  -> opened, message_received, message_written
1    ada takes
  -> assigned
2    ada answers maria@example.net by=240
  -> message_written, promise_made, stage=waiting
3    server takes
  -> sent
100  ada answers maria@example.net moves by=240
  -> refused=needs_reason
100  ada answers maria@example.net moves by=240 since the part is late
  -> message_written, promise_moved, stage=waiting
100  ada takes-back
  -> withdrawn, promise_moved_back, stage=waiting
101  ada answers maria@example.net moves by=240 since the part is late
  -> message_written, promise_moved, stage=waiting
102  server takes
  -> sent
# Words alone do not move it: the customer has to hear.
103  ada promises moves by=300 since the part is later still
  -> refused=needs_reason
# What an answer promised was not promised when it never left.
110  ada answers maria@example.net by=500
  -> message_written, promise_made, stage=waiting
110  ada takes-back
  -> withdrawn, promise_taken_back, stage=waiting
111  ada schedules maria@example.net by=3000
  -> message_written, promise_made, stage=waiting
112  maria writes Re: Printer broken | It is worse.
  -> message_received, schedule_stopped, promise_taken_back, stage=open
