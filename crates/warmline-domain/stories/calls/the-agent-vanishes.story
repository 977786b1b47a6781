# A reload is not the end: the caller hears a kind word and gets the same agent back.
0   ada is-here
  -> ada=available, devices_changed
5   maria rings
  -> arrived, offered=ada (longest_idle)
8   ada answers
  -> answered
20  ada vanishes
  -> agent_lost
23  ada is-back
  -> rejoining
24  ada answers
  -> agent_back
# This time they do not come back: to the front of the queue, whoever is free.
30  ben is-here
  -> ben=available, devices_changed
40  ada vanishes
  -> agent_lost
59  time comes
  -> 
60  time comes
  -> requeued, first=ada, offered=ben (longest_idle)
62  ben answers
  -> answered
# In a three-way talk the caller stays with the other one.
70  ada writes-up
  -> wrap_up_ended
72  ben consults ada broken again
  -> consulted
74  ada answers
  -> consult_answered
75  ben introduces
  -> introduced
76  ben vanishes
  -> completed
80  ada hangs-up
  -> ended
