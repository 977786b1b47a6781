# P4 and P5. Marked, watched, warned, ended; then five minutes that nobody has to ask for.
0   ada is-here
  -> ada=available, devices_changed
1   sue is-here
  -> sue=available, devices_changed
5   maria rings
  -> arrived, offered=ada (longest_idle)
6   sue listens
  -> refused: Nobody is talking on this call.
8   ada answers
  -> answered
10  caller presses-9
  -> recording_refused
12  ben listens
  -> refused: Only supervisors join the calls of others.
15  ada marks
  -> marked_hard
16  sue listens
  -> monitored
17  sue takes-over
  -> refused: You are not on this call yet.
18  sue answers
  -> monitor_up
20  sue joins
  -> monitored
25  ada ends-it
  -> refused: A call is ended for conduct after a warning, or because of a threat.
26  ada recovers
  -> refused: You are still on a call.
30  sue takes-over
  -> took_over
35  sue warns
  -> warned
40  sue ends-it
  -> ended
41  ada recovers
  -> wrap_up_ended, recovery_began
50  maria rings
  -> arrived
341 time comes
  -> recovery_ended, wrap_up_ended, offered=ada (longest_idle)
