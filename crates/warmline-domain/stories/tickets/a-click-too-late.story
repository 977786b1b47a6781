# What was dropped, or is long closed, is over.
0    maria writes Please rescue my data
  -> opened, message_received, message_written
1    ada quotes-price 2
  -> charge/quoted
2    ada answers maria@example.net with-link text=Data rescue costs 120.00 EUR.
  -> message_written, charge/offered, click/asked, stage=waiting
3    server takes
  -> sent
4    ada drops-charge because the disk is fine
  -> charge/dropped
5    click yes
  -> refused=state
