# What is internal does not go out; what is unkind goes out with a reason only.
0    maria writes Printer broken
  -> opened, message_received, message_written
3    ada answers maria@example.net leaking
  -> refused=words
3    ada answers maria@example.net leaking because I must
  -> refused=words
4    ada answers maria@example.net rude
  -> refused=needs_reason
5    ada answers maria@example.net rude because it is a quotation
  -> message_written, words_overridden, stage=waiting
# A third party reads nothing internal either.
6    ada forwards vendor@example.org leaking
  -> refused=words
