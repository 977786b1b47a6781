# The same headers, but a new subject on an old ticket: the agent decides, and no answer goes out under the wrong one.
0    maria writes Printer broken
  -> opened, message_received, message_written
5    ada answers maria@example.net
  -> message_written, stage=waiting
6    server takes
  -> sent
3000 maria writes Re: New laptop for Jonas
  -> message_received, stage=open, asked
3001 ada answers maria@example.net
  -> refused=state
3002 ada splits-off
  -> moved_out, settled
3003 ada splits-off
  -> refused=state
3004 ada answers maria@example.net
  -> message_written, stage=waiting
