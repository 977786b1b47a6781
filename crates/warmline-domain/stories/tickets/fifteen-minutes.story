# The clock runs while somebody works on it, warns, asks, and wants a reason to go on.
0    maria writes Printer offline
  -> opened, message_received, message_written
1    ada-page opens-it
  ->
1    ada takes
  -> assigned
1    ada-page opens-it
  -> effort/started
1    ada-page opens-it
  ->
# Somebody else's page starts no clock.
1    ben works
  -> refused=state
# Six minutes of work, then another matter: the clock stands.
7    ada-page turns-away
  -> effort/left
40   time came
  ->
60   ada works
  -> effort/started
# 67 in 100 of fifteen minutes are ten: six before, four now.
63   time came
  ->
64   time came
  -> effort/warned
66   ada pauses
  -> refused=needs_reason
66   ada pauses because she waits for the restart
  -> effort/paused
# What was paused by hand is gone on with by hand.
70   ada-page opens-it
  ->
80   ada works
  -> effort/started
82   time came
  ->
83   time came
  -> effort/asked
85   ada carries-on
  -> refused=needs_reason
85   ada carries-on because the log shows it now
  -> effort/carried_on
86   ada carries-on because again
  ->
95   time came
  -> effort/warned
# Whoever waits for the customer spends no effort.
96   ada answers maria@example.net
  -> message_written, stage=waiting
500  time came
  ->
500  ada works
  -> refused=state
