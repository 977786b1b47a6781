# They do not want it; and a price that was dropped meanwhile cannot be agreed to.
0    maria writes Please rescue my data
  -> opened, message_received, message_written
1    ada quotes-price 2
  -> charge/quoted
2    ada answers maria@example.net with-link text=Data rescue costs 120.00 EUR.
  -> message_written, charge/offered, click/asked, stage=waiting
3    server takes
  -> sent
4    click no Too much for me.
  -> click/answered, charge/dropped, message_received, stage=open
5    click yes
  -> refused=state
