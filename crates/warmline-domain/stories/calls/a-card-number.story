# P6. While the recording is paused somebody types the number of their card. No key of it is a word to us.
0   ada is-here
  -> ada=available, devices_changed
5   maria rings
  -> arrived, offered=ada (longest_idle)
8   ada answers
  -> answered
20  ada pauses
  -> recording_paused
25  caller presses-4
  ->
26  caller presses-9
  ->
30  ada records-on
  -> recording_resumed
# Afterwards a nine is what the announcement says it is.
40  caller presses-9
  -> recording_refused
