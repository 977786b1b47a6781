# What never left was not given; what is long over is left in peace.
0    maria writes Printer broken
  -> opened, message_received, message_written
1    ada answers maria@example.net with-article
  -> message_written, articles/given, stage=waiting
1.05 ada takes-back
  -> withdrawn, stage=new
2    article changes
  ->
3    ada answers maria@example.net on-article
  -> message_written, articles/given, stage=waiting
4    server takes
  -> sent
5    ada records solution The left valve.
  -> record/written
5    ada solves agreed
  -> record/solved, stage=solved
# A day later: told. Ninety-one days later: not any more.
1445 article changes
  -> articles/changed
131100 article changes version=3
  ->
