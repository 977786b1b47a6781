# A price is agreed to by a click, or not wanted; nothing is agreed to that does not stand any more.
0    maria writes Please rescue my data
  -> opened, message_received, message_written
1    ada quotes-price 2
  -> charge/quoted
2    ada answers maria@example.net with-link text=Data rescue costs 120.00 EUR.
  -> message_written, charge/offered, click/asked, stage=waiting
3    server takes
  -> sent
4    click yes
  -> click/answered, charge/agreed, stage=open
4    click yes
  ->
5    ada starts-work
  -> charge/started
