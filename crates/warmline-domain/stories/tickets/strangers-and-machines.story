# Quoting a number is not proof.
0    maria writes Printer broken
  -> opened, message_received, message_written
5    eve quotes Re: Printer broken
  -> message_held
6    ada lets-in
  -> let_in
7    eve quotes Re: Printer broken
  -> message_held
8    ada turns-away
  -> turned_away
# An absence note changes nothing and is not answered.
10   ada answers maria@example.net
  -> message_written, stage=waiting
11   server takes
  -> sent
12   maria auto-replies I am away
  -> message_received
13   ada answers maria@example.net
  -> message_written, stage=waiting
