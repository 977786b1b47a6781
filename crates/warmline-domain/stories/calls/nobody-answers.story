# A phone that rings unanswered belongs to somebody who is not there.
0   ada is-here
  -> ada=available, devices_changed
5   maria rings
  -> arrived, offered=ada (longest_idle)
24  time comes
  -> 
25  time comes
  -> not_taken=ada (no_answer), ada=away
30  ben is-here
  -> ben=available, devices_changed, offered=ben (longest_idle)
33  ben declines
  -> not_taken=ben (declined)
35  ada goes-available
  -> ada=available, offered=ada (longest_idle)
40  caller hangs-up
  -> ended
