# An answer that solves asks with a link; the customer's click is their word, once.
0    maria writes Printer broken
  -> opened, message_received, message_written
1    ada answers maria@example.net with-link
  -> message_written, stage=waiting
2    ada answers maria@example.net with-link solve
  -> message_written, click/asked, record/answered_by, record/solved, stage=solved
3    server takes
  -> sent
4    click guesses
  -> refused=missing
5    click yes
  -> click/answered, record/agreed
5    click yes
  ->
6    click no It is dark.
  -> refused=state
