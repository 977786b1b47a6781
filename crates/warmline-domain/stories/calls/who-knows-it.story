# Only who knows what the queue asks for is given its callers; of them the first tier, then the longest idle.
0   policy announces 60
  -> set
0   policy asks printers 2
  -> set
0   policy teaches ada printers 1
  -> set
0   policy teaches ben printers 2
  -> set
0   policy teaches sue printers 5
  -> set
0   policy tier sue 2
  -> set
1   sue is-here
  -> sue=available, devices_changed
2   ada is-here
  -> ada=available, devices_changed
3   ben is-here
  -> ben=available, devices_changed
5   maria rings
  -> arrived, offered=ben (skilled)
8   ben answers
  -> answered
10  omar rings
  -> arrived, offered=sue (skilled)
12  sue answers
  -> answered
15  lena rings
  -> arrived, announced=1, 0 to 6 min
16  yuki rings billing
  -> arrived, offered=ada (longest_idle)
