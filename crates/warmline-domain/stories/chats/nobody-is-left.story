# Whoever vanishes: the customer has somebody, a place in line, or an answer by mail.
0   ada is-here
  -> ada=away, ada=available
1   mira comes
  -> came, offered=ada
2   mira opens-the-page
  -> seen
31  time comes
  -> not_taken=ada
32  ben is-here
  -> ben=away, ben=available, offered=ben
33  omar comes
  -> came, offered=ada
34  ben takes mira
  -> taken=ben after 33 s
36  ben writes mira
  -> we_wrote
40  ben loses-the-page
  -> page_lost
100 time comes
  -> ben=offline, not_taken=ada, returned, offered=ada
101 mira starts-again
  -> page_lost, gone
102 mira opens-the-page
  -> seen
103 ada takes mira
  -> taken=ada after 3 s
