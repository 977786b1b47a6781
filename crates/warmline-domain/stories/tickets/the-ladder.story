# Runbook, search, colleagues: what was climbed stands on the ticket; answers land as notes.
0    maria writes Printer offline
  -> opened, message_received, message_written
1    ada takes
  -> assigned
2    ada ticks Is the cable in?
  -> record/tried
3    ada searches
  -> ladder/searched
3    ada finds printer.example.com/offline
  -> refused=input
3    ada finds https://printer.example.com/offline
  -> ladder/found
4    ada asks-nobody Has anyone seen this?
  -> refused=input
4    ada asks-ben Has anyone seen this?
  -> ladder/asked
5    ada replies I was not asked.
  -> refused=state
6    ben replies Yes: it is the power saving.
  -> note_written, ladder/answered
7    ben replies Once more.
  -> refused=state
