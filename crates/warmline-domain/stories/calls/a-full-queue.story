# Two may wait here. The third hears that it is full and can be called in her turn; other queues are not touched.
0   policy room 2
  -> set
1   maria rings
  -> arrived
2   omar rings
  -> arrived
3   lena rings
  -> arrived, turned_away=full
5   yuki rings billing
  -> arrived
8   lena presses-2
  -> callback_asked, in their turn
18  time comes
  -> parted
20  omar hangs-up
  -> ended
25  ada is-here
  -> ada=available, devices_changed, offered=ada (longest_idle)
