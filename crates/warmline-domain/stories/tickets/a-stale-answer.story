# Something new came in while the answer was written.
0    maria writes Printer broken
  -> opened, message_received, message_written
3    ada answers-late maria@example.net
  -> refused=stale
4    ada answers maria@example.net
  -> message_written, stage=waiting
# Within the undo window it can be taken back; after that it has left.
4.1  ada takes-back
  -> withdrawn, stage=new
5    ada answers maria@example.net
  -> message_written, stage=waiting
6    ada takes-back
  -> refused=state
