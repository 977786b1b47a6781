# What costs extra is agreed before work starts.
0    maria writes Please rescue my data
  -> opened, message_received, message_written
1    ada quotes-price 1
  -> 
1    ada quotes-price 2
  -> charge/quoted
1    ada quotes-price 2
  -> 
2    ada starts-work
  -> refused=state
2    ada solves
  -> refused=state
2    ada notes-agreement phone
  -> refused=state
3    ada answers maria@example.net text=Data rescue costs 120.00 EUR.
  -> message_written, charge/offered, stage=waiting
4    ada notes-agreement
  -> refused=state
5    server takes
  -> sent
6    maria writes Re | Yes please
  -> message_received, stage=open
7    ada starts-work
  -> refused=state
7    ada notes-agreement
  -> charge/agreed
8    ada starts-work
  -> charge/started
9    ada records solution The part was changed.
  -> record/written
9    ada solves agreed
  -> record/solved, stage=solved
