# After five minutes callers of Support go on to Billing, once, with their time of waiting.
0   policy overflow-after 5
  -> set
0   policy asks printers 2
  -> set
1   ada is-here
  -> ada=available, devices_changed
2   maria rings
  -> arrived
200 time comes
  -> 
302 time comes
  -> overflowed=billing, offered=ada (longest_idle)
310 ada answers
  -> answered
# With two waiting, the next goes there at once.
320 policy overflow-from 1
  -> set
321 omar rings
  -> arrived
322 lena rings
  -> arrived, overflowed=billing
