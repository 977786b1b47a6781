# Nobody is here at night (it is 22:13 on a Tuesday): the desk says so, when it opens, and what can be done meanwhile.
0   policy hours 9-17
  -> set
1   ada is-here
  -> ada=available, devices_changed
5   maria rings
  -> arrived, turned_away=closed
9   maria presses-5
  -> 
# She is promised a call within two open hours, and gets her place in line when the desk opens, by when she asked.
15  maria presses-2
  -> callback_asked, 2023-11-15T09:00:00Z to 2023-11-15T11:00:00Z
23  time comes
  -> parted
60  time comes
  -> 
100 omar rings withheld
  -> arrived, turned_away=closed
105 omar presses-2
  -> 
110 omar presses-1
  -> message_began
130 omar presses-#
  -> message_left=15 s
131 omar hangs-up
  -> parted
200 lena rings
  -> arrived, turned_away=closed
205 lena presses-1
  -> message_began
209 lena hangs-up
  -> ended
300 lena rings
  -> arrived, turned_away=closed
305 lena presses-1
  -> message_began
500 time comes
  -> message_left=190 s
508 time comes
  -> parted
# Whoever chooses nothing does not keep the line.
600 yuki rings
  -> arrived, turned_away=closed
675 time comes
  -> ended
38799 time comes
  -> 
38800 time comes
  -> callback_in_line, called_by=ada
38803 ada answers
  -> agent_ready
38806 maria answers
  -> answered
