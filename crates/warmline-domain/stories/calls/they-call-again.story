# Somebody who is owed a call and calls: no second call is made, and they stand where they would have stood.
1   maria rings
  -> arrived
2   omar rings
  -> arrived
5   maria presses-2
  -> callback_asked, in their turn
13  time comes
  -> parted
20  lena rings
  -> arrived
31  maria-again rings
  -> arrived, place_taken_up, callback_dropped
40  ada is-here
  -> ada=available, devices_changed, offered=ada (longest_idle)
42  ada answers
  -> answered
45  omar hangs-up
  -> ended
46  maria-again hangs-up
  -> ended
47  ada writes-up
  -> wrap_up_ended, offered=ada (longest_idle)
48  ada answers
  -> answered
50  lena hangs-up
  -> ended
