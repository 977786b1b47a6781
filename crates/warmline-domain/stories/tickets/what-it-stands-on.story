# An answer says what it stands on where the queue asks for it; a note is shown one by one, with a reason.
0    maria writes Printer broken
  -> opened, message_received, message_written
1    ada answers maria@example.net on-belief
  -> message_written, honesty/stands_on, stage=waiting
2    policy asks-for-grounds
  ->
3    ada answers maria@example.net
  -> refused=state
4    ada answers maria@example.net on-link
  -> message_written, honesty/stands_on, stage=waiting
5    ada notes The second controller was swapped twice.
  -> note_written
6    ada shows maria@example.net on-link
  -> refused=needs_reason
7    ada shows maria@example.net on-link because she asked what was tried
  -> message_written, honesty/stands_on, honesty/note_shown, stage=waiting
# A third party is asked, not answered.
8    ada forwards vendor@example.org
  -> message_written
