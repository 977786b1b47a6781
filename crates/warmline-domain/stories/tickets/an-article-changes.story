# Who was given an article hears when it says something else: corrected, or looked at and still right.
0    maria writes Printer broken
  -> opened, message_received, message_written
1    ada opens-article
  -> articles/looked
1    ada opens-article
  ->
2    ada answers maria@example.net with-article
  -> message_written, articles/given, stage=waiting
3    ada says-it-holds
  -> refused=state
4    server takes
  -> sent
5    article changes
  -> articles/changed
6    ada says-it-holds
  -> articles/held
6    ada says-it-holds
  -> refused=state
7    article retires version=3
  -> articles/changed
8    ada corrects maria@example.net
  -> message_written, honesty/corrected, stage=waiting
8.05 ada says-it-holds
  -> refused=state
9    article changes version=4
  ->
