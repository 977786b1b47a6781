# With one agent on duty, a caller they declined is not forgotten: after a minute the agent is asked again.
0   ada is-here
  -> ada=available, devices_changed
5   maria rings
  -> arrived, offered=ada (longest_idle)
8   ada declines
  -> not_taken=ada (declined)
67  time comes
  -> 
68  time comes
  -> asked_around, offered=ada (longest_idle)
70  ada answers
  -> answered
# Somebody who does not want to be recorded is not, also when the call goes on later.
72  caller presses-9
  -> recording_refused
80  ada holds
  -> held=abrupt
85  caller hangs-up
  -> caller_lost
90  ada writes-up
  -> wrap_up_ended, called_by=ada
91  ada calls-back
  -> refused: You are on a call.
111 ada is-busy
  -> not_placed
150 time comes
  -> 
171 time comes
  -> called_by=ada
172 ada answers
  -> agent_ready
175 caller answers
  -> answered
