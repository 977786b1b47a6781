# Without a word it is solved when its time is over; somebody with one address is tried by that alone.
0      maria writes Printer broken
  -> opened, message_received, message_written
10     ada answers
  -> message_written, stage=waiting
11     server takes
  -> sent
1500   ada answers
  -> message_written, stage=waiting
1501   server takes
  -> sent
1502   ada gives-up mail
  -> refused=state
1510   ada answers
  -> message_written, stage=waiting
1511   server takes
  -> sent
1512   ada gives-up mail
  -> attempts/unreachable, stage=waiting
1513   time came
  -> 
25000  time came
  -> attempts/rest_over, stage=solved
25001  ada gives-up mail
  -> refused=state
