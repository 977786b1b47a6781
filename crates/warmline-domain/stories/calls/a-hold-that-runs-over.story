# The promised time passes: the agent is alerted, then the supervisor; more time can be asked for.
0   ada is-here
  -> ada=available, devices_changed
5   maria rings
  -> arrived, offered=ada (longest_idle)
8   ada answers
  -> answered
10  ada asks-to-hold 20 look
  -> refused: A hold can be promised for 1 to 15 minutes.
10  ada asks-to-hold 1 look
  -> hold_asked
12  ada hears-yes
  -> held=asked
71  time comes
  -> 
72  time comes
  -> hold_overran
73  time comes
  -> 
132 time comes
  -> hold_overran
140 ada asks-for 2
  -> hold_extended
259 time comes
  -> 
260 time comes
  -> hold_overran
# An agent who hangs up on a caller on hold does not lose them.
270 ada hangs-up-the-phone
  -> requeued, first=ada
