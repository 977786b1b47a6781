# P1. The caller is asked, agrees, waits as long as was promised, and is thanked.
0   ada is-here
  -> ada=available, devices_changed
5   maria rings
  -> arrived, offered=ada (longest_idle)
8   ada answers
  -> answered
30  ada hears-yes
  -> refused: The caller was not asked yet.
31  ada asks-to-hold 2 look at the ink log
  -> hold_asked
34  ada hears-yes
  -> held=asked
60  ada holds
  -> refused: The caller is on hold already.
100 ada resumes
  -> resumed
# A caller who would rather not is not held.
110 ada asks-to-hold 2 ask a colleague
  -> hold_asked
112 ada hears-no
  -> hold_refused
113 ada hears-yes
  -> refused: The caller was not asked yet.
# An emergency is an emergency, and is counted as abrupt; so is the phone's own key.
120 ada holds
  -> held=abrupt
125 ada resumes
  -> resumed
130 ada presses-hold
  -> held=abrupt
133 ada presses-resume
  -> resumed
140 ben asks-to-hold 2 mischief
  -> refused: This caller is with somebody else.
150 caller hangs-up
  -> ended
151 ada holds
  -> refused: This call is over.
