# A promise made on the phone is written down by hand.
0    maria writes Printer broken
  -> opened, message_received, message_written
5    ada promises by=-5
  -> refused=input
5    ada promises by=60
  -> promise_made
6    ada hands-promise-to-ben
  -> promise_handed_over
7    ben lets-promise-go
  -> refused=needs_reason
7    ben lets-promise-go she found the manual herself
  -> promise_let_go
8    ben keeps-promise
  -> 
