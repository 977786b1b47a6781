# Nobody is called unreachable before they were really tried: three times, on two days, by both ways they can be reached.
0     maria writes Printer broken
  -> opened, message_received, message_written
5     ada gives-up mail phone
  -> refused=state
10    ada answers
  -> message_written, stage=waiting
11    server takes
  -> sent
20    call not-reached
  -> on_call, stage=open
30    ada gives-up mail phone
  -> refused=state
# Three tries by two ways, but all on one day.
40    ada tried visit no-answer
  -> attempts/noted
41    ada gives-up mail phone
  -> refused=state
1500  ada tried phone voicemail-left
  -> attempts/noted
# What was tried before is written down late, but not for ever, and never ahead.
1501  ada tried phone busy ago=-5
  -> refused=input
1501  ada tried phone busy ago=99999
  -> refused=input
1510  ada promises by=60
  -> promise_made
1511  ada gives-up mail phone
  -> refused=state
1512  ada lets-promise-go nobody is there
  -> promise_let_go
1513  ada gives-up mail phone
  -> attempts/unreachable, stage=waiting
1514  ada gives-up mail phone
  -> 
1515  ada answers
  -> message_written, stage=waiting
# They write, and it goes on where it stopped; the count begins anew.
1600  maria writes Re: Printer broken | I was away.
  -> message_received, stage=open
1601  ada gives-up mail phone
  -> refused=state
