# A wrong answer is put right with everyone who was given it; taken back while that is possible.
0    maria writes Printer broken
  -> opened, message_received, message_written
3    ada answers maria@example.net
  -> message_written, stage=waiting
3.05 ada corrects maria@example.net
  -> refused=state
4    server takes
  -> sent
5    ada corrects ravi@example.net
  -> refused=input
6    ada corrects maria@example.net
  -> message_written, honesty/corrected, stage=waiting
