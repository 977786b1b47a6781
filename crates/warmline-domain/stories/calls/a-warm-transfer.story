# P2. Asked, briefed, answered, introduced, left.
0   ada is-here
  -> ada=available, devices_changed
1   ben is-here
  -> ben=available, devices_changed
5   maria rings
  -> arrived, offered=ada (longest_idle)
8   ada answers
  -> answered
20  ada introduces
  -> refused: Nobody has answered there yet.
21  ada consults ben
  -> refused: Your colleague would answer without knowing what it is about.
22  ada consults ada it is me
  -> refused: That is you.
23  ada consults sue the head is clogged
  -> refused: Sue cannot be reached by phone at the moment.
25  ada consults ben the head is clogged
  -> consulted
26  ada leaves
  -> refused: There is nobody to leave the customer with.
30  ben answers
  -> consult_answered
40  ada introduces
  -> introduced
50  ada leaves
  -> completed
60  caller hangs-up
  -> ended
