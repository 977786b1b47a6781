# Nobody answers, somebody declines, somebody drops: the caller comes back to the agent each time.
0   ada is-here
  -> ada=available, devices_changed
1   ben is-here
  -> ben=available, devices_changed
5   maria rings
  -> arrived, offered=ada (longest_idle)
8   ada answers
  -> answered
20  ada consults ben it leaks
  -> consulted
40  time comes
  -> consult_ended
50  ada consults ben it leaks
  -> consulted
55  ben declines
  -> consult_ended
60  ada consults support it leaks
  -> consulted
# Back to the customer, also while it still rings.
62  ada goes-back
  -> came_back
70  ada consults ben it leaks
  -> consulted
72  ben answers
  -> consult_answered
73  ada introduces
  -> introduced
74  ben vanishes
  -> consult_ended
# The caller gives up while on hold: they are called back, by the same agent first.
80  ada consults ben it leaks
  -> consulted
85  caller hangs-up
  -> caller_lost
90  ada writes-up
  -> wrap_up_ended, called_by=ada
92  ada answers
  -> agent_ready
95  caller answers
  -> answered
99  caller hangs-up
  -> ended
