# Key 2: the caller hangs up and is called when they would have been next.
0   policy announces 60
  -> set
0   ada is-here
  -> ada=available, devices_changed
1   maria rings
  -> arrived, offered=ada (longest_idle)
3   ada answers
  -> answered
10  omar rings
  -> arrived, announced=1, 0 to 12 min
20  lena rings
  -> arrived, announced=2, 2 to 20 min
25  omar presses-2
  -> callback_asked, in their turn
30  yuki rings withheld
  -> arrived, announced=3, 5 to 27 min
32  yuki presses-2
  -> 
33  time comes
  -> parted
# Maria's call ends and is written up: it is Omar's turn, although his line is gone.
60  maria hangs-up
  -> ended
70  ada writes-up
  -> wrap_up_ended, called_by=ada
75  ada answers
  -> agent_ready
# Not reached: the others go on, and he is tried again later.
80  omar is-busy
  -> not_reached, offered=ada (longest_idle)
82  ada answers
  -> answered
95  time comes
  -> announced=1, 0 to 11 min
