# P3. What was heard of a talk comes when the line has parted, and finds the ticket although the call is over.
0   ada is-here
  -> ada=available, devices_changed
5   maria rings
  -> arrived, offered=ada (longest_idle)
8   ada answers
  -> answered
90  caller hangs-up
  -> ended
90  ada is-heard 82 40
  -> heard=ada 40 % on ticket 1
# Whoever has written it up is on to the next; what comes so late belongs nowhere.
120 ada writes-up
  -> wrap_up_ended
121 ada is-heard 82 40
  ->
# A few seconds say nothing about anybody.
200 maria rings
  -> arrived, offered=ada (longest_idle)
203 ada answers
  -> answered
208 ada is-heard 5 90
  ->
