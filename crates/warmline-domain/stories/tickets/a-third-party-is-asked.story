# A vendor is asked; the answer comes back into the ticket, and the customer's conversation stays its own.
0    maria writes Printer broken
  -> opened, message_received, message_written
5    ada forwards maria@example.net
  -> refused=input
6    ada forwards vendor@example.net
  -> message_written
7    server takes
  -> sent
8    ada answers vendor@example.net
  -> refused=input
9    ada answers maria@example.net
  -> message_written, stage=waiting
20   vendor writes Re: Printer broken | It needs a new drum.
  -> message_received, stage=open
21   vendor auto-replies I am away
  -> message_received
