# "Not yet" opens it again, with their words; what is over is refused kindly, and what never left asked nothing.
0    maria writes Printer broken
  -> opened, message_received, message_written
1    ada answers maria@example.net with-link solve
  -> message_written, click/asked, record/answered_by, record/solved, stage=solved
1.05 ada takes-back
  -> withdrawn, stage=new
2    click yes
  -> refused=missing
3    ada answers maria@example.net with-link solve
  -> message_written, click/asked, record/answered_by, record/solved, stage=solved
4    server takes
  -> sent
5    click no It is dark again.
  -> click/answered, message_received, stage=open
5    click no It is dark again.
  ->
6    click yes
  -> refused=state
