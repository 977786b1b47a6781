# The program stops in the middle: whoever was on the line is owed a call.
0   ada is-here
  -> ada=available, devices_changed
5   maria rings
  -> arrived, offered=ada (longest_idle)
8   ada answers
  -> answered
10  desk restarts
  -> page_lost, caller_lost, devices_changed
20  ada drops-callback
  -> refused: This caller was cut off and is owed a call.
25  ada writes-up
  -> wrap_up_ended
30  ada is-back
  -> devices_changed, called_by=ada
32  ada answers
  -> agent_ready
35  caller is-busy
  -> not_reached
36  ada calls-back
  -> called_by=ada
38  ada answers
  -> agent_ready
40  caller answers
  -> answered
