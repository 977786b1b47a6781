# Who wrote first has said it; the question of the link is over then.
0    maria writes Printer broken
  -> opened, message_received, message_written
1    ada answers maria@example.net with-link solve
  -> message_written, click/asked, record/answered_by, record/solved, stage=solved
2    server takes
  -> sent
3    maria writes Re: Printer broken | It was dark again after an hour, so it is not solved yet.
  -> message_received, stage=open
4    click yes
  -> refused=state
