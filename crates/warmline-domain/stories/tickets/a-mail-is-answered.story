# The main job: a mail comes in, is answered, and the matter is solved.
0    maria writes Printer broken | It says error 42.
  -> opened, message_received, message_written
5    ada takes
  -> assigned
5    ada takes
  ->
6    ada notes Same as in March?
  -> note_written
7    ada answers maria@example.net
  -> message_written, stage=waiting
8    server takes
  -> sent
9    maria writes Re: Printer broken | It helped, but only for an hour.
  -> message_received, stage=open
10   ada answers maria@example.net solve
  -> message_written, record/answered_by, record/solved, stage=solved
11   server takes
  -> sent
# "Thanks" does not reopen by itself; somebody is asked.
12   maria writes Re: Printer broken | Thank you so much!
  -> message_received, asked
12   ada reopens
  -> stage=open, settled
13   ada solves agreed
  -> refused=state
13   ada records solution The new cable.
  -> record/written
13   ada solves agreed
  -> record/solved, stage=solved
13   ada solves agreed
  -> refused=state
# Fourteen days later it is closed; the customer may still write.
20173 time came
  -> stage=closed
20200 maria writes Re: Printer broken | Error 42 is back.
  -> message_received, stage=open
