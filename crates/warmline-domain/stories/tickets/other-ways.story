# The same help on paper, by fax, in a remote session, by a call back: nothing internal leaves by any of them.
0     maria writes Printer broken
  -> opened, message_received, message_written
5     ada prints
  -> refused=input
6     ada prints leaking
  -> refused=words
7     ada prints rude
  -> refused=words
8     ada prints 1. Open the cover.
  -> other_ways/sheet_made
9     ada offers-remote
  -> refused=state
10    ada offers-callback by=-1
  -> refused=input
11    ada offers-callback by=60
  -> promise_made, other_ways/callback_offered
12    ada answers 15550100@fax.example.com
  -> message_written, stage=waiting
12    ada faxes
  -> other_ways/faxed
12    ada faxes
  -> 
