# One agent is kept free for callers whose ticket is critical; with one agent alone there is no reserve.
0   policy reserves 1
  -> set
1   ada is-here
  -> ada=available, devices_changed
2   maria rings
  -> arrived, offered=ada (longest_idle)
3   ada answers
  -> answered
5   ben is-here
  -> ben=available, devices_changed
10  omar rings
  -> arrived
12  lena rings critical
  -> arrived, offered=ben (reserve)
14  ben answers
  -> answered
30  maria hangs-up
  -> ended
31  ada writes-up
  -> wrap_up_ended
35  ben hangs-up
  -> ended
36  ben writes-up
  -> wrap_up_ended, offered=ada (longest_idle)
