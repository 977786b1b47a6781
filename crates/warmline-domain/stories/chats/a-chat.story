# P26. Somebody comes, is taken, is answered, and it ends when all is said.
0   ada is-here
  -> ada=away, ada=available
5   mira comes
  -> came, offered=ada
6   mira opens-the-page
  -> seen
9   ada takes mira
  -> taken=ada after 4 s
10  ben writes mira
  -> refused: A colleague has this chat.
20  ada ends mira
  -> refused: Their last line has no answer yet.
25  ada writes mira
  -> we_wrote
40  mira writes
  -> they_wrote
50  ada writes mira
  -> we_wrote
55  ada signs-out
  -> refused: You are in a chat.
60  ada ends mira
  -> ended=by_agent
61  ada writes mira
  -> refused: This chat is over.
