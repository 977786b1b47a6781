0    maria writes Printer broken
  -> opened, message_received, message_written
1    ada answers maria@example.net
  -> message_written, stage=waiting
2    server defers 451 try later
  -> deferred
3    server defers 451 try later
  -> deferred
3.5  ada sends-again
  -> requeued
4    server takes
  -> sent
5    ada sends-again
  -> refused=state
# It was taken and came back all the same: the customer has not heard from us, and it is ours again.
9    bounce comes 5.1.1 no such user
  -> bounced, stage=open
9    bounce comes 5.1.1 no such user
  ->
10   ada sends-again
  -> requeued
11   server refuses 550 no such user
  -> failed
12   ada answers maria.okafor@example.net
  -> message_written, stage=waiting
13   server takes
  -> sent
14   ada sends-again
  -> refused=state
# To ourselves and to nobody is refused.
15   ada answers support+abc@example.com
  -> refused=input
15   ada answers nobody
  -> refused=input
